# Reference values for tests/survival.rs, written beside this script: the data, and what R says of it.
# R 4.2, survival 3.5-3.  Run: Rscript survival.R
suppressMessages(library(survival))
number <- function(x) format(x, digits = 15, scientific = FALSE, trim = TRUE)
write <- function(d, file) write.csv(d, file, row.names = FALSE, quote = FALSE)
set.seed(20)

# 400 units found some time after birth, watched for up to 40 days, checked daily: many end on the same day.
n <- 700
x1 <- rnorm(n); x2 <- rbinom(n, 1, .4); group <- sample(0:2, n, TRUE); cluster <- sample(0:59, n, TRUE)
wave <- rnorm(60, sd = .5)
life <- ceiling(rweibull(n, .6, 25) * exp(-.5 * x1 + .4 * x2 - wave[cluster + 1]) * c(1, 1.3, .8)[group + 1])
entry <- floor(rexp(n, 1 / 6))
exit <- pmin(life, entry + 40); ended <- as.integer(life <= entry + 40)
cause <- ifelse(ended == 1, sample(1:3, n, TRUE, c(.6, .3, .1)), 0)
d <- head(data.frame(entry, exit, ended, cause, group, cluster, x1, x2)[exit > entry, ], 400)
d$x1 <- round(d$x1, 6)
write(d, "survival.csv")

f <- survfit(Surv(entry, exit, ended) ~ 1, d, conf.type = "log-log")
s <- summary(f)
write(data.frame(age = s$time, at_risk = s$n.risk, ended = s$n.event, survival = number(s$surv), se = number(s$std.err),
                 low = number(s$lower), high = number(s$upper), hazard = number(s$cumhaz), hazard_se = number(s$std.chaz)),
      "survival_curve.csv")
out <- data.frame(name = character(), value = character())
put <- function(name, value) for (v in value) out[nrow(out) + 1, ] <<- list(name, number(v))
q <- quantile(f, c(.25, .5, .75))
for (i in 1:3) put(paste0("quantile ", c(25, 50, 75)[i]), c(q$quantile[i], q$lower[i], q$upper[i]))

# Competing ends.
d$id <- seq_len(nrow(d))
f <- survfit(Surv(entry, exit, factor(cause)) ~ 1, d, id = id, influence = TRUE)
# This version takes no notice of `cluster` beside `id`, so influences are summed by cluster here.
moved <- f$influence.pstate
if (is.list(moved)) moved <- moved[[1]]
clustered <- apply(moved, c(2, 3), function(x) sqrt(sum(rowsum(x, d$cluster)^2)))
skip <- nrow(clustered) - length(f$time)
clustered <- clustered[seq_along(f$time) + skip, ]
write(data.frame(age = f$time, none = number(f$pstate[, 1]),
                 f1 = number(f$pstate[, 2]), f2 = number(f$pstate[, 3]), f3 = number(f$pstate[, 4]),
                 s1 = number(f$std.err[, 2]), s2 = number(f$std.err[, 3]), s3 = number(f$std.err[, 4]),
                 c1 = number(clustered[, 2]), c2 = number(clustered[, 3]), c3 = number(clustered[, 4])),
      "survival_ends.csv")

# Log-rank, without delayed entry (survdiff has none); with it as Cox's score test, which is the same without ties.
for (rho in 0:1) {
  f <- survdiff(Surv(exit, ended) ~ group, d, rho = rho)
  put(paste("log-rank", rho), c(f$obs, f$exp, f$chisq))
}
d$apart <- d$exit + seq_len(nrow(d)) / 1000
f <- coxph(Surv(entry, apart, ended) ~ factor(group), d)
put("log-rank delayed", f$score)

# Cox.
f <- coxph(Surv(entry, exit, ended) ~ x1 + x2, d, ties = "efron", cluster = cluster, control = coxph.control(eps = 1e-12, toler.chol = 1e-13, iter.max = 50))
put("cox coefficients", coef(f))
put("cox errors", sqrt(diag(f$naive.var)))
put("cox robust", sqrt(diag(f$var)))
put("cox likelihoods", f$loglik)
put("cox score", f$score)
put("cox concordance", concordance(f)$concordance)
f <- coxph(Surv(entry, exit, ended) ~ x1 + x2, d, ties = "efron", robust = TRUE, id = id, control = coxph.control(eps = 1e-12, toler.chol = 1e-13, iter.max = 50))
put("cox robust alone", sqrt(diag(f$var)))
f <- coxph(Surv(exit, ended) ~ x1 + x2, d, ties = "efron", control = coxph.control(eps = 1e-12, toler.chol = 1e-13, iter.max = 50))
put("cox right coefficients", coef(f))
put("cox right errors", sqrt(diag(f$var)))

# Ends between checks, from birth on: each unit is checked at ages of its own, every one to four days.
gap <- sample(1:4, nrow(d), TRUE)
true <- rweibull(nrow(d), .7, 20)
low <- floor(true / gap) * gap; high <- low + gap
late <- low >= 40; low[late] <- 40; high[late] <- NA
between <- data.frame(low, high = ifelse(is.na(high), Inf, high))
write(between, "survival_between.csv")
# R stops when the curve moves by less than 5e-5; its own method, until it moves no more.
patient <- eval(parse(text = gsub("5e-05", "1e-13", deparse(survival:::survfitTurnbull), fixed = TRUE)))
environment(patient) <- asNamespace("survival")
assignInNamespace("survfitTurnbull", patient, "survival")
f <- survfit(Surv(low, ifelse(is.infinite(high), NA, high), type = "interval2") ~ 1, between)
s <- summary(f, times = seq(1, 40, 1), extend = TRUE)
write(data.frame(age = s$time, survival = number(s$surv)), "survival_turnbull.csv")

# Weibull's curve, the smooth one without knots.
weibull <- function(name, f) {
  put(name, c(coef(f), f$scale, f$loglik[2]))
  put(paste(name, "shares"), pweibull(c(1, 7, 30), 1 / f$scale, exp(coef(f))))
}
tight <- survreg.control(rel.tolerance = 1e-14, maxiter = 100)
# A low of 0 is no time to it: those are known to end before `high`.
weibull("weibull between", survreg(Surv(ifelse(low == 0, NA, low), ifelse(is.infinite(high), NA, high), type = "interval2") ~ 1,
                                   between, dist = "weibull", control = tight))
weibull("weibull", survreg(Surv(exit, ended) ~ 1, d, dist = "weibull", control = tight))
write(out, "survival_values.csv")
