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
const OTHER: u8 = 0xff;
const PLC: u8 = 0xc0;
const DIGITS: u8 = 0x80;
/// The longest id that a key gives back.
pub(crate) const LONGEST: usize = 32;

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
            let eights = id[8..].as_chunks_mut::<8>().0;
            for (eight, shift) in eights.iter_mut().zip([80, 40, 0]) {
                *eight = from_fives((key >> shift) as u64);
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

/// 24 characters of base 32 in five bits each, eight at a time.
#[inline]
fn base32(id: &[u8]) -> Option<u128> {
    const HIGH: u64 = u64::from_ne_bytes([0x80; 8]);
    const EACH: u64 = HIGH >> 7;
    let (mut packed, mut right) = (0, HIGH);
    for eight in id.as_chunks().0 {
        let word = u64::from_be_bytes(*eight);
        // The upper bit of each byte says whether it lies in the range; sums do not run over into the next.
        let (bits, ascii) = (word & !HIGH, !word);
        let within = |first: u8, last: u8| {
            (bits + EACH * u64::from(0x80 - first)) & !(bits + EACH * u64::from(0x7f - last)) & ascii & HIGH
        };
        let (letters, digits) = (within(b'a', b'z'), within(b'2', b'7'));
        right &= letters | digits;
        let fives =
            word.wrapping_sub((letters >> 7) * u64::from(b'a')).wrapping_sub((digits >> 7) * u64::from(b'2' - 26));
        let tens = (fives & 0x1f00_1f00_1f00_1f00) >> 3 | fives & 0x001f_001f_001f_001f;
        let twenties = (tens & 0x03ff_0000_03ff_0000) >> 6 | tens & 0x0000_03ff_0000_03ff;
        packed = packed << 40 | u128::from(twenties >> 32 << 20 | twenties & 0xf_ffff);
    }
    (right == HIGH).then_some(packed)
}

/// Eight characters of base 32, of five bits each: the way back.
#[inline]
fn from_fives(packed: u64) -> [u8; 8] {
    const EACH: u64 = u64::from_ne_bytes([1; 8]);
    let twenties = (packed & 0xff_fff0_0000) << 12 | packed & 0xf_ffff;
    let tens = (twenties & 0x000f_fc00_000f_fc00) << 6 | twenties & 0x0000_03ff_0000_03ff;
    let fives = (tens & 0x03e0_03e0_03e0_03e0) << 3 | tens & 0x001f_001f_001f_001f;
    let digits = (fives + EACH * (0x80 - 26)) >> 7 & EACH;
    (fives + EACH * u64::from(b'a') - digits * u64::from(b'a' + 26 - b'2')).to_be_bytes()
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
        fn nothing_is_lost(id in prop_oneof!["[0-9]{0,33}", "did:plc:[a-z2-7]{24}", "did:plc:[a-z2-7]{23}[ -~]", "\\PC{0,20}", "[a-b\0]{0,16}"]) {
            let back = there_and_back(id.as_bytes());
            prop_assert!(back.is_none() || back.as_deref() == Some(id.as_bytes()));
            prop_assert!(back.is_some() || id.len() > 15);
            let plc = id.strip_prefix("did:plc:").is_some_and(|rest| rest.bytes().all(|b| matches!(b, b'a'..=b'z' | b'2'..=b'7')));
            prop_assert!(back.is_some() || !plc || id.len() != 32);
        }
    }
}
