//! The values of option `conn`: arguments that follow the object of the connect command (spec 02 §6.1).

use core::ops::Range;

use crate::proto::scan;

/// One step in building the arguments.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Append a value here; an object is entered.
    Append {
        /// The name, as a range of the text; `None` for unnamed values.
        name: Option<Range<usize>>,
        /// The value.
        value: Value,
    },
    /// Leave the innermost object.
    Leave,
}

/// A value to append.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A boolean; every number but 0 is true.
    Boolean(f64),
    /// A number.
    Number(f64),
    /// A string, as a range of the text.
    Text(Range<usize>),
    /// Null.
    Null,
    /// An object, empty for now.
    Object,
}

/// Understands `B:`, `N:`, `S:`, `O:`, `Z:` and, with a name, `NB:name:`, `NN:`, `NS:`, `NO:`. `None` for everything
/// else.
pub fn parse(text: &[u8]) -> Option<Step> {
    match text {
        // `N::` has a colon at both places: it is a number.
        [kind, b':', ..] => unnamed(*kind, text),
        [b'N', kind, b':', rest @ ..] => {
            let length = rest.iter().position(|&byte| byte == b':')?;
            let end = length.checked_add(3)?;
            named(*kind, text, 3..end, end.checked_add(1)?)
        }
        _ => None,
    }
}

fn unnamed(kind: u8, text: &[u8]) -> Option<Step> {
    let value = match kind {
        b'O' if scan::int(text.get(2..)?) == 0 => return Some(Step::Leave),
        b'O' => Value::Object,
        b'Z' => Value::Null,
        _ => plain(kind, text, 2)?,
    };
    Some(Step::Append { name: None, value })
}

fn named(kind: u8, text: &[u8], name: Range<usize>, start: usize) -> Option<Step> {
    let value = match kind {
        b'O' => Value::Object,
        _ => plain(kind, text, start)?,
    };
    Some(Step::Append {
        name: Some(name),
        value,
    })
}

/// The kinds that exist with and without a name; the value begins at `start`.
fn plain(kind: u8, text: &[u8], start: usize) -> Option<Value> {
    let value = text.get(start..)?;
    match kind {
        b'B' => Some(Value::Boolean(scan::int(value).into())),
        b'N' => Some(Value::Number(scan::float(value))),
        b'S' => Some(Value::Text(start..text.len())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn append(name: Option<Range<usize>>, value: Value) -> Option<Step> {
        Some(Step::Append { name, value })
    }

    #[test]
    fn unnamed_values() {
        assert_eq!(parse(b"B:1"), append(None, Value::Boolean(1.0)));
        assert_eq!(parse(b"B:true"), append(None, Value::Boolean(0.0)));
        assert_eq!(parse(b"N:1.5"), append(None, Value::Number(1.5)));
        assert_eq!(parse(b"N::1:"), append(None, Value::Number(0.0)));
        assert_eq!(parse(b"S:a:b"), append(None, Value::Text(2..5)));
        assert_eq!(parse(b"S:"), append(None, Value::Text(2..2)));
        assert_eq!(parse(b"Z:x"), append(None, Value::Null));
        assert_eq!(parse(b"O:1"), append(None, Value::Object));
        assert_eq!(parse(b"O:0"), Some(Step::Leave));
    }

    #[test]
    fn named_values() {
        assert_eq!(parse(b"NB:b:0"), append(Some(3..4), Value::Boolean(0.0)));
        assert_eq!(parse(b"NS:x:y:z"), append(Some(3..4), Value::Text(5..8)));
        assert_eq!(parse(b"NO:in:0"), append(Some(3..5), Value::Object));
        assert_eq!(parse(b"NN::2"), append(Some(3..3), Value::Number(2.0)));
    }

    #[test]
    fn everything_else_is_refused() {
        for text in [
            "", "B", "X:1", "NZ:a:1", "NN:code", "N", "NB", "1:B", "NX:a:b",
        ] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
    }
}
