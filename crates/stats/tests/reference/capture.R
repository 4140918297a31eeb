# Reference values for tests/capture.rs, written to capture.csv beside this script.
# R 4.2, vegan 2.6-4, survival 3.5-3.  Run: Rscript capture.R
suppressMessages({library(vegan); library(survival)})
out <- data.frame(name = character(), value = character())
put <- function(name, value) out[nrow(out) + 1, ] <<- list(name, format(value, digits = 15, scientific = FALSE))

# Log-linear models: glm(family = poisson) on every model with some two-way interactions, averaged as Buckland,
# Burnham & Augustin (1997).
average <- function(name, lists, counts, criterion) {
  h <- expand.grid(rep(list(0:1), lists))
  names(h) <- paste0("l", seq_len(lists))
  h$y <- counts
  h <- h[-1, ]
  pairs <- combn(lists, 2, function(p) paste0("l", p[1], ":l", p[2]))
  n <- sum(h$y)
  eta <- v <- ic <- c()
  for (m in 0:(2^length(pairs) - 1)) {
    chosen <- pairs[bitwAnd(m, 2^(seq_along(pairs) - 1)) > 0]
    empty <- any(sapply(strsplit(chosen, ":"), function(p) sum(h$y[h[[p[1]]] == 1 & h[[p[2]]] == 1]) == 0))
    if (length(chosen) && empty) next
    if (1 + lists + length(chosen) > nrow(h)) next
    f <- suppressWarnings(glm(reformulate(c(names(h)[seq_len(lists)], chosen), "y"), poisson, h,
                              control = glm.control(epsilon = 1e-14, maxit = 100)))
    if (any(is.na(coef(f))) || any(abs(coef(f)) > 12)) next
    p <- length(coef(f))
    k <- if (criterion == "AIC") 2 else log(n)
    eta <- c(eta, coef(f)[1]); v <- c(v, vcov(f)[1, 1] + exp(-coef(f)[1])); ic <- c(ic, deviance(f) + k * p)
    if (m == 0) { put(paste0(name, "_independent"), n + exp(coef(f)[1])) }
  }
  w <- exp(-(ic - min(ic)) / 2); w <- w / sum(w)
  log0 <- sum(w * eta); se <- sum(w * sqrt(v + (eta - log0)^2)); z <- qnorm(.975)
  put(paste0(name, "_models"), length(eta))
  put(paste0(name, "_value"), n + exp(log0))
  put(paste0(name, "_low"), n + exp(log0 - z * se))
  put(paste0(name, "_high"), n + exp(log0 + z * se))
}
# Hepatitis A outbreak, Taiwan 1995, lists P, Q, E (Chao, Tsay, Lin, Shau & Chao 2001, Statistics in Medicine 20).
# Cells in the order of the bits: -, P, Q, PQ, E, PE, QE, PQE.
average("hepatitis_bic", 3, c(0, 69, 55, 21, 63, 17, 18, 28), "BIC")
average("hepatitis_aic", 3, c(0, 69, 55, 21, 63, 17, 18, 28), "AIC")
# Diabetes in Casale Monferrato, four lists (Bruno et al. 1994; International Working Group 1995, Am J Epidemiol 142).
diabetes <- c(0, 709, 74, 104, 182, 650, 20, 157, 10, 12, 7, 18, 8, 46, 14, 58)
average("diabetes_bic", 4, diabetes, "BIC")
average("diabetes_aic", 4, diabetes, "AIC")
# Five lists with empty cells and an empty pair: made up.
sparse <- rep(0, 32)
sparse[1 + c(1, 2, 4, 8, 16)] <- c(60, 110, 240, 90, 35)
sparse[1 + c(3, 5, 6, 9, 10, 12, 20, 24)] <- c(9, 14, 31, 4, 8, 22, 6, 3)
sparse[1 + c(7, 13, 14, 28)] <- c(3, 1, 4, 1)
average("sparse_bic", 5, sparse, "BIC")

# Chao's bound, bias-corrected: vegan's estimateR on its BCI data, which is the limit for very many lists.
data(BCI)
one <- estimateR(BCI[1, ])
put("bci_chao1", one["S.chao1", 1]); put("bci_chao1_se", one["se.chao1", 1])
put("bci_seen", one["S.obs", 1]); put("bci_f1", sum(BCI[1, ] == 1)); put("bci_f2", sum(BCI[1, ] == 2))

# Product-limit curve with delayed entry.
set.seed(7)
age <- round(rexp(60, 1 / 30), 1) + .1
entry <- round(runif(60, 0, 20), 1)
keep <- age > entry
exit <- pmin(age, entry + 25); ended <- as.integer(age <= entry + 25)
d <- data.frame(entry, exit, ended)[keep, ]
f <- summary(survfit(Surv(entry, exit, ended) ~ 1, d))
write.csv(d, "spells.csv", row.names = FALSE, quote = FALSE)
write.csv(data.frame(age = f$time, at_risk = f$n.risk, ended = f$n.event, survival = format(f$surv, digits = 15),
                     se = format(f$std.err, digits = 15)), "survfit.csv", row.names = FALSE, quote = FALSE)

# EMQ finds the maximum of a mixture likelihood: optimise() finds it without EM.
s <- plogis(sin(1:200) * 2 - 1)
loglik <- function(q) sum(log(q * s / .3 + (1 - q) * (1 - s) / .7))
put("emq", optimise(loglik, c(0, 1), maximum = TRUE, tol = 1e-12)$maximum)
write.csv(out, "capture.csv", row.names = FALSE, quote = FALSE)
