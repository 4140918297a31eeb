//! Ids in 16 bytes, so that a table can hold them in its slots.
//!
//! | id | last byte | the other 15 |
//! |---|---|---|
//! | up to 15 bytes | their number, 0 to 15 | they |
//! | 16 to 30 digits | 0x80 + their number | a digit in four bits |
//! | `did:plc:` and 24 characters of base 32 | 0xc0 | a character in five bits |
//! | any other | 0xff | a hash; the id itself must be kept elsewhere |
//!
//! The first three are the id; of the last kind different ids may have one key, and must be compared.

const DID: &[u8] = b"did:plc:";
const BASE32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
const OTHER: u8 = 0xff;
const PLC: u8 = 0xc0;
const DIGITS: u8 = 0x80;
/// The longest id that a key gives back.
pub(crate) const LONGEST: usize = 32;

/// Which character is which digit of base 32; 0xff for those that are none.
const DECODE: [u8; 256] = {
    let mut decode = [0xff; 256];
    let mut i = 0;
    while i < BASE32.len() {
        decode[BASE32[i] as usize] = i as u8;
        i += 1;
    }
    decode
};

/// The key of an id; `hash` is asked where the id does not fit.
#[inline]
pub(crate) fn pack(id: &[u8], hash: impl FnOnce() -> u128) -> u128 {
    let (tag, rest) = match id.len() {
        short @ 0..=15 => (short as u8, short_bytes(id)),
        length @ 16..=30 => match digits(id) {
            Some(packed) => (DIGITS + length as u8, packed),
            None => (OTHER, hash()),
        },
        32 => match id.strip_prefix(DID).and_then(base32) {
            Some(packed) => (PLC, packed),
            None => (OTHER, hash()),
        },
        _ => (OTHER, hash()),
    };
    u128::from(tag) << 120 | rest & (u128::MAX >> 8)
}

/// Whether the key is a mere hash.
#[inline]
pub(crate) fn is_hash(key: u128) -> bool {
    key >> 120 == u128::from(OTHER)
}

/// Writes the id of a key that is none; says how long it is.
pub(crate) fn unpack(key: u128, id: &mut [u8; LONGEST]) -> usize {
    let tag = (key >> 120) as u8;
    match tag {
        PLC => {
            id[..8].copy_from_slice(DID);
            for (i, byte) in id[8..32].iter_mut().enumerate() {
                *byte = BASE32[(key >> (115 - 5 * i)) as usize & 31];
            }
            32
        }
        digits if digits & DIGITS != 0 => {
            let length = usize::from(digits - DIGITS).min(30);
            for (i, byte) in id[..length].iter_mut().enumerate() {
                *byte = b'0' + ((key >> (116 - 4 * i)) & 15) as u8;
            }
            length
        }
        length => {
            let length = usize::from(length.min(15));
            id[..length].copy_from_slice(&key.to_be_bytes()[1..=length]);
            length
        }
    }
}

/// Up to 15 bytes, the first in the highest place under the last byte of the key.
#[inline]
fn short_bytes(id: &[u8]) -> u128 {
    let word = |bytes: &[u8]| -> u128 {
        // Two loads that overlap spare a copy of unknown length.
        match bytes.len() {
            8.. => {
                let (first, last) = (bytes.first_chunk::<8>(), bytes.last_chunk::<8>());
                let both = first.zip(last).map(|(f, l)| (u64::from_be_bytes(*f), u64::from_be_bytes(*l)));
                both.map_or(0, |(f, l)| u128::from(f) << 64 | u128::from(l) << (8 * (16 - bytes.len())))
            }
            4.. => {
                let (first, last) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>());
                let both = first.zip(last).map(|(f, l)| (u32::from_be_bytes(*f), u32::from_be_bytes(*l)));
                both.map_or(0, |(f, l)| u128::from(f) << 96 | u128::from(l) << (8 * (16 - bytes.len())))
            }
            _ => bytes.iter().enumerate().fold(0, |word, (i, byte)| word | u128::from(*byte) << (120 - 8 * i)),
        }
    };
    word(id) >> 8
}

/// 16 to 30 digits in four bits each: the first 16, and the last 16 with those of them that the first 16 hold taken off.
#[inline]
fn digits(id: &[u8]) -> Option<u128> {
    let first = sixteen(id.first_chunk()?)?;
    let last = sixteen(id.last_chunk()?)?;
    let more = id.len().checked_sub(16)?;
    let rest = last & ((1 << (4 * more)) - 1);
    Some(u128::from(first) << 56 | u128::from(rest) << (56 - 4 * more))
}

/// 16 digits in four bits each.
#[inline]
fn sixteen(digits: &[u8; 16]) -> Option<u64> {
    const HIGH: u128 = u128::from_ne_bytes([0xf0; 16]);
    let word = u128::from_be_bytes(*digits);
    if word & HIGH != u128::from_ne_bytes([0x30; 16])
        || (word + u128::from_ne_bytes([6; 16])) & HIGH != u128::from_ne_bytes([0x30; 16])
    {
        return None;
    }
    let half = |word: u64| {
        let word = word & 0x0f0f_0f0f_0f0f_0f0f;
        let word = (word | word >> 4) & 0x00ff_00ff_00ff_00ff;
        let word = (word | word >> 8) & 0x0000_ffff_0000_ffff;
        (word | word >> 16) & 0xffff_ffff
    };
    Some(half((word >> 64) as u64) << 32 | half(word as u64))
}

/// 24 characters of base 32 in five bits each.
#[inline]
fn base32(id: &[u8]) -> Option<u128> {
    let (mut halves, mut wrong) = ([0_u64; 2], 0);
    for (half, characters) in halves.iter_mut().zip(id.chunks_exact(12)) {
        for character in characters {
            let digit = DECODE[usize::from(*character)];
            wrong |= digit;
            *half = *half << 5 | u64::from(digit & 31);
        }
    }
    (wrong < 32).then_some(u128::from(halves[0]) << 60 | u128::from(halves[1]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn there_and_back(id: &[u8]) -> Option<Vec<u8>> {
        let key = pack(id, || 7);
        let mut back = [0; LONGEST];
        (!is_hash(key)).then(|| {
            let length = unpack(key, &mut back);
            back[..length].to_vec()
        })
    }

    #[test]
    fn what_fits_and_what_does_not() {
        for id in [
            "",
            "a",
            "abc",
            "abcd",
            "abcdefg",
            "abcdefgh",
            "abcdefghijklmno",
            "18446744073709551615",
            "0000000000000000",
        ] {
            assert_eq!(there_and_back(id.as_bytes()).as_deref(), Some(id.as_bytes()));
        }
        for id in
            ["did:plc:abcdefghijklmnopqrstuvwx", "did:plc:777777777777777777777777", "123456789012345678901234567890"]
        {
            assert_eq!(there_and_back(id.as_bytes()).as_deref(), Some(id.as_bytes()));
        }
        for id in [
            "did:plc:abcdefghijklmnopqrstuvw1",
            "did:web:abcdefghijklmnopqrstuvwx",
            "1234567890123456789x",
            "1234567890123456:",
        ] {
            assert_eq!(there_and_back(id.as_bytes()), None, "{id}");
        }
    }

    proptest! {
        #[test]
        fn nothing_is_lost(id in prop_oneof!["[0-9]{0,33}", "did:plc:[a-z2-7]{24}", "\\PC{0,20}", "[a-b\0]{0,16}"]) {
            let back = there_and_back(id.as_bytes());
            prop_assert!(back.is_none() || back.as_deref() == Some(id.as_bytes()));
            prop_assert!(back.is_some() || id.len() > 15);
        }
    }
}
