### Sentences of other steps, found by their words: see `report/content/said.rs`.

## Estimators of how many members

said-difference-estimator-betting-confidence-sequence-over-every-batch = difference estimator, betting confidence sequence over every batch
said-corrected-for-coder-error-by-n-gold-items-rogan-gladen = corrected for coder error by { $a } gold items (Rogan–Gladen)
said-gold-items-mid-p-limits = gold items, mid-p limits
said-cohens-kappa-large-sample-interval = Cohen's kappa, large-sample interval
said-krippendorffs-alpha-bootstrap-over-items = Krippendorff's alpha, bootstrap over items

## Estimators of the portrait

said-accounts-whose-estimated-share-of-members-as-followers-is-above-the-limit-by-the-wald = accounts whose estimated share of members as followers is above the limit, by the Wald interval of each
said-ratio-of-difference-estimators-wilson-limits = ratio of difference estimators, Wilson limits
said-ratio-of-difference-estimators = ratio of difference estimators
said-weighted-quantile-woodruff-limits = weighted quantile, Woodruff limits
said-share-of-pairs-of-a-member-and-another = share of pairs of a member and another
said-each-batchs-own-scores = each batch's own scores
said-share-of-members = share of members
said-mean-of-members = mean of members
said-number-of-members = number of members
said-quantile-of-members = quantile of members
said-share-of-members-posts = share of members' posts
said-share-of-members-follows = share of members' follows
said-ratio-of-totals-of-members-posts = ratio of totals of members' posts
said-concentration-of-members-posts = concentration of members' posts
said-share-of-members-with-posts = share of members with posts
said-model-assisted = model-assisted
said-model-assisted-ratio-of-totals = model-assisted ratio of totals
said-linearised = linearised
said-gamma-limits-joined-by-mover = gamma limits joined by MOVER
said-gamma-limits = gamma limits
said-wald = Wald
said-wald-interval = Wald interval
said-t-interval = t interval
said-wilson-limits = Wilson limits
said-woodruff-interval = Woodruff interval
said-woodruff-limits = Woodruff limits
said-interval-from-samples-drawn-anew = interval from samples drawn anew
said-difference-estimator = difference estimator
said-model-assisted-ratio = model-assisted ratio
said-horvitz-thompson = Horvitz–Thompson

## Members beyond the frame

said-no-list-of-members-from-a-source-independent-of-the-crawl-was-given-so-nothing-can-be = No list of members from a source independent of the crawl was given, so nothing can be said of members outside of the frame.
said-doubly-robust-capture-recapture-outside-of-the-frame = doubly robust capture–recapture outside of the frame
said-frame-total-and-doubly-robust-capture-recapture-outside-of-the-frame = frame total and doubly robust capture–recapture outside of the frame
said-chapmans-estimator-outside-of-the-frame = Chapman's estimator outside of the frame
said-frame-total-and-chapmans-estimator-outside-of-the-frame = frame total and Chapman's estimator outside of the frame
said-how-much-of-the-list-the-frame-holds-doubly-robust = how much of the list the frame holds, doubly robust
said-frame-total-and-how-much-of-the-list-the-frame-holds-doubly-robust = frame total and how much of the list the frame holds, doubly robust
said-odds-ratio-n = odds ratio { $a }
said-frame-total-and-lincoln-petersen-outside = frame total and Lincoln–Petersen outside
said-frame-total-and-chapmans-estimator-outside = frame total and Chapman's estimator outside
said-frame-total-and-chaos-lower-bound-outside = frame total and Chao's lower bound outside
said-frame-total-and-n-log-linear-models-outside-averaged-by-bic = frame total and { $a } log-linear models outside, averaged by BIC
said-chapmans-estimator-labels-not-used = Chapman's estimator, labels not used
said-doubly-robust-capture-recapture-labels-not-used = doubly robust capture–recapture, labels not used
said-unseen-members-of-the-frame-by-its-labels-over-those-by-the-lists-at-odds-ratio-n = unseen members of the frame by its labels, over those by the lists at odds ratio { $a }
said-two-frames-from-random-halves-of-the-seeds-chapman = two frames from random halves of the seeds, Chapman
said-the-labels-error-left-out = the labels' error left out
said-generalised-network-scale-up-from-the-labelled-accounts-that-are-not-members = generalised network scale-up from the labelled accounts that are not members
said-mean-score-adjusted-by-the-labelled-members-and-others-pacc = mean score, adjusted by the labelled members' and others' (PACC)
said-expectation-maximisation-over-the-scores-emq = expectation maximisation over the scores (EMQ)
said-lincoln-petersen-outside = Lincoln–Petersen outside
said-chapman-outside = Chapman outside
said-chaos-lower-bound-outside = Chao's lower bound outside
said-log-linear-models-outside = Log-linear models outside
said-chapman-lists-alone = Chapman, lists alone
said-doubly-robust-lists-alone = Doubly robust, lists alone
said-seed-split = Seed split
said-network-scale-up = Network scale-up
said-pacc = PACC
said-emq = EMQ
said-that-the-lists-are-independent-of-each-other-outside-of-the-frame-given-an-accounts-f = that the lists are independent of each other outside of the frame, given an account's follows and profile, and that every member there had some chance to be on each
said-of-the-crawl-nothing-is-assumed = of the crawl nothing is assumed
said-that-the-lists-are-independent-of-each-other-outside-of-the-frame-and-all-members-the = that the lists are independent of each other outside of the frame, and all members there equally likely to be listed
said-that-being-on-the-list-is-independent-of-being-in-the-frame-given-an-accounts-follows = that being on the list is independent of being in the frame, given an account's follows and profile
said-for-n-of-n-listed-members-outside-the-chance-to-be-on-both-lists-was-raised-to-n-the = For { $a } of { $b } listed members outside, the chance to be on both lists was raised to { $c } %: the answer leans on that bound.
said-for-n-listed-members-the-chance-to-be-in-the-frame-was-raised-to-n = For { $a } listed members the chance to be in the frame was raised to { $b } %.
said-only-n-members-outside-are-on-both-sides-too-few-to-learn-how-chances-differ-so-chapm = Only { $a } members outside are on both sides: too few to learn how chances differ, so Chapman's estimator stands in, which takes them as equal.
said-one-list-alone-or-lists-that-share-nobody-outside-of-the-frame-the-frame-itself-stand = One list alone, or lists that share nobody outside of the frame: the frame itself stands in for the second list.
said-crawls-resemble-each-other-so-this-is-no-more-than-a-lower-bound-of-the-members-that = Crawls resemble each other, so this is no more than a lower bound of the members that crawls can reach.
said-members-outside-of-the-frame-that-no-list-names-are-not-recognised-among-the-follows = Members outside of the frame that no list names are not recognised among the follows, and listed members may be followed more than others: expect it to be low.
said-of-the-frames-total-it-takes-members-to-score-alike-wherever-they-are-which-they-do-n = Of the frame's total. It takes members to score alike wherever they are, which they do not have to.
said-of-the-frames-total-it-takes-the-scores-as-calibrated-so-its-interval-is-too-narrow = Of the frame's total. It takes the scores as calibrated, so its interval is too narrow.
said-the-coders-answers-carry-no-information = the coders' answers carry no information
said-the-gold-items-do-not-show-that-they-tell-members-from-others = the gold items do not show that they tell members from others

## Takedowns

said-members = members
said-others = others
said-followers = followers
said-posts-a-day = posts a day
said-suspensions = suspensions
said-ten-times-the-followers = ten times the followers
said-ten-times-the-posts-a-day = ten times the posts a day
said-ten-times-the-age-when-first-seen = ten times the age when first seen
said-member-rather-than-other = member rather than other
said-cox-waves-as-clusters-t-by-waves = Cox, waves as clusters, t by waves
said-stacked-difference-in-differences-with-matched-controls = stacked difference in differences with matched controls
said-waves-as-clusters-t = waves as clusters, t
said-rate-after-and-before-against-others = rate after and before, against others
said-rate-after-and-before = rate after and before
said-jackknife-by-waves-t = jackknife by waves, t
said-smooth-curve-from-ends-between-looks-delayed-entry-waves-as-clusters = smooth curve from ends between looks, delayed entry, waves as clusters
said-product-limit-with-delayed-entry-greenwood-as-if-independent = product limit with delayed entry, Greenwood, as if independent
said-aalen-johansen-waves-as-clusters = Aalen–Johansen, waves as clusters
said-n-s-age-at-discovery = { $a }/S(age at discovery)
said-n-s-age-at-discovery-cut-at-n-too-low = { $a }/S(age at discovery), cut at { $b }: too low
said-accounts-that-ended-before-they-were-first-seen-are-in-no-curve = accounts that ended before they were first seen are in no curve
said-only-the-number-that-ever-existed-makes-up-for-them = only the number that ever existed makes up for them
said-what-happened-between-two-looks-is-not-known-an-end-lies-somewhere-between-them-and-t = what happened between two looks is not known: an end lies somewhere between them, and time that was not watched is not counted as survived
said-members-who-were-never-seen-at-a-known-time-are-taken-to-remain = members who were never seen at a known time are taken to remain
said-fewer-than-n-members-are-known-to-be-suspended-or-remain-nothing-is-said-of-reach = fewer than { $a } members are known to be suspended, or remain: nothing is said of reach
said-too-few-ended-under-watch-to-say-how-long-they-live = too few ended under watch to say how long they live
said-no-smooth-curve-of-lifetimes = no smooth curve of lifetimes
said-too-many-accounts-for-competing-ends = too many accounts for competing ends
said-too-few-accounts-with-a-profile-were-suspended-under-watch-n-traits-need-ten-each-to = too few accounts with a profile were suspended under watch ({ $a } traits need ten each) to say who is
said-effects-of-waves-need-two-waves-or-more-whose-windows-are-free-of-others-and-lie-with = effects of waves need two waves or more whose windows are free of others and lie within the watch
said-there-are-n-of-n = there are { $a } of { $b }
said-n-waves-were-left-out-as-their-windows-overlap-an-earlier-ones = { $a } waves were left out as their windows overlap an earlier one's
said-too-few-of-those-that-remained-were-suspended-around-waves-to-say-how-waves-moved-tha = too few of those that remained were suspended around waves to say how waves moved that
said-too-few-others-were-suspended-around-waves = too few others were suspended around waves
said-the-rate-of-suspensions-is-compared-before-and-after-alone = the rate of suspensions is compared before and after alone
said-controls-were-looked-for-among-a-part-of-the-others = controls were looked for among a part of the others
said-there-are-too-many-for-all = there are too many for all
said-profiles-of-members-and-of-others-like-them-were-not-seen-before-and-after-two-waves = profiles of members and of others like them were not seen before and after two waves or more, so their effect on it cannot be told
said-proposed-pairs-less-those-that-decoys-say-are-false-wald-on-counts = proposed pairs less those that decoys say are false, Wald on counts
said-share-of-reviewed-pairs-wilson-interval = share of reviewed pairs, Wilson interval

## Sites

said-sites-by-host-in-collected-posts-only-which-are-recent-ones-of-accounts-that-were-the = Sites by host, in collected posts only, which are recent ones of accounts that were there; shortened links count for the shortener. On the list to check are those that at least { $a } accounts taken for members push, without sites that everybody links to. Ages count from the first collected post that pushed a site.
said-too-few-sites-were-under-watch-at-any-age = too few sites were under watch at any age
said-no-site-ended-under-watch-yet = no site ended under watch yet
said-product-limit-curve-with-delayed-entry-ends-in-the-middle-between-two-checks = product-limit curve with delayed entry, ends in the middle between two checks
said-too-few-sites-ended-for-figures-to-be-published = too few sites ended for figures to be published
said-up = up
said-moved = moved
said-closed = closed
said-parked = parked
said-withdrawn = withdrawn
said-not-found = not found
said-server-error = server error
said-slow = slow
said-broken = broken
said-redirect-loop = redirect loop
said-redirect-refused = redirect refused
said-certificate-expired = certificate expired
said-certificate-of-another-name = certificate of another name
said-certificate-untrusted = certificate untrusted
said-certificate-invalid = certificate invalid
said-tls-failed = tls failed
said-refused = refused
said-unreachable = unreachable
said-no-name = no name
said-name-failed = name failed
said-not-public = not public

## What the frame leaves out, and what a crawl did not see

said-followed-by-fewer-than-n-of-the-group = followed by fewer than { $a } of the group
said-not-within-n-waves-of-the-seeds = not within { $a } waves of the seeds
said-too-many-followers = too many followers
said-follows-too-many = follows too many
said-more-than-n-followers = more than { $a } followers
said-follows-more-than-n = follows more than { $a }
said-protected = protected
said-calls-itself-a-bot = calls itself a bot
said-left-out-for-any-reason = left out, for any reason
said-active = active
said-suspended = suspended
said-deactivated = deactivated
said-deleted = deleted
said-vanished = vanished
said-never-existed = never existed
said-not-looked-for-yet = not looked for yet
said-unknown = unknown
said-too-large = too large
said-failed = failed
said-not-read-yet = not read yet
said-the-list-is-hidden = the list is hidden
said-a-list-whose-cursor-repeats = a list whose cursor repeats
said-within-n-waves-of-the-seeds-followed-by-at-least-one-account-of-the-group-so-far = within { $a } waves of the seeds, followed by at least one account of the group so far
said-within-n-waves-of-the-seeds-followed-by-at-least-n-accounts-of-the-group-so-far = within { $a } waves of the seeds, followed by at least { $b } accounts of the group so far
said-no-more-than-n-followers-following-no-more-than-n = no more than { $a } followers, following no more than { $b }
said-no-declared-bots = no declared bots
said-within-n-hops-of-the-seeds-followed-by-at-least-n-accounts-of-the-group-so-far = within { $a } hops of the seeds, followed by at least { $b } accounts of the group so far
said-at-most-n-followers-at-most-n-followed = at most { $a } followers, at most { $b } followed
said-bots-left-out = bots left out
