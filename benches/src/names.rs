//! What accounts are called in generated files.

use crate::random::{Bijection, mix};

/// A kind of id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// The numbers 0, 1, 2, … themselves, which only programs without an id dictionary need.
    Dense,
    /// Decimal 63-bit numbers, spread out as snowflakes are.
    Decimal,
    /// `did:plc:` and 24 characters of base 32, as in the AT Protocol.
    Did,
    /// Decimal numbers of 9 or 10 digits, as the oldest forty million accounts of a network have.
    Short,
}

/// Names for the account numbers 0, 1, 2, …: a bijection, so that no two share one.
#[derive(Debug, Clone)]
pub struct Names {
    kind: Kind,
    spread: Bijection,
}

/// The short ids begin here, so that they have at least nine digits.
const FIRST_SHORT: u64 = 100_000_000;

impl Names {
    /// Names of a kind.
    pub fn new(kind: Kind, seed: u64) -> Self {
        let domain = if kind == Kind::Short { 1 << 33 } else { 1 << 63 };
        Self { kind, spread: Bijection::new(domain, seed) }
    }

    /// The account's id as a number, where the kind is a number.
    pub fn number(&self, account: u32) -> u64 {
        match self.kind {
            Kind::Dense => u64::from(account),
            Kind::Decimal | Kind::Did => self.spread.of(u64::from(account)),
            Kind::Short => FIRST_SHORT + self.spread.of(u64::from(account)),
        }
    }

    /// Appends the account's id to a text.
    pub fn push(&self, account: u32, to: &mut Vec<u8>) {
        let number = self.number(account);
        if self.kind == Kind::Did {
            to.extend_from_slice(b"did:plc:");
            // The number alone makes the name unique; what is mixed from it fills up to 120 bits.
            base32(u128::from(number) << 57 | u128::from(mix(number) >> 7), 24, to);
        } else {
            decimal(number, to);
        }
    }

    /// The account's id.
    pub fn name(&self, account: u32) -> String {
        let mut name = Vec::new();
        self.push(account, &mut name);
        name.into_iter().map(char::from).collect()
    }
}

/// Appends a number in decimal digits.
pub(crate) fn decimal(mut number: u64, to: &mut Vec<u8>) {
    let mut digits = [0; 20];
    let mut first = digits.len();
    loop {
        first -= 1;
        digits[first] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    to.extend_from_slice(&digits[first..]);
}

/// Appends the lowest bits of a number as so many characters of base 32.
pub(crate) fn base32(number: u128, characters: u32, to: &mut Vec<u8>) {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    to.extend((0..characters).rev().map(|i| ALPHABET[(number >> (5 * i)) as usize & 31]));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_look_as_they_should_and_none_is_shared() {
        for (kind, shortest, longest) in
            [(Kind::Dense, 1, 4), (Kind::Decimal, 14, 19), (Kind::Did, 32, 32), (Kind::Short, 9, 10)]
        {
            let names = Names::new(kind, 5);
            let mut all: Vec<String> = (0..5000).map(|a| names.name(a)).collect();
            assert!(all.iter().all(|n| (shortest..=longest).contains(&n.len())), "{kind:?}: {:?}", &all[..3]);
            all.sort();
            all.dedup();
            assert_eq!(all.len(), 5000);
        }
        assert_eq!(Names::new(Kind::Dense, 5).name(0), "0");
    }
}
