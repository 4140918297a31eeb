# Reference values for tests/survey.rs from R's survey package.
#
#   Rscript survey.R        (in this folder; writes the CSV files beside it)
#
# R 4.2.2, survey 4.1-1 (Lumley), sampling 2.9 (Tillé & Matei, for the joint probabilities of conditional Poisson
# sampling only).
#
# Data: `api` and `election` come with survey. The former are public figures of the California Department of Education on
# its schools in 1999 and 2000, the latter public county returns of the 2004 US presidential election. Only the columns used
# are copied. `rare.csv` and the Poisson and conditional Poisson draws are made here.
#
# survey.csv holds one row a figure: its name, the estimate, its standard error, and an interval where one is compared.

suppressMessages(library(survey))
options(digits = 17)
out <- data.frame()
row <- function(case, value, se = NA, low = NA, high = NA) {
  out <<- rbind(out, data.frame(case, value = as.numeric(value), se = as.numeric(se), low = as.numeric(low), high = as.numeric(high)))
}
stat <- function(case, s) row(case, coef(s), SE(s))
csv <- function(d, file) {
  d[] <- lapply(d, function(x) if (is.numeric(x)) sprintf("%.17g", x) else x)
  write.csv(d, file, row.names = FALSE, quote = FALSE)
}
prop <- function(case, formula, design) {
  p <- svyciprop(formula, design, method = "xlogit")
  ci <- attr(p, "ci")
  row(case, coef(p), SE(p), ci[1], ci[2])
}
quant <- function(case, formula, design, q) {
  s <- svyquantile(formula, design, q, interval.type = "mean", qrule = "hf1")[[1]]
  row(case, s[1], NA, s[2], s[3])
}
# A calibrated estimate. survey 4.1-1 leaves the residuals out of the variance of calibrated "pps" designs (ppsvar() stores
# them in a variable it does not use). There the residuals of the linearised values u are taken by lm() and
# the variance of their total, weighted by g, by survey; for the other designs this gives what svytotal(calibrate()) gives.
greg <- function(case, s, design, g, u) {
  v <- model.frame(design)
  v$u <- u(v)
  v$w <- 1 / design$prob
  e <- residuals(lm(u ~ x, data = v, weights = w))
  se <- as.numeric(SE(svytotal(e * weights(g) / v$w, design)))
  if (!inherits(design, "pps")) stopifnot(all.equal(se, as.numeric(SE(s)), tolerance = 1e-9))
  row(case, coef(s), se)
}
# Everything that is asked of one design: y, x numbers; b 0/1; d a domain; totals of (1, x).
all_of <- function(name, design, totals) {
  n <- function(what) paste(name, what, sep = "/")
  stat(n("total"), svytotal(~y, design))
  stat(n("mean"), svymean(~y, design))
  h <- svymean(~y, design)
  row(n("hajek_total"), totals[1] * coef(h), totals[1] * SE(h))
  r <- svyratio(~y, ~x, design)
  row(n("ratio"), coef(r), SE(r))
  inside <- subset(design, d == 1)
  stat(n("domain_total"), svytotal(~y, inside))
  stat(n("domain_mean"), svymean(~y, inside))
  g <- calibrate(design, ~x, population = c(`(Intercept)` = totals[1], x = totals[2]))
  greg(n("greg_total"), svytotal(~y, g), design, g, function(v) v$y)
  greg(n("greg_mean"), svymean(~y, g), design, g, function(v) (v$y - weighted.mean(v$y, weights(g))) / sum(weights(g)))
  gi <- subset(g, d == 1)
  greg(n("greg_domain_mean"), svymean(~y, gi), design, g,
       function(v) v$d * (v$y - weighted.mean(v$y, v$d * weights(g))) / sum(v$d * weights(g)))
  row(n("greg_first_weight"), weights(g)[1])
  m <- svymean(~b, design)
  ci <- confint(m)
  row(n("wald"), coef(m), SE(m), ci[1], ci[2])
  ci <- confint(m, df = degf(design))
  row(n("t"), coef(m), SE(m), ci[1], ci[2])
}

## 1. apisrs: simple random sampling with fpc
data(api)
srs <- data.frame(y = apisrs$api00, x = apisrs$api99, b = as.numeric(apisrs$sch.wide == "Yes"),
                  d = as.numeric(apisrs$stype == "E"), fpc = apisrs$fpc)
csv(srs, "apisrs.csv")
all_of("apisrs", svydesign(~1, data = srs, fpc = ~fpc), c(6194, sum(apipop$api99)))
prop("apisrs/logit", ~b, svydesign(~1, data = srs, fpc = ~fpc))
prop("apisrs/domain_logit", ~b, subset(svydesign(~1, data = srs, fpc = ~fpc), d == 1))
# Not quantiles that fall between two units, where hf1 hangs on how R rounds.
for (q in c(0.103, 0.503, 0.903)) quant(paste0("apisrs/quantile_", q), ~y, svydesign(~1, data = srs, fpc = ~fpc), q)
quant("apisrs/domain_quantile", ~y, subset(svydesign(~1, data = srs, fpc = ~fpc), d == 1), 0.5)

## 2. apistrat: stratified, with fpc and (apistrat_wr) with replacement
strat <- data.frame(y = apistrat$api00, x = apistrat$api99, b = as.numeric(apistrat$sch.wide == "Yes"),
                    d = as.numeric(apistrat$awards == "Yes"), stratum = match(apistrat$stype, c("E", "M", "H")) - 1,
                    fpc = apistrat$fpc, pw = apistrat$pw)
csv(strat, "apistrat.csv")
fpc <- svydesign(~1, strata = ~stratum, data = strat, fpc = ~fpc)
all_of("apistrat", fpc, c(6194, sum(apipop$api99)))
prop("apistrat/logit", ~b, fpc)
quant("apistrat/quantile_0.25", ~y, fpc, 0.25)
wr <- svydesign(~1, strata = ~stratum, data = strat, weights = ~pw)
all_of("apistrat_wr", wr, c(6194, sum(apipop$api99)))
prop("apistrat_wr/logit", ~b, wr)

## 3. election: fixed size, unequal probabilities; Brewer, and exact joint probabilities
data(election)
el <- data.frame(y = election_pps$Bush, x = election_pps$votes, b = as.numeric(election_pps$Bush > election_pps$Kerry),
                 d = as.numeric(election_pps$votes < 100000), p = election_pps$p)
csv(el, "election.csv")
write.table(matrix(sprintf("%.17g", election_jointprob), 40), "election_joint.csv", sep = ",", row.names = FALSE,
            col.names = FALSE, quote = FALSE)
truth <- c(nrow(election), sum(election$votes))
all_of("election_brewer", svydesign(~1, fpc = ~p, data = el, pps = "brewer"), truth)
# The tolerance below which survey takes Δ for 0 is set to 0: exact.
exact <- ppsmat(election_jointprob, tolerance = 0)
all_of("election_ht", svydesign(~1, fpc = ~p, data = el, pps = exact, variance = "HT"), truth)
all_of("election_syg", svydesign(~1, fpc = ~p, data = el, pps = exact, variance = "YG"), truth)

## 4. A Poisson sample of schools by enrolment
set.seed(20150305)
pop <- apipop[!is.na(apipop$enroll), ]
p <- pmin(1, 150 * pop$enroll / sum(pop$enroll))
taken <- runif(nrow(pop)) < p
poi <- with(pop[taken, ], data.frame(y = api00, x = api99, b = as.numeric(sch.wide == "Yes"), d = as.numeric(stype == "H"),
                                     p = p[taken]))
csv(poi, "poisson.csv")
all_of("poisson", svydesign(~1, fpc = ~p, data = poi, pps = poisson_sampling(poi$p)), c(nrow(pop), sum(pop$api99)))

## 5. A rare group of ours in strata by score, one of them taken whole; x is the score
N <- 5000
score <- plogis(-5 + 1.6 * rnorm(N))
y <- rbinom(N, 1, score)
h <- findInterval(score, c(0.01, 0.05, 0.25))
n <- c(60, 90, 80, sum(h == 3))
pick <- sort(unlist(lapply(0:3, function(k) { i <- which(h == k); i[sample.int(length(i), n[k + 1])] })))
rare <- data.frame(y = y[pick], x = score[pick], b = y[pick], d = rbinom(length(pick), 1, 0.4), stratum = h[pick],
                   fpc = tabulate(h + 1)[h[pick] + 1])
csv(rare, "rare.csv")
design <- svydesign(~1, strata = ~stratum, fpc = ~fpc, data = rare)
all_of("rare", design, c(N, sum(score)))
row("rare/score_total", sum(score))
prop("rare/logit", ~b, design)
prop("rare/domain_logit", ~b, subset(design, d == 1))

## 6. Conditional Poisson sampling with one certainty unit: joint probabilities by Tillé's code
# (UPmaxentropypi2 does the same, but stops at 1e-6)
size <- c(9, 1, 3, 2, 5, 4, 2.5, 7, 1.5, 60)
p <- sampling::inclusionprobabilities(size, 5)
open <- p < 1
working <- sampling::UPMEpiktildefrompik(p[open], eps = 1e-14)
joint <- outer(p, p)
joint[open, open] <- sampling::UPMEpik2frompikw(p[open], working / (1 - working))
diag(joint) <- p
csv(data.frame(p = p), "conditional.csv")
write.table(matrix(sprintf("%.17g", joint), 10), "conditional_joint.csv", sep = ",", row.names = FALSE, col.names = FALSE, quote = FALSE)
take <- c(1, 3, 5, 8, 10)
cps <- data.frame(y = c(12, 5, 7, 11, 80), x = size[take], b = c(1, 0, 0, 1, 1), d = c(1, 1, 0, 1, 1), p = p[take])
csv(cps, "conditional_sample.csv")
exact <- ppsmat(joint[take, take], tolerance = 0)
all_of("conditional_ht", svydesign(~1, fpc = ~p, data = cps, pps = exact, variance = "HT"), c(10, sum(size)))
all_of("conditional_syg", svydesign(~1, fpc = ~p, data = cps, pps = exact, variance = "YG"), c(10, sum(size)))
# Brewer with the certainty unit as a stratum of its own.
cps$stratum <- as.numeric(cps$p >= 1)
all_of("conditional_brewer", svydesign(~1, strata = ~stratum, fpc = ~p, data = cps, pps = "brewer"), c(10, sum(size)))

csv(out, "survey.csv")
