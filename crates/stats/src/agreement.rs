//! Agreement between coders.

/// Cohen's kappa of two coders over the same items: κ = (pₒ − pₑ)/(1 − pₑ).
///
/// pₒ is the share of items on which they agree, pₑ the share expected if each kept their own frequencies and answered
/// at random. 1 is perfect, 0 is chance. `None` without items, or when both always gave one and the same answer (pₑ = 1).
///
/// Cohen 1960, *A coefficient of agreement for nominal scales*.
pub fn cohen_kappa<L: PartialEq>(pairs: &[(L, L)]) -> Option<f64> {
    let n = pairs.len() as f64;
    let agree = pairs.iter().filter(|(a, b)| a == b).count() as f64 / n;
    let mut seen: Vec<&L> = Vec::new();
    let mut chance = 0.0;
    for label in pairs.iter().flat_map(|(a, b)| [a, b]) {
        if !seen.contains(&label) {
            seen.push(label);
            let first = pairs.iter().filter(|(a, _)| a == label).count() as f64;
            let second = pairs.iter().filter(|(_, b)| b == label).count() as f64;
            chance += first * second / (n * n);
        }
    }
    (!pairs.is_empty() && chance < 1.0).then(|| (agree - chance) / (1.0 - chance))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_textbook_example() {
        // 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: pₒ = 0.7, pₑ = 0.5, κ = 0.4
        let mut pairs = vec![(1, 1); 20];
        pairs.extend([(1, 0); 5]);
        pairs.extend([(0, 1); 10]);
        pairs.extend([(0, 0); 15]);
        assert!((cohen_kappa(&pairs).unwrap() - 0.4).abs() < 1e-12);
    }

    #[test]
    fn undefined_without_variety() {
        assert_eq!(cohen_kappa::<u8>(&[]), None);
        assert_eq!(cohen_kappa(&[(1, 1), (1, 1)]), None);
        assert!((cohen_kappa(&[(1, 1), (0, 0)]).unwrap() - 1.0).abs() < 1e-12);
    }
}
