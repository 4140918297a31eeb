//! How uncertain the mean of numbers is that come in chains.

/// The uncertainty of a mean over chains.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Memory {
    /// V̂ of the mean.
    pub(super) variance: f64,
    /// τ: how many draws of the chain say as much as one independent draw; at least 1.
    pub(super) time: f64,
    /// Degrees of freedom of V̂.
    pub(super) freedom: f64,
}

/// The variance of the mean of `chains`, their memory counted in.
///
/// ```text
/// γ_k = (1/n)·Σ z_t·z_{t+k} over all chains, z centred at the mean of all
/// Γ_m = γ_{2m} + γ_{2m+1},   as long as positive, made to fall
/// V̂ = (2ΣΓ_m − γ₀)/n · e/(e−1),   τ = (2ΣΓ_m − γ₀)/γ₀,   e = n/τ
/// ```
///
/// Γ of a reversible chain is positive and falls, so the sum stops where noise begins (the initial positive sequence, made
/// monotone). Chains are centred together: one that stayed in its own corner adds to the variance. τ is not let under
/// 1; e/(e−1) makes up for centring at an estimate. Freedom n/(2K+1) for K lags summed, as for a truncated window.
///
/// Geyer 1992, *Practical Markov chain Monte Carlo*; Priestley 1981 for the freedom.
pub(super) fn memory(chains: &[Vec<f64>]) -> Memory {
    let n = chains.iter().map(Vec::len).sum::<usize>() as f64;
    let longest = chains.iter().map(Vec::len).max().unwrap_or(0);
    let mean = chains.iter().flatten().sum::<f64>() / n;
    let gamma = |lag: usize| {
        let products =
            |c: &Vec<f64>| c.iter().zip(c.iter().skip(lag)).map(|(a, b)| (a - mean) * (b - mean)).sum::<f64>();
        chains.iter().map(products).sum::<f64>() / n
    };
    let own = gamma(0);
    if own.is_nan() || own <= 0.0 {
        return Memory { variance: 0.0, time: 1.0, freedom: n };
    }
    let (mut sum, mut last, mut lags) = (0.0, f64::INFINITY, 0);
    while lags < longest {
        let pair = gamma(lags) + gamma(lags + 1);
        if pair <= 0.0 {
            break;
        }
        last = pair.min(last);
        sum += last;
        lags += 2;
    }
    let time = ((2.0 * sum - own) / own).max(1.0);
    let effective = (n / time).max(2.0);
    Memory {
        variance: own * time / n * effective / (effective - 1.0),
        time,
        freedom: (n / (2.0 * lags as f64 + 1.0)).max(1.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    /// x_{t+1} = a·x_t + noise has τ = (1+a)/(1−a).
    fn autoregressive(a: f64, n: usize, random: &mut ChaCha8Rng) -> Vec<f64> {
        let noise = |random: &mut ChaCha8Rng| (0..12).map(|_| random.random::<f64>()).sum::<f64>() - 6.0;
        let mut x = noise(random) / (1.0 - a * a).sqrt();
        (0..n)
            .map(|_| {
                x = a * x + noise(random);
                x
            })
            .collect()
    }

    #[test]
    fn the_time_of_an_autoregressive_chain() {
        let mut random = ChaCha8Rng::seed_from_u64(2);
        for (a, tau) in [(0.0, 1.0), (0.5, 3.0), (0.9, 19.0)] {
            let chains: Vec<Vec<f64>> = (0..4).map(|_| autoregressive(a, 50_000, &mut random)).collect();
            let found = memory(&chains);
            assert!((found.time / tau - 1.0).abs() < 0.1, "{found:?}");
            let variance = tau / (1.0 - a * a) / 200_000.0;
            assert!((found.variance / variance - 1.0).abs() < 0.1, "{found:?}");
        }
    }

    #[test]
    fn chains_in_corners_of_their_own() {
        // Four chains that each stay where they are: four draws, not four hundred.
        let stuck: Vec<Vec<f64>> = [0.0, 0.0, 1.0, 1.0].map(|x| vec![x; 100]).to_vec();
        let found = memory(&stuck);
        assert!(found.variance > 0.25 / 4.0 && found.time > 90.0, "{found:?}");
        let constant = memory(&[vec![3.0; 5], vec![3.0]]);
        assert_eq!((constant.variance, constant.time), (0.0, 1.0));
        assert!(memory(&[vec![1.0], vec![], vec![2.0]]).variance.is_finite());
    }
}
