### The report, besides the portrait's questions: chapter by chapter.

## The page itself

page-over = netcensus report
page-skip = To the findings
page-sections = Sections
page-banner = Simulated
page-numbers = The numbers behind it
foot = Made by { $program }. It names no account, loads nothing and runs nothing.
about-who = Who is counted
about-where = Where
about-when = Seen
about-where-atproto = A network of the AT Protocol, such as Bluesky, as its public interface shows it
about-where-mastodon = Servers with Mastodon's API, each account as its own server shows it
about-where-files = A network read from files
about-where-simulated = A simulated network: none of its accounts exists
banner-simulated-labels = <b>Labels were made by a simulated coder: a demonstration, not a finding.</b>
banner-simulated-network = <b>Simulated network:</b> the accounts and their ties were made by a program.
mark-simulated = simulated
mark-simulated-labels = simulated labels
mark-simulated-network = simulated network

## Titles of sections

section-summary = In short
section-answer = How many members
section-reading = How to read this
section-beyond = Beyond the frame
section-portrait = The portrait
section-chapter-places = Languages and places
section-chapter-names = Names and appearance
section-chapter-age = When accounts came, and when they were last active
section-chapter-activity = Activity and core
section-chapter-clients = Clients and automation
section-chapter-content = What they post
section-chapter-audience = Audience
section-chapter-ties = Ties and communities
section-chapter-gone = Suspended and gone
section-chapter-other = Other questions
section-takedowns = What suspensions did
section-replacement = Who came back
section-what-if = What suspensions would cost the group
section-sites = The web sites that members push
section-method = Method
section-frame = The frame
section-labels = The labels
section-diagnostics = Diagnostics
section-sorting = How well each measure sorts
section-limits = What this study does not know
section-not-seen = What was not seen
section-data = The data
section-ethics = Ethics
section-again = To repeat and to cite
section-appendix = Appendix: estimators and settings

## Headings of tables

head-answer = Answer
head-value = Value
head-members-value = Members
head-interval = { $level } interval
head-others = Others in the frame
head-labels = Labels
head-method = Method
head-what = What
head-odds-or-estimator = Odds ratio or estimator
head-list = List
head-members = Members
head-in-frame = In the frame
head-not-in-network = Not in the network
head-reason = Reason
head-accounts = Accounts
head-coder = Coder
head-coders = Coders
head-items = Items
head-agreement = Agreement
head-sensitivity = Sensitivity
head-specificity = Specificity
head-meaning = Counts as
head-when = When to give it
head-measure = Measure
head-check = Number
head-says = What it says
head-from = From
head-to = To
head-suspended = Suspended
head-plan = Whom to suspend first
head-site = Site
head-sites = Sites
head-posts = Posts
head-share-of-members = Share of members
head-age-days = Age in days
head-table = Table
head-holds = Holds
head-rows = Rows
head-fingerprint = Fingerprint
head-figures = Figures
head-where = Where
head-setting = Setting
head-means = What it means

## Figures

figure-cut = The axis begins at { $cut }, not at zero.
figure-alt = { $title }. With { $level } intervals.
figure-alt-row = { $name }: { $value }, from { $range }.
figure-alt-more = { $n ->
    [one] { $n } more row is in the table.
   *[other] { $n } more rows are in the table.
}

## In short

summary-text = The main findings. Each number is an estimate and stands with its { $level } interval: of studies made like this one, { $level } would have intervals that hold the truth.
summary-members = <b>How many?</b> { $n ->
    [one] { $n } member
   *[other] { $n } members
} ({ $range }) among the { $size } accounts of the frame; { $floor } if none of those that coders were unsure about is one, { $ceiling } if all are.
summary-beyond = With those outside of the frame, { $range }, over the range of dependence between lists that the study states.
summary-not-beyond = How many are outside of the frame, the study cannot say.
summary-languages = <b>Which languages?</b> Of the members whose language is known:
summary-no-languages = <b>Which languages?</b> The study has no data on it, or too little to publish.
summary-core = <b>How small is the core?</b> The most active { $value } members ({ $range }) wrote half of all members' posts.
summary-hyperactive = <b>How small is the core?</b> { $value } of members ({ $range }) post more than 50 times a day.
summary-no-core = <b>How small is the core?</b> The study has no data on how much members post, or too little to publish.
summary-takedowns = <b>What do suspensions do?</b> By day { $day } of an account's life, { $value } of members' accounts are gone ({ $range }). { $waves ->
    [one] { $waves } wave of suspensions was found.
   *[other] { $waves } waves of suspensions were found.
}
summary-takedowns-waves = <b>What do suspensions do?</b> { $waves ->
    [one] { $waves } wave of suspensions was found; too few ended under watch to say how long accounts live.
   *[other] { $waves } waves of suspensions were found; too few ended under watch to say how long accounts live.
}
summary-suspended = <b>What do suspensions do?</b> { $value } of members ({ $range }) were found suspended when last looked for. What that did to the group was not studied.
summary-no-takedowns = <b>What do suspensions do?</b> The study has no data on it.
summary-sites = <b>Where do they lead?</b> { $value } of members with posts ({ $range }) push { $site }, the most pushed of { $n ->
    [one] { $n } site.
   *[other] { $n } sites.
}
summary-links = <b>Where do they lead?</b> { $value } of members with posts ({ $range }) link to { $site }, the most linked site that can be shown.
summary-no-sites = <b>Where do they lead?</b> The study has no data on the sites that members link to, or too little to publish.
summary-note = How these numbers came about is under “Method”, what they leave out under “What this study does not know”.

## How many members

answer-headline = { $n ->
    [one] { $n } member
   *[other] { $n } members
}
answer-lead = That is { $value } of the { $size } accounts in the frame ({ $level } interval { $range }), from { $labels ->
    [one] { $labels } labelled account.
   *[other] { $labels } labelled accounts.
}
answer-floor = Floor
    .why = if none of the accounts that coders were unsure about is a member
    .note = unsure counts as not
answer-best = Best answer
    .why = if they are members as often as their scores say
    .note = unsure counts as scored
answer-ceiling = Ceiling
    .why = if all of them are
    .note = unsure counts as member
answer-as-coded = As coded
    .note = best answer, coder error left in
answer-horvitz-thompson = Horvitz–Thompson
    .note = labels alone, no scores
answer-wald = Wald
    .note = best answer, plain interval, for comparison only
answer-share = Share of the frame
answer-caption = <b>Members in the frame</b>, by each answer. Dots are estimates, bars their { $level } intervals; the thin line is the best answer. Below the dashed line: other estimators, for comparison.
answer-table = Members in the frame, { $level } intervals

## How to read this

reading-interval = <b>The interval is the answer.</b> If the study were repeated with new draws, such intervals would hold the true number { $level } of the time. Quote it with the number, always.
reading-frame = <b>Only the frame.</b> The frame is every account that the crawl could reach by a fixed rule. Nothing here speaks of accounts beyond it.
reading-frame-and-beyond = <b>Only the frame.</b> The frame is every account that the crawl could reach by a fixed rule. The number above speaks of these alone; the section on those beyond the frame rests on lists from elsewhere.
reading-accounts = <b>Accounts are not people.</b> One person may run several accounts, and several people one. This report counts accounts.
reading-coders = <b>What the interval leaves out.</b> It holds the chance of the draw, not the coders' mistakes. Floor and ceiling show how much hangs on the accounts they were unsure about.
reading-coders-carried = <b>What the interval leaves out.</b> It holds the chance of the draw and the doubt about the coders' mistakes, as far as the expert's answers are right and coders err as often on other accounts. Floor and ceiling show how much hangs on the accounts they were unsure about.

## Beyond the frame

beyond-headline = { $range } members in all
beyond-with = over odds ratios { $ratios } between the lists, with { $level } intervals
beyond-lead = At odds ratio 1 it is a lower bound: <b>at least { $value }</b> ({ $level } interval { $range }), { $outside } of them outside of the frame ({ $between }).
beyond-lead-not-lowest = At odds ratio 1 it is { $value }, a lower bound unless the lists avoid each other ({ $level } interval { $range }), { $outside } of them outside of the frame ({ $between }).
beyond-text = Lists of members from elsewhere tell of those whom the crawl did not reach: { $n ->
    [one] { $n } listed member is outside of the frame.
   *[other] { $n } listed members are outside of the frame.
} Lists mostly resemble each other: an account that is easy to find is easy for both. Then the truth is higher, by how much no data can tell. The <i>odds ratio</i> says how many times likelier (in odds) an account on one list is to be on the other than one that is not, everything known of both being equal; the study states the range.
beyond-assumes = The answer assumes:
beyond-odds = odds ratio
beyond-at-one = at odds ratio 1
beyond-caption = <b>Members in all</b>, by odds ratio, and by other estimators from the same lists. Bars are { $level } intervals; the thin line is the answer at odds ratio 1.
beyond-table = Members in all, { $level } intervals; the labels are listed members
beyond-inside = Inside the frame, where labels tell the total without the lists, the odds ratio between them comes out at { $value } ({ $level } interval { $range }). Outside it may differ.
beyond-lists = The lists
beyond-checks = Cross-checks
beyond-check = { $value } ({ $level } interval { $range }) against { $answer } ({ $between }): the intervals meet, { $apart } apart.
beyond-check-differs = { $value } ({ $level } interval { $range }) against { $answer } ({ $between }): <b>they disagree</b>, { $apart } apart.

## Portrait

portrait-text = What the members in the frame are like. Every number is an estimate with its { $level } interval.
portrait-control = Beside the members stand the other accounts of the frame, the <i>control group</i>: accounts as near to the group by their ties, that are no members. What is as frequent among them is no trait of the group.
portrait-none = The study holds no portrait.
portrait-nothing = The data says nothing about it.
portrait-all-suppressed = Nothing to show: every cell holds too few accounts.
portrait-caption = Share of members, with { $level } intervals.
portrait-caption-control = Share of members, with { $level } intervals; in grey below, the others in the frame.
portrait-source = From { $n } labelled accounts.
portrait-known = Known for { $value } of members ({ $range }), from { $n ->
    [one] { $n } labelled account.
   *[other] { $n } labelled accounts.
}
portrait-of-those = Shares are of those.
portrait-suppressed = { $n ->
    [one] { $n } cell holds fewer than { $cell } accounts, or would tell of one that does, and is not shown.
   *[other] { $n } cells hold fewer than { $cell } accounts, or would tell of one that does, and are not shown.
}
portrait-more-rows = { $n ->
    [one] { $n } more row is in the data, not here.
   *[other] { $n } more rows are in the data, not here.
}
row-hour = { $day }, { $hour }
row-part = the most active { $part }

## Suspensions

takedowns-text = { $members ->
    [one] { $members } account is taken for a member
   *[other] { $members } accounts are taken for members
}: the seeds, those labelled as such, and { $scored } by their score alone. They were watched from { $first } to { $last }.
takedowns-looks = Between two looks at an account lay { $days } days (median).
takedowns-between = What happened between two looks is not known, and time that was not watched is never counted as survived.
takedowns-reach = <b>{ $suspended ->
    [one] { $suspended } member was suspended.
   *[other] { $suspended } members were suspended.
}</b> Of { $audience } accounts outside of the group that followed some of it, { $lost ->
    [one] { $lost } follows no remaining member.
   *[other] { $lost } follow no remaining member.
} Of all follows there could be inside, { $before } were there before and { $after } among those that were not suspended; the largest part that hangs together went from { $largest } to { $left } accounts. These are counts of the follows that were seen, not estimates.
takedowns-lifetimes = <b>How long accounts live</b>, members and others.
takedowns-ends = <b>How members' accounts end</b>, by days since they were first watched.
takedowns-waves-figure = <b>Waves of suspensions</b> over the time of the watch.
takedowns-table = Lifetimes, who is suspended, and what became of those that remained after a wave, next to others like them; { $level } intervals
takedowns-waves = Waves of suspensions: more than twice the usual rate, with a chance of { $alpha } of any false one
takedowns-median = { $group }: half live no longer than, days
takedowns-gone-by = { $group }: gone by day { $day }
takedowns-ever = { $group }: there ever were
takedowns-hazard = hazard of suspension, times: { $what }
takedowns-language = language { $language } rather than another
takedowns-after = after a wave, times: { $what }
takedowns-placebo = placebo, where there was no wave, times: { $what }

## Who came back

replacement-text = { $suspended ->
    [one] { $suspended } suspended account
   *[other] { $suspended } suspended accounts
} could have come back under a new name; they were looked for among { $new } accounts made lately. { $pairs ->
    [one] { $pairs } pair was proposed.
   *[other] { $pairs } pairs were proposed.
}
replacement-headline = { $value } came back
replacement-too-few = Too few pairs were found for figures to be published.
replacement-false = { $n ->
    [one] False, of { $n } pair that a person looked at
   *[other] False, of { $n } pairs that a person looked at
}
replacement-note = Pairs are proposed for people to look at, by ties, words and time. They are no proof about any one account, and none is published.

## What suspensions would cost

what-if-text = A calculation, not an observation: what the group would lose if some of its members were suspended. { $members ->
    [one] { $members } account is taken for a member,
   *[other] { $members } accounts are taken for members,
} { $scored } of them by their score alone; { $audience } accounts outside follow some of them.
what-if-table = Share of the audience that is lost, by how many are suspended and in which order
what-if-suspended = { $n ->
    [one] { $n } suspended
   *[other] { $n } suspended
}
what-if-bound = no choice could lose more
what-if-reach = the best found for what is lost
what-if-peeling = spared from the end: whoever costs least
what-if-even = by how much of the audience each holds alone
what-if-followers = the most followed
what-if-posts = those who post most
what-if-betweenness = those on most shortest paths inside
what-if-influence = those of most collective influence
what-if-core = those who hold the innermost core together
what-if-random = at random
what-if-note = It takes followers and ties as they were seen, and nobody to come back unless the study says so. It has no interval: it is arithmetic on one graph, and the accounts taken for members by score may be wrong.

## Sites

sites-text = { $n ->
    [one] { $n } site is
   *[other] { $n } different sites are
} pushed by accounts taken for members; { $listed } of them are on the list that is checked.
sites-most = Sites that most members push, with { $level } intervals
sites-suppressed = { $n ->
    [one] { $n } site is not shown: pushed by too few, or named as an account is.
   *[other] { $n } sites are not shown: pushed by too few, named as an account is, or beyond the most pushed.
}
sites-watched = { $n ->
    [one] { $n } site was found there by a check;
   *[other] { $n } sites were found there by a check;
} { $ended } of them are gone since. { $before } were gone when they were first looked at, and are in no figure.
sites-not-watched = None of them has been looked at yet, so nothing is known of how long they live.
sites-kinds-left-out = { $n ->
    [one] { $n } kind is left out: of too few sites, or it would tell of one.
   *[other] { $n } kinds are left out: of too few sites, or they would tell of one.
}
sites-median = Of the sites that lived to { $from } days, half do not outlive <b>{ $days } days</b> ({ $level } interval { $range }).
sites-alive = Share of sites that outlive an age, { $level } intervals
sites-states = What the latest checks found
sites-gone = How the sites that are gone went
sites-software = What the sites are made with

## Method

method-reach = From known accounts, the <i>seeds</i>, the crawl reached out along follows, and a fixed rule on the graph made the <i>frame</i>: every account that could be a member. Whom to follow is an account's own choice; being followed is not, so follows are walked in that direction only.
method-sample = Each account in the frame got a <i>score</i>, its likelihood of being a member, from how it is tied to the group; no account was scored by a model that had seen its label. Accounts were drawn at random for coders, with known probabilities: more often where the scores are unsure, and in part uniformly, so that members whom the scores miss are still seen. The coders looked at each and answered by the codebook.
method-answer = The answer is the sum of all scores plus what the labels correct: each labelled account's difference from its score, weighted by the inverse of its probability of being drawn. This <i>difference estimator</i> is unbiased over the draws however bad the scores are; bad scores only widen the interval. Horvitz–Thompson, which uses no scores, and the plain Wald interval stand beside it as a check.
method-coders = Coders err. Their mistakes are not in the interval; agreement says how much to fear them.
method-coders-carried = Coders err. By accounts that an expert answered, too, the answer is corrected and its interval widened (Rogan–Gladen), as if coders erred as often on every account. The portrait holds their mistakes as they are.
method-portrait = The portrait describes members of the frame in the same way: each share, mean and number is estimated over all of them, from labels and scores, with an interval of its own. Nothing is said of few.

frame-text = The frame holds <b>{ $size }</b> accounts, { $seeds ->
    [one] { $seeds } known seed among them.
   *[other] { $seeds } known seeds among them.
} It follows from the graph by a fixed rule, so labels never move it.
frame-rule = The rule:
frame-way = <b>From the accounts seen to the members labelled.</b>
frame-waves = Accounts in the frame, by hops from the seeds
frame-seeds = Seeds
frame-wave = Wave { $n }
frame-left-out = Accounts seen and left out, by reason

labels-text = { $drawn ->
    [one] { $drawn } account was drawn, with a known probability;
   *[other] { $drawn } accounts were drawn, each with a known probability;
} { $labelled ->
    [one] <b>{ $labelled }</b> of them has a label.
   *[other] <b>{ $labelled }</b> of them have a label.
} These are counts of labels, not estimates: accounts are drawn more often where labels tell more.
labels-answers = Labels, by answer
labels-member = Member
labels-not = Not a member
labels-unsure = Unsure
labels-cannot-tell = Cannot tell
labels-coders = Who coded
labels-simulated = <i>simulated</i>
labels-nobody = nobody
labels-more-coders = and more coders
labels-agreement = Agreement: 1 is perfect, 0 is chance. Cohen's kappa by pairs, Krippendorff's alpha over all; { $level } intervals
labels-agreement-one = <b>Agreement</b> not measured: one coder.
labels-agreement-none = <b>Agreement</b> not measured: no two coders labelled the same accounts.
labels-kappa-undefined = not defined
labels-alpha = all, alpha
labels-error-not-measured = <b>Coder error</b> was not measured: no account was answered by an expert whose answers are taken for the truth. The answer stands as coded.
labels-error-refused = <b>Coder error</b> could not be carried, so the answer stands as coded; do not rely on it. The reason:
labels-error-carried = <b>Coder error</b> is in the answer. By an expert's answers, taken for the truth, { $value } of members were called members ({ $level } interval { $range }, from { $n ->
    [one] { $n } of them).
   *[other] { $n } of them).
} Floor, best answer and ceiling are corrected for that; the portrait is not.
labels-error-specificity = Of others, { $value } were called so ({ $range }, from { $n ->
    [one] { $n } of them).
   *[other] { $n } of them).
}
labels-error-confirmed = The adjudicator confirmed every member found, so no false one is taken away.
codebook-caption = The codebook: what coders could answer

diagnostics-text = What a reader needs to judge the interval. These numbers are about the method; they are not findings and have no interval of their own.
diagnostics-caption = Diagnostics of the estimate
check-score-total = What the scores alone said
    .why = The sum of all accounts' scores, before any label corrected it. Not an answer.
check-correction = Correction by the labels
    .why = What the labelled accounts added to or took from that. Small: the scores were right on the whole.
check-largest-weight = Largest weight
    .why = One more member found where labels are scarcest would move the answer by about so much.
check-lowest = Members in the lowest tenth
    .value = { $n } of { $of } labelled
    .why = Members that coders found where the scores expect nearly none.
check-half-width = Half-width of the interval
    .why = Half the interval's width, as a share of the best answer.
    .draw = Half the interval's width, as a share of the best answer, before coder error is carried.
check-srs = Simple random sampling
    .why = The half-width expected of as many labels drawn at random.
check-efficiency = Label efficiency
    .why = How many randomly drawn labels one of these was worth.
care-title = Read with care
care-none = No check gave cause for a warning: labels missing, few or of one coder, members among the least likely, heavy weights, a wide interval.
care-members-below = <b>Members among the least likely.</b> Coders found { $n ->
    [one] { $n } member
   *[other] { $n } members
} among the { $of } labelled accounts of the tenth of the frame with the lowest scores. The scores miss some members; the few labels there carry large weights, and they widen the interval.
care-nobody-below = <b>Nobody looked at the least likely.</b> No account of the tenth with the lowest scores was labelled, so members hidden there would not show.
care-single-coder = <b>A single coder.</b> How far another would agree is not known. Let a second coder label about a hundred of the same accounts.
care-low-agreement = <b>Coders disagree.</b> A kappa below 0.6 says that the codebook's rule is read in different ways. The interval does not hold that doubt.
care-low-agreement-carried = <b>Coders disagree.</b> A kappa below 0.6 says that the codebook's rule is read in different ways.
care-few-labels = <b>Few labels.</b> With fewer than a hundred, the interval rests on little.
care-missing = <b>Missing labels.</b> { $n ->
    [one] { $n } of the accounts drawn has no label yet. If it differs from the labelled ones,
   *[other] { $n } of the accounts drawn have no label yet. If they differ from the labelled ones,
} the answer is off by more than the interval says.
care-undecided = <b>Many undecided.</b> Coders were unsure or could not tell for { $n ->
    [one] { $n } of { $of } accounts.
   *[other] { $n } of { $of } accounts.
} Quote floor and ceiling with the best answer.
care-heavy = <b>One account weighs much.</b> A single labelled account could move the answer by more than half the interval's width.
care-wide = <b>A wide interval.</b> It reaches more than half of the answer to either side: take it as an order of magnitude.
care-inefficient = <b>The scores did not help.</b> A simple random sample of as many labels would be expected to do better.

## How well each measure sorts

sorting-text = How often does a measure put a member above another account? Shown is the share of pairs of a member and another account of the frame in which the member has the higher number; ties count half. This is the area under the ROC curve (AUC): <b>{ $one }</b> sorts members from others without a fault, <b>{ $half }</b> no better than a coin, and below that members are the ones with the lower numbers.
sorting-none = How well scores and measures sort members from others is not said: besides the seeds, fewer than ten members or fewer than ten others are labelled, or one of the two groups is too small to be told of.
sorting-caption = <b>How well each measure sorts members from others</b>, with its { $level } interval. The thin line is a coin, { $half }.
sorting-table = How well each measure sorts members from others (AUC)
sorting-how = Estimated for all accounts of the frame but the seeds, from { $n ->
    [one] { $n } labelled account
   *[other] { $n } labelled accounts
}, each weighted by its chance to be drawn. “Group” stands for the seeds here: ties with accounts found later would know of the labels. No score saw the label that it is held against; what is shown of scores is the mean over the batches of labels. Labels count as the coders gave them, and their mistakes draw the numbers towards { $half } as a rule. The answer rests on none of this: scores that sort well only make its interval narrow.
sorting-score = Score
    .note = all that follows and more, learnt from labels
sorting-out-degree = Accounts it follows
    .note = how many
sorting-in-degree = Followers
    .note = how many
sorting-in-group-following = In-group share of followings
    .note = of those it follows, in the group
sorting-in-group-followers = In-group share of followers
    .note = of its followers, in the group
sorting-reciprocated = Mutual ties
    .note = follows both ways with the group
sorting-triangles = Triangles
    .note = pairs of the group tied to it and to each other
sorting-core-number = Core number
    .note = how deep in the densest part of the network
sorting-pagerank = PageRank
    .note = from everywhere
sorting-group-pagerank = PageRank from the group
    .note = starting afresh at the group alone

## Limits

limits-text = Said from this study's own facts.
limits-frame = <b>Only the frame.</b> The answer is about { $size } accounts; { $n ->
    [one] { $n } account was seen and left out by the rule.
   *[other] { $n } accounts were seen and left out by the rule.
} Accounts that nobody in reach follows, or that were gone before the crawl, are not counted.
limits-seeds = <b>Where it began.</b> { $n ->
    [one] The frame grows from { $n } seed:
   *[other] The frame grows from { $n } seeds:
} a part of the group that none of them leads to is not in it.
limits-beyond = <b>Coverage.</b> How many are outside of the frame rests on { $lists ->
    [one] { $lists } list from elsewhere
   *[other] { $lists } lists from elsewhere
} and on a range of odds ratios ({ $ratios }) that no data can check.
limits-not-beyond = <b>Coverage is not known.</b> No list of members from an independent source was usable, so nothing says how many members the frame misses.
limits-labels = <b>Labels.</b> { $n ->
    [one] Everything rests on { $n } labelled account;
   *[other] Everything rests on { $n } labelled accounts;
} coders were undecided about { $undecided } of them ({ $share }).
limits-agreement = <b>Agreement.</b> The pair of coders that agreed least has a kappa of { $kappa }; 1 is perfect, 0 is chance.
limits-no-agreement = <b>Agreement is not known.</b> No account was labelled by two coders, so nobody can say whether others would label alike.
limits-error = <b>Coder error is not in the intervals.</b> If coders called one in a hundred others a member, a rare group would come out far too large.
limits-error-carried = <b>Coder error</b> is in the interval of the number of members, measured on accounts that an expert answered. It is not in the portrait.
limits-simulated = <b>Nobody looked.</b> The labels were made by a program that knows the truth; a person would err more.
limits-posts = <b>Posts.</b> Collected posts are known for { $value } of members ({ $range }). What is said of hashtags, links, hours and bursts is about those.
limits-no-posts = <b>Posts.</b> No posts were collected, or of too few: nothing is said of what members write.
limits-recent = <b>Only recent posts.</b> At most { $n } posts an account were fetched, the newest. Earlier months look emptier than they were.
limits-empty = { $n ->
    [one] <b>Without an answer.</b> To { $n } question of the portrait the data has no answer that can be published.
   *[other] <b>Without an answer.</b> To { $n } questions of the portrait the data has no answer that can be published.
}
limits-cells = <b>Left out.</b> { $n ->
    [one] { $n } cell of the portrait is not shown, to protect who is in it: fewer than { $cell } accounts.
   *[other] { $n } cells of the portrait are not shown, to protect who is in them: fewer than { $cell } accounts.
}
limits-simulated-network = <b>An invented network.</b> It is simpler than any real one: what works here need not work there.
limits-when = <b>One time.</b> Profiles were seen { $days }. The network moves on; the answer is for those days.
limits-when-unknown = <b>When is not known.</b> The data does not say when profiles were seen.
limits-watched = <b>The watch.</b> Accounts were looked for in { $n ->
    [one] { $n } sweep,
   *[other] { $n } sweeps,
} { $short } of them cut short; in { $gaps } times nobody looked although it was due. What happened then is not known.
limits-hidden = <b>Gone before anybody looked.</b> The group follows { $range } accounts that were gone already. They are in no figure.
limits-not-watched = <b>Not watched.</b> Accounts were not looked at again over time, so nothing is known of how long they live or of what suspensions did.
limits-accounts = <b>Accounts are not people.</b> Nothing here says how many people stand behind the accounts.
limits-claims = <b>Claims.</b> Places, names, languages and roles are what profiles say of themselves. They can be jokes, wishes or deception.
not-seen-text = A list that was not seen does not say that an account follows nobody.
not-seen-follows = Follows: the lists of { $lists } accounts were read to their end. Their profiles count { $counted } follows; { $missing } of them, at { $incomplete } accounts, were not seen: most often those whom they follow were taken down or had gone.
not-seen-empty = { $n } lists were shown empty although the profile counts follows.
not-seen-unread = Lists not seen, or not to their end
    .of = These are of { $lists } accounts, which count { $counted } follows.
not-seen-gone = Accounts of which nothing else was seen
    .n = Accounts: { $n }.
not-seen-posts = Posts not seen: those of { $n } accounts could not be fetched.

## Data, ethics, citation

data-where = From where
data-when = Seen
data-what = What it holds
    .text = Public profiles, who follows whom, posts as far as they were collected, whether an account was there; draws, labels and scores that the study made of them.
data-left-out = Left out
    .text = Private accounts and messages; pictures themselves; coordinates, which become a city and are not kept; what the frame's rule leaves out.
data-retention = Kept how long
    .text = Names of accounts, posts, labels and scores stay in the study's folder, with the team alone, until the day of deletion that it set. Only aggregates leave it.
data-tables = The study's tables, and what tells whether two are the same
table-accounts = profiles as seen
table-follows = who follows whom
table-posts = posts as seen
table-statuses = whether an account was there when it was looked for
table-frame = the accounts that could be members
table-samples = who was drawn, and with which probability
table-labels = what coders answered
table-scores = how likely an account is a member
ethics-aggregates = This report holds aggregates only. It names no account and quotes none, cells of fewer than { $cell } accounts are suppressed with what would reveal them, and nothing here serves to find the person behind an account.
ethics-accounts = An estimate is no ground to act against any one account. Scores err in both directions, and a decision about an account needs a look at that account by a person, under the platform's rules, with a way to appeal.
ethics-never-shelter = The study hosts, spreads and shelters nothing of the group's, and helps no account to stay up or to come back.
ethics-never-person = It looks for nobody behind an account: no faces, no addresses, no matching across platforms.
ethics-never-list = No list of members is a result of it.
ethics-coders = Coders see what harms those who see it: they may decline, take turns, and stand in no publication by name.
again-version = Version
again-seed = Random seed
again-level = Confidence level
again-cell = Smallest cell shown
again-text = The same inputs, seed and version give this report byte for byte. The figures behind it are in <code>estimate.json</code>, <code>portrait.json</code> and <code>report.json</code> beside it.
cite-text = To cite, fill in what stands in brackets:
cite-days = [dates]
cite = [Authors] ([year]). { $study }. Report made with { $program }, seed { $seed }. Data collected { $days }. [Where it is published].
appendix-text = How every figure of this report was estimated. Formulas, assumptions and papers are in the documentation of netcensus, under methods.
appendix-estimators = Estimators, how many figures each made, and where they stand
appendix-settings = Settings that the figures depend on
setting-frame-waves = hops from the seeds
setting-frame-min-follows = how many of the group must follow an account
setting-frame-max-followers = accounts with more followers are left out
setting-frame-max-following = accounts that follow more are left out
setting-frame-leave-out-bots = whether accounts that call themselves bots are left out
setting-sample-labels = labels wanted, seeds not among them
setting-sample-batches = in how many batches
setting-sample-uniform-share = part of each batch that is drawn whatever the scores say
setting-sample-design = how a batch is drawn
setting-estimate-level = confidence level of every interval
setting-estimate-looks = when the team looks at the answer
setting-beyond-odds-ratio = range of odds ratios between lists
setting-publish-min-cell = smallest cell that is published
setting-collect-strategy = whom the crawl fetches next
setting-collect-max-following = follows of accounts with more are not fetched
setting-collect-posts = recent posts fetched an account, at most
setting-collect-request-budget = requests in all, at most
setting-simulated-coder-sensitivity = how often the simulated coder knows a member
setting-simulated-coder-specificity = how often it knows another

banner-public = <b>Made for the public.</b> Counts are rounded to multiples of { $cell }, and those from 1 on to no less than that; shares, means and quantiles are rounded as far as hides what is left out. No interval is narrower for it.
banner-private = <b>The numbers of accounts in the frame, and of labels by answer and by coder, have noise</b>, each off by { $within } or less with { $level } confidence, before rounding. Whether any one account is counted in them changes the chance of what stands here by a factor of e to the power of { $epsilon } at most (differential privacy, ε = { $epsilon }); all such reports of this study together have spent { $spent } of { $budget }. Estimates of members and of what they are like, and the numbers of labels beside them, have no such noise, and are not covered.
portrait-silent = The data of this study does not answer: { $questions }
appendix-credits = Names of cities and regions: GeoNames (CC BY 4.0, chosen and changed) and Unicode CLDR (© Unicode, Inc.). Map: Natural Earth, public domain.
