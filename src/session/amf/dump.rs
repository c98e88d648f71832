//! Values as log lines.

use core::fmt;

use crate::abi::{AMFObject, AMFObjectProperty};
use crate::sys::log::{Fixed, Passage, Text, log};

/// A value's part of a line is cut to so many bytes.
const LONGEST: usize = 254;

/// Logs an object at level debug, a line for each property and around each object (`AMF_Dump`, spec 07 §8).
pub fn dump(object: &AMFObject) {
    log!(Debug, "(object begin)");
    for property in object.properties() {
        dump_property(property);
    }
    log!(Debug, "(object end)");
}

/// Logs a property at level debug (`AMFProp_Dump`).
pub fn dump_property(property: &AMFObjectProperty) {
    let name = property.p_name.bytes();
    let name = Right(if name.is_empty() { b"no-name." } else { name });
    let container = match property.p_type.get() {
        AMFObjectProperty::INVALID => return log!(Debug, "Property: INVALID"),
        AMFObjectProperty::NULL => return log!(Debug, "Property: NULL"),
        AMFObjectProperty::OBJECT => "OBJECT",
        AMFObjectProperty::ECMA_ARRAY => "ECMA_ARRAY",
        AMFObjectProperty::STRICT_ARRAY => "STRICT_ARRAY",
        _ => return log!(Debug, "Property: <Name: {name}, {}>", Scalar(property)),
    };
    log!(Debug, "Property: <Name: {name}, {container}>");
    if let Some(members) = property.object() {
        dump(members);
    }
}

/// Logs metadata for the user at level info: all named values that have a text, at one indent (spec 06 §4).
pub fn dump_info(object: &AMFObject) {
    for property in object.properties() {
        let name = property.p_name.bytes();
        if let Some(members) = property.object() {
            if !name.is_empty() {
                log!(Info, "{}:", Text(name));
            }
            dump_info(members);
        } else if !name.is_empty() {
            log_info(name, property);
        }
    }
}

fn log_info(name: &[u8], property: &AMFObjectProperty) {
    let (name, number) = (Left(name), property.number());
    let text = match property.p_type.get() {
        AMFObjectProperty::NUMBER => Fixed(number).to_string(),
        AMFObjectProperty::BOOLEAN => truth(number).to_owned(),
        AMFObjectProperty::DATE => format!("timestamp:{}", Fixed(number)),
        AMFObjectProperty::STRING => {
            let text = property.text();
            let text = one_line(text.bytes());
            if !text.is_empty() {
                log!(Info, "  {name}{}", Passage(text));
            }
            return;
        }
        kind => format!("INVALID TYPE 0x{:02x}", kind & 0xff),
    };
    log!(Info, "  {name}{}", cut(&text));
}

/// What of a string fits a line, without a newline at its end.
fn one_line(text: &[u8]) -> &[u8] {
    let text = head(text, LONGEST.saturating_add(1));
    head(text.strip_suffix(b"\n").unwrap_or(text), LONGEST)
}

/// Type and value of a property that is no container.
struct Scalar<'a>(&'a AMFObjectProperty);

impl fmt::Display for Scalar<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.0.number();
        let line = match self.0.p_type.get() {
            AMFObjectProperty::STRING => {
                let label = "STRING:\t";
                let room = LONGEST.saturating_sub(label.len());
                let text = self.0.text();
                return write!(f, "{label}{}", Passage(head(text.bytes(), room)));
            }
            AMFObjectProperty::NUMBER => format!("NUMBER:\t{}", Fixed(number)),
            AMFObjectProperty::BOOLEAN => format!("BOOLEAN:\t{}", truth(number)),
            AMFObjectProperty::DATE => format!(
                "DATE:\ttimestamp: {}, UTC offset: {}",
                Fixed(number),
                self.0.p_UTCoffset.get()
            ),
            kind => format!("INVALID TYPE 0x{:02x}", kind & 0xff),
        };
        f.write_str(cut(&line))
    }
}

/// ASCII text, cut to [`LONGEST`].
fn cut(text: &str) -> &str {
    text.get(..LONGEST).unwrap_or(text)
}

fn truth(number: f64) -> &'static str {
    if number == 0.0 { "FALSE" } else { "TRUE" }
}

/// The bytes up to a NUL, at most `longest`.
fn head(text: &[u8], longest: usize) -> &[u8] {
    let text = text.split(|&byte| byte == 0).next().unwrap_or(text);
    text.get(..longest).unwrap_or(text)
}

/// A name at the right end of 18 columns, cut when it is longer (`%18.18s`).
struct Right<'a>(&'a [u8]);

impl fmt::Display for Right<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = head(self.0, 18);
        let blanks = 18_usize.saturating_sub(name.len());
        write!(f, "{:blanks$}{}", "", Text(name))
    }
}

/// A name at the left end of 22 columns or more (`%-22s`).
struct Left<'a>(&'a [u8]);

impl fmt::Display for Left<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = head(self.0, self.0.len());
        let blanks = 22_usize.saturating_sub(name.len());
        write!(f, "{}{:blanks$}", Text(name), "")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::AVal;

    fn number(value: f64) -> String {
        let property =
            AMFObjectProperty::with_number(AVal::empty(), AMFObjectProperty::NUMBER, value);
        Scalar(&property).to_string()
    }

    #[test]
    fn numbers_are_printed_as_c_does() {
        assert_eq!(number(12.345), "NUMBER:\t12.35");
        assert_eq!(number(-0.0), "NUMBER:\t-0.00");
        assert_eq!(number(f64::NAN), "NUMBER:\tnan");
        assert_eq!(number(-f64::NAN), "NUMBER:\t-nan");
        assert_eq!(number(f64::NEG_INFINITY), "NUMBER:\t-inf");
        assert_eq!(number(f64::MAX).len(), LONGEST);
    }

    #[test]
    fn other_values_are_printed_with_their_type() {
        let with_number = |kind, value| AMFObjectProperty::with_number(AVal::empty(), kind, value);
        let date = with_number(AMFObjectProperty::DATE, 1e12);
        date.p_UTCoffset.set(-60);
        assert_eq!(
            Scalar(&date).to_string(),
            "DATE:\ttimestamp: 1000000000000.00, UTC offset: -60"
        );
        let truth = with_number(AMFObjectProperty::BOOLEAN, 0.5);
        assert_eq!(Scalar(&truth).to_string(), "BOOLEAN:\tTRUE");
        let odd = with_number(AMFObjectProperty::XML_DOC, 0.0);
        assert_eq!(Scalar(&odd).to_string(), "INVALID TYPE 0x0f");
    }

    #[test]
    fn texts_end_at_a_nul_and_at_246_bytes() {
        let text = |bytes| {
            let text = AVal::literal(bytes);
            let kind = AMFObjectProperty::STRING;
            Scalar(&AMFObjectProperty::with_text(AVal::empty(), kind, &text)).to_string()
        };
        assert_eq!(text(b"he\0llo"), "STRING:\the");
        assert_eq!(text(&[b'x'; 300]).len(), LONGEST);
    }

    #[test]
    fn metadata_loses_one_newline() {
        assert_eq!(one_line(b"hi\n\n"), b"hi\n");
        assert_eq!(one_line(b"a\n\0b"), b"a");
        assert_eq!(one_line(b"\n"), b"");
        let mut long = vec![b'y'; 254];
        long.push(b'\n');
        assert_eq!(one_line(&long), &long[..254]);
        long[253] = b'\n';
        long[254] = b'z';
        assert_eq!(one_line(&long), &long[..254]);
    }

    #[test]
    fn names_stand_in_columns() {
        assert_eq!(Right(b"no-name.").to_string(), "          no-name.");
        assert_eq!(
            Right(b"abcdefghijklmnopqrs").to_string(),
            "abcdefghijklmnopqr"
        );
        assert_eq!(Left(b"duration").to_string(), "duration              ");
    }
}
