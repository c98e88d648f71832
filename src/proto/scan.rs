//! Numbers and bytes in text, read as C's scanners read them, whatever the locale is: they skip blanks, take as much as
//! fits, and ignore what follows.

/// Where `byte` is first met at or after `from`.
pub fn position(text: &[u8], byte: u8, from: usize) -> Option<usize> {
    from.checked_add(memchr::memchr(byte, text.get(from..)?)?)
}

/// `atoi`: decimal; 0 without digits. What does not fit an `int` is cut to its low 32 bits.
pub fn int(text: &[u8]) -> i32 {
    low_half(decimal(text))
}

/// `strtol` with base 0, cut to an `int`: decimal, octal after `0`, hexadecimal after `0x`.
pub fn int_of_any_base(text: &[u8]) -> i32 {
    let (minus, digits) = sign(skip_blanks(text));
    let magnitude = match digits {
        [b'0', b'x' | b'X', rest @ ..] if rest.first().is_some_and(u8::is_ascii_hexdigit) => {
            natural(rest, 16)
        }
        [b'0', rest @ ..] => natural(rest, 8),
        digits => natural(digits, 10),
    };
    low_half(signed(minus, magnitude))
}

/// `strtol` with base 10: 0 without digits, the nearest bound when the number does not fit.
pub fn decimal(text: &[u8]) -> i64 {
    let (minus, digits) = sign(skip_blanks(text));
    signed(minus, natural(digits, 10))
}

/// `scanf("%2x")` into a byte: one or two hexadecimal digits, or a sign and one digit. `None` without a digit.
pub fn hex_byte(text: &[u8]) -> Option<u8> {
    let unsigned = skip_blanks(text);
    let (minus, digits) = sign(unsigned);
    let width = if digits.len() == unsigned.len() { 2 } else { 1 };
    let value = digits
        .iter()
        .take(width)
        .map_while(|&byte| digit(byte, 16))
        .fold(None, |value: Option<u8>, digit| {
            let high = value.unwrap_or(0).wrapping_shl(4);
            Some(high | u8::try_from(digit).unwrap_or(0))
        })?;
    Some(if minus { value.wrapping_neg() } else { value })
}

/// `strtod` with a point as the decimal separator: decimal and hexadecimal numbers, `inf`, `nan`; 0 for all else.
pub fn float(text: &[u8]) -> f64 {
    let (minus, unsigned) = sign(skip_blanks(text));
    let size = named_float(unsigned)
        .or_else(|| hex_float(unsigned))
        .or_else(|| decimal_float(unsigned));
    match size {
        Some(size) if minus => -size,
        Some(size) => size,
        None => 0.0,
    }
}

fn named_float(text: &[u8]) -> Option<f64> {
    let first = text.first_chunk::<3>()?.to_ascii_lowercase();
    match first.as_slice() {
        b"inf" => Some(f64::INFINITY),
        b"nan" => Some(f64::NAN),
        _ => None,
    }
}

fn decimal_float(text: &[u8]) -> Option<f64> {
    let mantissa = Mantissa::split(text, 10)?;
    let length = mantissa
        .length
        .saturating_add(exponent_length(mantissa.rest, b'e'));
    str::from_utf8(text.get(..length)?).ok()?.parse().ok()
}

fn hex_float(text: &[u8]) -> Option<f64> {
    let ([b'0', b'x' | b'X'], text) = text.split_first_chunk()? else {
        return None;
    };
    let mantissa = Mantissa::split(text, 16)?;
    let digits = mantissa.whole.iter().chain(mantissa.fraction);
    // All is rounded once: bits that have no room only tell whether there were any.
    let (mut bits, mut beyond) = (0_u64, 0_i64);
    for digit in digits.filter_map(|&byte| digit(byte, 16)) {
        if bits.leading_zeros() >= 4 {
            bits = bits.wrapping_shl(4) | u64::from(digit);
        } else {
            bits |= u64::from(digit != 0);
            beyond = beyond.saturating_add(1);
        }
    }
    let behind = i64::try_from(mantissa.fraction.len()).unwrap_or(i64::MAX);
    let exponent = match exponent_length(mantissa.rest, b'p') {
        0 => 0,
        _ => decimal(mantissa.rest.get(1..)?),
    };
    let shift = beyond.saturating_sub(behind).saturating_mul(4);
    Some(scaled(bits as f64, exponent.saturating_add(shift)))
}

/// `size * 2^exponent`, also where the power alone would be too small or too large.
fn scaled(size: f64, exponent: i64) -> f64 {
    let exponent = i32::try_from(exponent.clamp(-2000, 2000)).unwrap_or(0);
    let half = exponent.div_euclid(2);
    size * 2_f64.powi(half) * 2_f64.powi(exponent.saturating_sub(half))
}

/// The digits of a number with a point in it.
struct Mantissa<'a> {
    whole: &'a [u8],
    fraction: &'a [u8],
    /// Bytes of both, and of the point.
    length: usize,
    rest: &'a [u8],
}

impl<'a> Mantissa<'a> {
    /// `None` without a digit.
    fn split(text: &'a [u8], base: u32) -> Option<Self> {
        let (whole, rest) = split_digits(text, base);
        let (fraction, rest) = match rest {
            [b'.', rest @ ..] => split_digits(rest, base),
            rest => (&[][..], rest),
        };
        let length = text.len().saturating_sub(rest.len());
        (!whole.is_empty() || !fraction.is_empty()).then_some(Self {
            whole,
            fraction,
            length,
            rest,
        })
    }
}

/// Bytes of the exponent that `text` begins with; 0 when there is none.
fn exponent_length(text: &[u8], letter: u8) -> usize {
    let [first, rest @ ..] = text else { return 0 };
    let (_, digits) = sign(rest);
    let (digits, after) = split_digits(digits, 10);
    if first.eq_ignore_ascii_case(&letter) && !digits.is_empty() {
        text.len().saturating_sub(after.len())
    } else {
        0
    }
}

fn split_digits(text: &[u8], base: u32) -> (&[u8], &[u8]) {
    let count = text
        .iter()
        .take_while(|&&byte| digit(byte, base).is_some())
        .count();
    text.split_at_checked(count).unwrap_or((text, &[]))
}

fn natural(text: &[u8], base: u32) -> u64 {
    text.iter()
        .map_while(|&byte| digit(byte, base))
        .fold(0_u64, |value, digit| {
            value
                .saturating_mul(base.into())
                .saturating_add(digit.into())
        })
}

fn digit(byte: u8, base: u32) -> Option<u32> {
    char::from(byte).to_digit(base)
}

fn signed(minus: bool, magnitude: u64) -> i64 {
    match i64::try_from(magnitude) {
        Ok(value) if minus => value.wrapping_neg(),
        Ok(value) => value,
        Err(_) if minus => i64::MIN,
        Err(_) => i64::MAX,
    }
}

fn low_half(value: i64) -> i32 {
    let [a, b, c, d, ..] = value.to_le_bytes();
    i32::from_le_bytes([a, b, c, d])
}

/// True for minus, and what follows the sign if there is one.
fn sign(text: &[u8]) -> (bool, &[u8]) {
    match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    }
}

fn skip_blanks(text: &[u8]) -> &[u8] {
    let count = text
        .iter()
        .take_while(|&&byte| matches!(byte, b' ' | b'\t'..=b'\r'))
        .count();
    text.get(count..).unwrap_or(&[])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_stop_at_the_first_other_byte() {
        assert_eq!(int(b" \t-12x"), -12);
        assert_eq!(int(b"+7"), 7);
        assert_eq!(int(b"x"), 0);
        assert_eq!(int(b"99999999999"), 1_215_752_191);
        assert_eq!(decimal(b"99999999999999999999"), i64::MAX);
        assert_eq!(decimal(b"-99999999999999999999"), i64::MIN);
    }

    #[test]
    fn the_base_follows_from_the_prefix() {
        assert_eq!(int_of_any_base(b"0x10"), 16);
        assert_eq!(int_of_any_base(b"-0X1f"), -31);
        assert_eq!(int_of_any_base(b"0xg"), 0);
        assert_eq!(int_of_any_base(b"010"), 8);
        assert_eq!(int_of_any_base(b"08"), 0);
        assert_eq!(int_of_any_base(b"1000"), 1000);
    }

    #[test]
    fn a_hex_byte_has_a_sign_or_two_digits() {
        assert_eq!(hex_byte(b"41b"), Some(0x41));
        assert_eq!(hex_byte(b"aF"), Some(0xaf));
        assert_eq!(hex_byte(b"4."), Some(4));
        assert_eq!(hex_byte(b"-1"), Some(0xff));
        assert_eq!(hex_byte(b"+5f"), Some(5));
        assert_eq!(hex_byte(b" 41"), Some(0x41));
        assert_eq!(hex_byte(b"0x41"), Some(0));
        assert_eq!(hex_byte(b"-"), None);
        assert_eq!(hex_byte(b"g1"), None);
        assert_eq!(hex_byte(b""), None);
    }

    #[test]
    #[expect(clippy::float_cmp, reason = "the results are exact")]
    fn floats_take_the_longest_number() {
        assert_eq!(float(b"1.23:"), 1.23);
        assert_eq!(float(b"1.5e2e"), 150.0);
        assert_eq!(float(b"1e"), 1.0);
        assert_eq!(float(b"2,5"), 2.0);
        assert_eq!(float(b".5"), 0.5);
        assert_eq!(float(b"5."), 5.0);
        assert_eq!(float(b"."), 0.0);
        assert_eq!(float(b"0x1.8p3"), 12.0);
        // Rounded once, to the nearest and from the middle to the even one.
        let long = b"0x5c221B222222222222222222222222";
        assert_eq!(float(long), 4.783_830_626_358_712e35);
        assert_eq!(float(b"0x20000000000001"), 9_007_199_254_740_992.0);
        assert_eq!(float(b"0x20000000000003"), 9_007_199_254_740_996.0);
        let above_the_middle = float(b"0x200000000000010000001");
        assert_eq!(above_the_middle, 9_007_199_254_740_994.0 * 2_f64.powi(28));
        assert_eq!(float(b"0x1000000000000000p-1080"), 2_f64.powi(-1020));
        assert_eq!(float(b"0x1p99999999999999999999"), f64::INFINITY);
        assert_eq!(float(b"0x1p-99999999999999999999"), 0.0);
        assert_eq!(float(b"0xg"), 0.0);
        assert_eq!(float(b"-0x10"), -16.0);
        assert_eq!(float(b"-Infinity"), f64::NEG_INFINITY);
        assert!(float(b"nan(1)").is_nan());
        assert!(float(b"-0").is_sign_negative());
        assert!(float(b"-x").is_sign_positive());
    }
}
