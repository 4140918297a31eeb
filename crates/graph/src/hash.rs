//! Numbers that look drawn by lot but follow from a seed alone, so that any thread can make its own.

/// Mixes the bits of a number: one to one, and every bit of the result depends on all of it.
///
/// Steele, Lea and Flood, *Fast splittable pseudorandom number generators*, 2014 (SplitMix64).
#[inline]
pub(crate) fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// A stream of such numbers.
pub(crate) struct Draws(u64);

impl Draws {
    pub(crate) fn new(seed: u64) -> Self {
        Self(mix(seed))
    }

    #[inline]
    pub(crate) fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.0)
    }

    /// A number below `n`; each as likely, up to n/2⁶⁴.
    #[inline]
    pub(crate) fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.draw()) * n as u128) >> 64) as usize
    }

    /// From 0 up to 1.
    #[inline]
    pub(crate) fn unit(&mut self) -> f64 {
        (self.draw() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// The numbers below `n`, in an order by lot.
    pub(crate) fn shuffled(&mut self, n: usize) -> Vec<u32> {
        let mut order: Vec<u32> = (0..n as u32).collect();
        for i in (1..n).rev() {
            order.swap(i, self.below(i + 1));
        }
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_as_likely() {
        let (mut draws, mut met) = (Draws::new(1), [0; 10]);
        (0..100_000).for_each(|_| met[draws.below(10)] += 1);
        assert!(met.iter().all(|&met: &i32| (met - 10_000).abs() < 400), "{met:?}");
        let mean = (0..100_000).map(|_| draws.unit()).sum::<f64>() / 1e5;
        assert!((mean - 0.5).abs() < 0.004);
        let mut order = draws.shuffled(100);
        assert!(order.iter().zip(1..).any(|(a, b)| *a >= b));
        order.sort_unstable();
        assert!(order.into_iter().eq(0..100));
    }
}
