//! Random numbers that depend on a seed and a place alone: any thread can draw the numbers of any edge or account.

/// The odd number nearest to 2⁶⁴ over the golden ratio.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// The finaliser of SplitMix64: a bijection of the 64-bit numbers that flips half the bits for any bit flipped.
///
/// Steele, Lea and Flood, *Fast splittable pseudorandom number generators*, 2014; constants of Stafford's variant 13.
pub(crate) fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// What a stream is for: streams of different purposes have nothing to do with each other.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Purpose {
    Scramble = 1,
    Edge,
    Community,
    Degree,
    Follows,
    Profile,
    Seeds,
    Json,
    Posts,
}

/// A stream of random numbers: SplitMix64, started from seed, purpose and place.
#[derive(Debug, Clone)]
pub(crate) struct Stream(u64);

impl Stream {
    pub(crate) fn new(seed: u64, purpose: Purpose, place: u64) -> Self {
        let base = mix(seed.wrapping_add(GOLDEN) ^ mix(purpose as u64));
        Self(mix(base.wrapping_add(place.wrapping_mul(GOLDEN))))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        mix(self.0)
    }

    /// Uniform in [0, 1), in steps of 2⁻⁵³.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Uniform below `n`: Lemire's multiplication, whose bias of n/2⁶⁴ nobody will find.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(n)) >> 64) as u64
    }

    /// One of these.
    pub(crate) fn one_of<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len() as u64) as usize]
    }
}

/// A bijection of 0..n, chosen by a seed: what was next to each other is far apart.
///
/// Rounds of an odd multiplication and a shift of the upper half onto the lower, each of which can be undone, on the
/// next power of two; a number that falls outside goes round again until it is inside (cycle walking).
/// Black and Rogaway, *Ciphers with arbitrary finite domains*, 2002.
#[derive(Debug, Clone)]
pub struct Bijection {
    n: u64,
    mask: u64,
    half: u32,
    keys: [(u64, u64); 3],
}

impl Bijection {
    /// Of the numbers below `n`, which is at least 1 and at most 2⁶³.
    pub fn new(n: u64, seed: u64) -> Self {
        assert!((1..=1 << 63).contains(&n), "a bijection of {n} numbers");
        let size = n.next_power_of_two();
        let mut stream = Stream::new(seed, Purpose::Scramble, n);
        let keys = [(); 3].map(|()| (stream.next() | 1, stream.next()));
        Self { n, mask: size - 1, half: (size.trailing_zeros() / 2).max(1), keys }
    }

    /// Where `x`, which is below n, goes.
    #[inline]
    pub fn of(&self, mut x: u64) -> u64 {
        debug_assert!(x < self.n);
        loop {
            for (multiplier, add) in self.keys {
                x = x.wrapping_mul(multiplier).wrapping_add(add) & self.mask;
                x ^= x >> self.half;
            }
            if x < self.n {
                return x;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bijections_hit_everything_once() {
        for n in [1, 2, 3, 7, 64, 1000, 65_536, 65_537] {
            for seed in 0..3 {
                let bijection = Bijection::new(n, seed);
                let mut there = vec![false; n as usize];
                (0..n).for_each(|x| assert!(!std::mem::replace(&mut there[bijection.of(x) as usize], true)));
            }
        }
    }

    #[test]
    fn streams_are_uniform_and_apart() {
        let mut stream = Stream::new(1, Purpose::Edge, 7);
        let mean = (0..100_000).map(|_| stream.unit()).sum::<f64>() / 1e5;
        assert!((mean - 0.5).abs() < 0.005, "{mean}");
        let first = |seed, purpose, place| Stream::new(seed, purpose, place).next();
        assert_ne!(first(1, Purpose::Edge, 0), first(2, Purpose::Edge, 0));
        assert_ne!(first(1, Purpose::Edge, 0), first(1, Purpose::Edge, 1));
        assert_ne!(first(1, Purpose::Edge, 0), first(1, Purpose::Degree, 0));
        // The first numbers of neighbouring places are as uniform as those of one stream.
        let mean = (0..100_000).map(|i| Stream::new(3, Purpose::Degree, i).unit()).sum::<f64>() / 1e5;
        assert!((mean - 0.5).abs() < 0.005, "{mean}");
    }
}
