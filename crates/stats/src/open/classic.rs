use super::{Captures, Estimate, critical};
use crate::Result;

/// What is done about small counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Correction {
    /// Jolly's estimates as they stand: the maximum of the likelihood.
    None,
    /// Seber's: one added to R, r, n and m, which takes off most of the bias of small counts.
    Seber,
}

/// One wave of a closed-form Jolly–Seber estimate; none where the data do not determine a number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wave {
    /// Mₜ: those there that were seen before.
    pub marked: Option<Estimate>,
    /// Nₜ, before anyone is removed.
    pub size: Option<Estimate>,
    /// φₜ, to the next wave. Not held below 1.
    pub survival: Option<Estimate>,
    /// Bₜ: those there at the next wave that are not there at this. Not held above 0.
    pub entries: Option<Estimate>,
}

/// The Jolly–Seber estimates in closed form, with their large-sample standard errors.
///
/// ```text
/// M = m + R·z/r            N = M·n/m              M₀ = 0        (Seber:  M = m + (R+1)·z/(r+1),  N = M·(n+1)/(m+1))
/// φₜ = Mₜ₊₁/(Mₜ − mₜ + Rₜ)          Bₜ = Nₜ₊₁ − φₜ·(Nₜ − nₜ + Rₜ)
///
/// V(M) = (M−m)·(M−m+R)·(1/r − 1/R)
/// V(N) = N·(N−n)·[ (M−m+R)/M·(1/r − 1/R) + (1−M/N)/m ]
/// V(φ) = φ²·[ (M′−m′)(M′−m′+R′)/M′²·(1/r′−1/R′) + (M−m)/(M−m+R)·(1/r−1/R) ] + φ²·(1−φ)/M′
/// ```
///
/// (′ is the next wave; all other symbols as for [`Captures`]) with V(B) as in Seber. V(N) leaves out the chance of who
/// is there, V(φ) counts it in. Limits are Wald's. Numbers of φ above 1 and entries below 0 are chance, or a sign that
/// the assumptions of [`super::survival`] do not hold; [`super::population`] holds them within bounds.
///
/// Jolly 1965, *Explicit estimates from capture-recapture data with both death and immigration*; Seber 1982, *The Estimation
/// of Animal Abundance*, ch. 5; Pollock, Nichols, Brownie & Hines 1990, *Statistical inference for capture-recapture
/// experiments*.
///
/// # Errors
/// When the level is not between 0 and 1.
pub fn jolly_seber(captures: &Captures, correction: Correction, level: f64) -> Result<Vec<Wave>> {
    let critical = critical(level)?;
    let k = captures.waves();
    let waves: Vec<Counted> = (0..k).map(|t| Counted::new(captures, t, correction)).collect();
    let estimate = |value: f64, variance: Option<f64>| {
        let se = variance.filter(|v| v.is_finite() && *v >= 0.0).map(f64::sqrt);
        Estimate { value, se, limits: se.map(|se| (value - critical * se, value + critical * se)) }
    };
    Ok((0..k)
        .map(|t| {
            let (here, next) = (&waves[t], waves.get(t + 1));
            let survival = next.and_then(|next| here.survival(next));
            Wave {
                marked: here.marked.map(|m| estimate(m, here.marked_variance())).filter(|_| t > 0),
                size: here.size().map(|n| estimate(n, here.size_variance())),
                survival: survival.map(|phi| estimate(phi, next.and_then(|next| here.survival_variance(next, phi)))),
                entries: next.zip(survival).and_then(|(next, phi)| {
                    let entries = next.size()? - phi * (here.size()? - here.n + here.released);
                    Some(estimate(entries, here.entries_variance(next, phi, entries)))
                }),
            }
        })
        .collect())
}

/// The counts of one wave and M̂.
struct Counted {
    n: f64,
    m: f64,
    released: f64,
    later: f64,
    marked: Option<f64>,
    correction: Correction,
}

impl Counted {
    fn new(captures: &Captures, t: usize, correction: Correction) -> Self {
        let (released, later) = (captures.released[t] as f64, captures.seen_later(t) as f64);
        let (m, z) = (captures.seen_before(t) as f64, captures.missed(t) as f64);
        let marked = match correction {
            _ if t == 0 => Some(0.0),
            _ if t + 1 == captures.waves() => None,
            Correction::Seber => Some(m + (released + 1.0) * z / (later + 1.0)),
            Correction::None => (later > 0.0).then(|| m + released * z / later),
        };
        Self { n: captures.seen(t) as f64, m, released, later, marked, correction }
    }

    /// 1/r − 1/R.
    fn doubt(&self) -> Option<f64> {
        (self.later > 0.0).then(|| 1.0 / self.later - 1.0 / self.released)
    }

    fn size(&self) -> Option<f64> {
        let marked = self.marked.filter(|m| *m > 0.0)?;
        match self.correction {
            Correction::Seber => Some(marked * (self.n + 1.0) / (self.m + 1.0)),
            Correction::None => (self.m > 0.0).then(|| marked * self.n / self.m),
        }
    }

    fn marked_variance(&self) -> Option<f64> {
        let open = self.marked? - self.m;
        Some(open * (open + self.released) * self.doubt()?)
    }

    fn size_variance(&self) -> Option<f64> {
        let (size, marked) = (self.size()?, self.marked?);
        let unmarked = (self.m > 0.0).then(|| (1.0 - marked / size) / self.m)?;
        Some(size * (size - self.n) * ((marked - self.m + self.released) / marked * self.doubt()? + unmarked))
    }

    /// M − m + R: marked units there after the wave.
    fn after(&self) -> Option<f64> {
        self.marked.map(|marked| marked - self.m + self.released).filter(|a| *a > 0.0)
    }

    fn survival(&self, next: &Self) -> Option<f64> {
        Some(next.marked? / self.after()?)
    }

    /// (M−m)(M−m+R)/M²·(1/r − 1/R).
    fn relative(&self) -> Option<f64> {
        let marked = self.marked.filter(|m| *m > 0.0)?;
        Some(self.marked_variance()? / (marked * marked))
    }

    /// (M−m)/(M−m+R)·(1/r − 1/R).
    fn lost_sight(&self) -> Option<f64> {
        Some((self.marked? - self.m) / self.after()? * self.doubt()?)
    }

    fn survival_variance(&self, next: &Self, phi: f64) -> Option<f64> {
        let chance = (1.0 - phi) / next.marked.filter(|m| *m > 0.0)?;
        Some(phi * phi * (next.relative()? + self.lost_sight()? + chance))
    }

    fn entries_variance(&self, next: &Self, phi: f64, entries: f64) -> Option<f64> {
        let (size, next_size) = (self.size()?, next.size()?);
        // M/N, m/n but for the correction
        let share = |w: &Self, size: f64| w.marked.filter(|_| w.m > 0.0).map(|marked| marked / size);
        let (here, there) = (share(self, size)?, share(next, next_size)?);
        Some(
            entries * entries * next.relative()?
                + self.lost_sight()? * (phi * self.released * (1.0 - here) / here).powi(2)
                + (size - self.n) * (next_size - entries) * (1.0 - here) * (1.0 - phi) / self.after()?
                + next_size * (next_size - next.n) * (1.0 - there) / next.m
                + phi * phi * size * (size - self.n) * (1.0 - here) / self.m,
        )
    }
}
