### The portrait: how members are tied, and which of them are gone; rows and remarks of all sections.

portrait-status = Which members are gone?
    .note = Members that were not active when they were last looked for, of those who were looked for.
portrait-suspended-years = How many members are suspended, by the year of their account?
    .note = Of the members whose account was created in the year, those who were suspended when they were last looked for. A year is left out where the suspended, or the others, are too few to be published.
portrait-suspended-months = How many members are suspended, by the month of their account?
    .note = Of the members whose account was created in the month, those who were suspended when they were last looked for: the last two years. A month is left out where the suspended, or the others, are too few to be published.
portrait-suspended-active = What did suspended members do beside the others?
    .note = Members who were suspended when they were last looked for, and those who were active. What profiles counted when they were last seen: the suspended stopped growing then.
portrait-suspended-active-gone-median-posts-a-day = suspended: median posts a day
portrait-suspended-active-there-median-posts-a-day = active: median posts a day
portrait-suspended-active-gone-mean-posts-a-day = suspended: mean posts a day
portrait-suspended-active-there-mean-posts-a-day = active: mean posts a day
portrait-suspended-active-gone-median-followers = suspended: median followers
portrait-suspended-active-there-median-followers = active: median followers
portrait-suspended-active-gone-mean-followers = suspended: mean followers
portrait-suspended-active-there-mean-followers = active: mean followers
portrait-growth = How fast do members win followers?
    .note = Followers won or lost a day, between the first and the last time a profile was seen, at least a day apart.
portrait-ties = Whom do members follow?
    .note = Shares of all follows by members that can be seen. Follows by protected accounts are hidden.
portrait-ties-inside = follows that lead to members
portrait-ties-returned = follows between members that are returned
portrait-ties-in-frame = follows that lead to accounts of the frame, members or not
portrait-ties-large = follows that lead to accounts too large for the frame
portrait-ties-outside = follows that lead elsewhere
portrait-ties-mean = How many members does a member follow?
    .note = Follows between members, for each member; as many are followed as follow, so it is also by how many members one is followed.
portrait-ties-mean-mean-inside = mean
portrait-followed-most = How many accounts do many members follow?
    .note = Accounts of the whole network, members or not, by the share of members who follow them. Who they are is not part of the report.
portrait-followed-most-over-5 = followed by over 5 % of members
portrait-followed-most-over-10 = followed by over 10 % of members
portrait-followed-most-over-25 = followed by over 25 % of members
portrait-followed-most-over-50 = followed by over 50 % of members
portrait-communities = Into which communities do members fall?
    .note = Communities of the follows among those labelled or scored as members, found by the Leiden method, the largest first; who is not among these goes where most of their ties are. Another run of the method could draw the lines elsewhere.
portrait-communities-smaller = in smaller ones
portrait-communities-1 = community 1
portrait-communities-2 = community 2
portrait-communities-3 = community 3
portrait-communities-4 = community 4
portrait-communities-5 = community 5
portrait-communities-6 = community 6
portrait-communities-7 = community 7
portrait-communities-8 = community 8
portrait-talk-1 = What does the largest community talk about?
    .note = Hashtags that its members use more than the other members do, and how many of those with posts use each: only where enough of the others do, too, or none.
portrait-speak-1 = In which language does the largest community write?
    .note = Languages that enough of its members write in, and enough of the other members, or none.
portrait-talk-2 = What does the second community talk about?
    .note = Hashtags that its members use more than the other members do, and how many of those with posts use each: only where enough of the others do, too, or none.
portrait-speak-2 = In which language does the second community write?
    .note = Languages that enough of its members write in, and enough of the other members, or none.
portrait-talk-3 = What does the third community talk about?
    .note = Hashtags that its members use more than the other members do, and how many of those with posts use each: only where enough of the others do, too, or none.
portrait-speak-3 = In which language does the third community write?
    .note = Languages that enough of its members write in, and enough of the other members, or none.

row-median = median
row-mean = mean
row-tenth = 10 % quantile
row-ninetieth = 90 % quantile

remark-nothing = The data has nothing about it.
remark-too-few = Too few members are known for figures to be published.
remark-smaller = { $n ->
    [one] { $n } smaller one is not shown.
   *[other] { $n } smaller ones are not shown.
}
remark-full = There were more of them than are counted, so shares can be too low.
remark-communities = { $n ->
    [one] { $n } community of at least as many accounts as may be published.
   *[other] { $n } communities of at least as many accounts as may be published.
}
