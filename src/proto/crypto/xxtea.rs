//! Corrected block TEA, with which SecureToken challenges are answered (spec 05 §6.3).

const DELTA: u32 = 0x9e37_79b9;

/// Decrypts the hex text of a `secureToken` with the key of the option `token`: half as many bytes as digits. `None` for
/// an empty text.
pub fn secure_token(key: &[u8], text: &[u8]) -> Option<Vec<u8>> {
    let mut words = words_of(text);
    decrypt(&key_words(key), &mut words)?;
    let mut answer: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    answer.truncate(text.len() / 2);
    Some(answer)
}

/// The first 16 bytes, missing ones zero, as four little-endian words.
fn key_words(key: &[u8]) -> [u32; 4] {
    let mut words = [0; 4];
    for (word, bytes) in words.iter_mut().zip(key.chunks(4)) {
        *word = little_endian(bytes.iter().copied());
    }
    words
}

/// Eight hex digits a word, the first pair its lowest byte; missing digits are 0.
fn words_of(text: &[u8]) -> Vec<u32> {
    text.chunks(8)
        .map(|digits| {
            little_endian(digits.chunks(2).map(|pair| {
                let high = pair.first().map_or(0, |&digit| value(digit));
                let low = pair.get(1).map_or(0, |&digit| value(digit));
                high << 4 | low
            }))
        })
        .collect()
}

fn little_endian(bytes: impl Iterator<Item = u8>) -> u32 {
    let mut padded = [0; 4];
    padded
        .iter_mut()
        .zip(bytes)
        .for_each(|(place, byte)| *place = byte);
    u32::from_le_bytes(padded)
}

/// A hex digit as the original reads it: nothing is validated.
fn value(digit: u8) -> u8 {
    let low = digit & 0x0f;
    if digit & 0x40 != 0 {
        low.wrapping_add(9) & 0x0f
    } else {
        low
    }
}

fn decrypt(key: &[u32; 4], words: &mut [u32]) -> Option<()> {
    let count = u32::try_from(words.len()).ok()?;
    let rounds = 52_u32.checked_div(count)?.wrapping_add(6);
    let mut sum = rounds.wrapping_mul(DELTA);
    let mut next = *words.first()?;
    while sum != 0 {
        let round_key = sum >> 2 & 3;
        for at in (0..words.len()).rev() {
            let before = match at.checked_sub(1) {
                Some(before) => *words.get(before)?,
                None => *words.last()?,
            };
            let position = u32::try_from(at).ok()? & 3;
            let key_word = *key.get((position ^ round_key) as usize)?;
            let mixed = (before >> 5 ^ next << 2).wrapping_add(next >> 3 ^ before << 4)
                ^ (sum ^ next).wrapping_add(key_word ^ before);
            let word = words.get_mut(at)?;
            *word = word.wrapping_sub(mixed);
            next = *word;
        }
        sum = sum.wrapping_sub(DELTA);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_the_original() {
        let cases: [(&[u8], &str, &str); 5] = [
            (b"key", "0123456789abcdef", "cfb61b9bea84ee0d"),
            (b"#ed%0#w@1", "AABBCCDDEEFF0011", "e31e235f6a2e3c66"),
            (
                b"secretTokenKey16+more",
                "00112233445566778899aabbccddeeff",
                "51a757a638e326a0aa984d93a3291175",
            ),
            (b"k", "00000000", "e6000969"),
            (b"\0\0\0\0abcd", "0123456789abcdef", "392d76409a8959db"),
        ];
        for (key, text, answer) in cases {
            let got = secure_token(key, text.as_bytes()).unwrap();
            let hex: String = got.iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(hex, answer, "{text}");
        }
    }

    #[test]
    fn odd_lengths_are_padded_and_nothing_gives_nothing() {
        assert_eq!(secure_token(b"key", b""), None);
        assert_eq!(secure_token(b"key", b"0123456789").unwrap().len(), 5);
    }
}
