//! From bytes to the tree of C.
//!
//! Names and texts point into the caller's buffer: programs rely on the byte behind them (spec 08 A10). A container
//! that fails releases what it holds; the outermost object keeps it for the caller.

use core::ffi::c_int;

use super::decoder::{Decoder, overwrite};
use crate::abi::{AMFObject, AMFObjectProperty, AVal, Growing, OwnedObject};
use crate::proto::amf0::{self, Fault, Value, marker};
use crate::proto::bytes::Reader;
use crate::sys::log::log;

pub use super::decode3::{integer3, object3, property3, text_length3};

/// Decodes properties up to an object end or the end of `data`: bytes used (`AMF_Decode`).
///
/// `object` is overwritten, not released. After a failure it holds what came before.
pub fn sequence(object: &AMFObject, data: &AVal, named: bool) -> Option<usize> {
    overwrite(object, |growing| {
        Decoder::run(data, |decoder| decoder.members(growing, named))
    })
}

/// Decodes `count` properties: bytes used (`AMF_DecodeArray`). See [`sequence`] for `object`.
pub fn array(object: &AMFObject, data: &AVal, count: c_int, named: bool) -> Option<usize> {
    overwrite(object, |growing| {
        Decoder::run(data, |decoder| decoder.elements(growing, count, named))
    })
}

/// Decodes one property: bytes used (`AMFProp_Decode`). What `into` held is not released.
pub fn property(into: &AMFObjectProperty, data: &AVal, named: bool) -> Option<usize> {
    Decoder::run(data, |decoder| {
        let mut reader = decoder.reader.clone();
        decoder.name(&mut reader, into, named)?;
        if !reader.is_empty() {
            into.clear_value();
        }
        decoder.value(reader, into)
    })
}

/// The values of a message; nothing is left behind when they are broken.
pub fn message(data: &AVal) -> Option<OwnedObject> {
    let mut object = OwnedObject::default();
    let mut growing = Growing::new(&mut object);
    Decoder::run(data, |decoder| decoder.members(&mut growing, false))?;
    Some(object)
}

impl<'a> Decoder<'a> {
    fn members(&mut self, object: &mut Growing<'_>, named: bool) -> Option<()> {
        while !self.reader.is_empty() && !amf0::end(&mut self.reader) {
            self.member(object, named)?;
        }
        Some(())
    }

    fn elements(&mut self, object: &mut Growing<'_>, count: c_int, named: bool) -> Option<()> {
        for _ in 0..count {
            if self.reader.is_empty() {
                return None;
            }
            self.member(object, named)?;
        }
        Some(())
    }

    fn member(&mut self, object: &mut Growing<'_>, named: bool) -> Option<()> {
        self.append(object, |decoder, place| decoder.property(place, named))
    }

    /// Reads a property that holds nothing yet.
    #[inline]
    fn property(&mut self, into: &AMFObjectProperty, named: bool) -> Option<()> {
        // A copy that stays in registers: each step begins where the one before ended. For the same reason all that it
        // passes through is one function; a value that comes back through memory costs twice the time.
        let mut reader = self.reader.clone();
        self.name(&mut reader, into, named)?;
        self.value(reader, into)
    }

    #[inline]
    fn name(&self, reader: &mut Reader<'a>, into: &AMFObjectProperty, named: bool) -> Option<()> {
        into.p_name.clear();
        if reader.is_empty() {
            log!(Debug, "AMFProp_Decode: Empty buffer/no buffer pointer!");
            return None;
        }
        if named {
            let name = amf0::name(reader).map_err(complain_name).ok()?;
            into.p_name.set(&self.borrow_some(name));
        }
        Some(())
    }

    /// What was read, as C sees it: NULL when empty.
    fn borrow_some(&self, text: &[u8]) -> AVal {
        if text.is_empty() {
            AVal::empty()
        } else {
            self.borrow(text)
        }
    }

    #[inline(always)]
    fn value(&mut self, mut reader: Reader<'a>, into: &AMFObjectProperty) -> Option<()> {
        let rest = reader.rest();
        let kind = *rest.first()?;
        // C takes the byte for a signed one, also when it is unknown.
        into.p_type
            .set(i32::from(kind.cast_signed()).cast_unsigned());
        let value = amf0::value(&mut reader);
        self.reader = reader;
        match value {
            Ok(value) => self.store(into, value),
            Err(fault) => {
                complain(fault, kind, rest);
                None
            }
        }
    }

    #[inline(always)]
    fn store(&mut self, into: &AMFObjectProperty, value: Value<'_>) -> Option<()> {
        match value {
            Value::Number(number) => into.set_number(number),
            Value::Boolean(truth) => into.set_number(truth.into()),
            Value::String(text) => {
                into.p_type.set(AMFObjectProperty::STRING);
                into.set_text(&self.borrow_some(text));
            }
            Value::Xml(text) => into.set_text(&self.borrow_some(text)),
            Value::Null => into.p_type.set(AMFObjectProperty::NULL),
            Value::Date {
                milliseconds,
                offset,
            } => {
                log!(Debug, "AMF_DATE");
                into.set_number(milliseconds);
                into.p_UTCoffset.set(offset);
            }
            Value::Object => {
                into.p_type.set(AMFObjectProperty::OBJECT);
                return self.nested(into, |decoder, object| decoder.members(object, true));
            }
            Value::EcmaArray => {
                return self.nested(into, |decoder, object| decoder.members(object, true));
            }
            Value::StrictArray(count) => {
                let count = count.cast_signed();
                return self.nested(into, |decoder, object| {
                    decoder.elements(object, count, false)
                });
            }
            Value::Amf3 => return self.wrapped3(into),
        }
        Some(())
    }
}

#[cold]
fn complain_name(fault: Fault) {
    match fault {
        Fault::NoRoomForName => log!(
            Debug,
            "AMFProp_Decode: Not enough data for decoding with name, less than 4 bytes!"
        ),
        Fault::NameTooLong { claimed, size } => log!(
            Debug,
            "AMFProp_Decode: Name size out of range: namesize ({claimed}) > len ({size}) - 2"
        ),
        Fault::Truncated | Fault::Marker(_) => {}
    }
}

/// Says why the value that begins at `rest` with the byte `kind` was refused.
#[cold]
fn complain(fault: Fault, kind: u8, rest: &[u8]) {
    match (fault, kind) {
        (Fault::Truncated, marker::DATE) => log!(Debug, "AMF_DATE"),
        (Fault::Marker(_), marker::OBJECT_END) => {}
        (Fault::Marker(_), _) => log!(
            Debug,
            "AMFProp_Decode - unknown datatype 0x{:02x}, @{:p}",
            i32::from(kind.cast_signed()),
            rest.as_ptr()
        ),
        _ => {}
    }
}
