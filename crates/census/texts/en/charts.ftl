# Words on charts, and how to read each of them.

chart-members = members
chart-control = accounts of the frame that are no members
chart-band = interval around the curve
chart-none = no figure
chart-hidden = none, or too few to be shown
chart-too-few = too few to be shown
chart-under = under { $n }
chart-from = { $n } and more

chart-month-1 = Jan
chart-month-2 = Feb
chart-month-3 = Mar
chart-month-4 = Apr
chart-month-5 = May
chart-month-6 = Jun
chart-month-7 = Jul
chart-month-8 = Aug
chart-month-9 = Sep
chart-month-10 = Oct
chart-month-11 = Nov
chart-month-12 = Dec

chart-day-1 = Mon
chart-day-2 = Tue
chart-day-3 = Wed
chart-day-4 = Thu
chart-day-5 = Fri
chart-day-6 = Sat
chart-day-7 = Sun
chart-hours = hour of the day, in UTC

chart-up-share = share
chart-up-count = accounts
chart-up-posts-by-month = share of the posts
chart-up-burst-days = times as many posts as usual

chart-lorenz-up = share of the posts
chart-lorenz-across = part of the members, the most active first
chart-lorenz-part = { $share } of the posts: { $part } ({ $between }) of the members
chart-lorenz-members = { $n ->
    [one] { $share } of the posts: { $n } member ({ $between })
   *[other] { $share } of the posts: { $n } members ({ $between })
}
chart-equal = if all wrote equally much

chart-gone = share that is gone
chart-age = age of the account, in days
chart-ended = share that ended so
chart-watched = days since the watch began
chart-end-suspended = suspended
chart-end-deactivated = deactivated
chart-end-deleted = deleted
chart-end-vanished = vanished

chart-way-seen = accounts seen
chart-way-left-out = { $n ->
    [one] { $n } left out by the rules of the frame
   *[other] { $n } left out by the rules of the frame
}
chart-way-frame = in the frame
chart-way-not-drawn = { $n ->
    [one] { $n } not drawn: a sample stands for all
   *[other] { $n } not drawn: a sample stands for all
}
chart-way-drawn = drawn to be labelled
chart-way-unlabelled = { $n ->
    [one] { $n } without a label so far
   *[other] { $n } without a label so far
}
chart-way-labelled = labelled
chart-way-others = { $not } no members, { $unsure } unsure, { $nothing } with nothing to see
chart-way-members = labelled as members

chart-map-missing = { $n ->
    [one] { $n } country or territory has no place on this map; it stands in the table.
   *[other] { $n } countries or territories have no place on this map; they stand in the table.
}

chart-waves-up = members suspended in a wave
chart-waves-shown = suspended in a wave

# How to read each.
chart-read-over-time = Each dot is an estimate, and the line through it is its interval. Where there is no dot, there are none, or too few to be shown.
chart-read-heat = The stronger the colour, the larger the value. Colours show no intervals: those stand in the table with the same figures. Hatched: none, or too few to be shown.
chart-read-map = The stronger the colour, the larger the value; small countries are dots. Colours show no intervals: those stand in the table with the same figures. Areas are in true proportion (Equal Earth). Borders are drawn as Natural Earth gives them, by who is in control; this says nothing of whose they are by right.
chart-read-lorenz = Read from the left: the most active come first. The further the curve rises above the straight line, the fewer write most of the posts. Dots are the parts for which the share was worked out; lines between them only lead the eye. How few wrote half, 80 % and 90 % of the posts stands in the corner, with intervals.
chart-read-survival = A curve at 30 % on day 90 says that three in ten had come to this end by then. Dots are the days for which the figure was worked out, and the area around a curve is its interval. Lines between dots only lead the eye.
chart-read-funnel = Each bar is as long as the number beside it. Between two bars stands what was left out there, and why. What is too small to be seen in proportion is drawn as a thin line.
chart-read-waves = As wide as the wave lasted, as high as members were suspended in it. These were counted one by one, so they have no interval.
