//! From AMF3 bytes to the tree of C.
//!
//! References to strings and to class descriptions are followed inside one outermost value. References to objects and
//! dates are read and dropped, as in the original: the tree has one owner for each object. An object that is broken
//! ends the data and keeps what came before.

use core::ffi::c_int;
use core::ops::Range;

use crate::abi::{AMFDataType, AMFObject, AMFObjectProperty, AVal, Growing};
use crate::proto::amf3::{self, Fault, Head, StringRef, Value};
use crate::proto::bytes::Reader;
use crate::sys::log::{self, NO_MEMORY, log};

use super::decoder::{Decoder, overwrite};

/// The name under which the value of an externalizable class is stored.
static DEFAULT_ATTRIBUTE: AVal = AVal::literal(b"DEFAULT_ATTRIBUTE");

/// Decodes an object, after a marker byte if `marker`: bytes used (`AMF3_Decode`). `object` is overwritten, not
/// released. `None` when the data ends before the object says what it is.
pub fn object3(object: &AMFObject, data: &AVal, marker: bool) -> Option<usize> {
    overwrite(object, |growing| {
        Decoder::run(data, |decoder| {
            decoder.object3(growing, marker, &mut Tables::default())
        })
    })
}

/// Decodes one property: bytes used (`AMF3Prop_Decode`). An empty name ends a list of members: only its bytes are
/// used, and the type of `into` stays as it is.
pub fn property3(into: &AMFObjectProperty, data: &AVal, named: bool) -> Option<usize> {
    let tables = &mut Tables::default();
    into.p_name.clear();
    Decoder::run(data, |decoder| {
        if decoder.reader.is_empty() {
            log!(Debug, "empty buffer/no buffer pointer!");
            return None;
        }
        if named {
            let name = decoder.text3(tables)?;
            if name.is_empty() {
                return Some(());
            }
            if decoder.reader.is_empty() {
                return None;
            }
            into.p_name.set(&name);
        }
        decoder.value3(into, tables)
    })
}

/// The value of an integer (`AMF3ReadInteger`).
pub fn integer3(bytes: &[u8]) -> Option<i32> {
    amf3::integer(&mut Reader::new(bytes)).map(amf3::signed)
}

/// The length of the text behind the integer in `head`; nothing if it is a reference, which leads nowhere here
/// (`AMF3ReadString`).
pub fn text_length3(head: &[u8]) -> Option<c_int> {
    let (number, inline) = amf3::text_head(&mut Reader::new(head))?;
    if !inline {
        unknown_text(number);
    }
    c_int::try_from(number).ok().filter(|_| inline)
}

/// What references refer to.
#[derive(Default)]
struct Tables {
    texts: Vec<AVal>,
    classes: Vec<Class>,
    /// The members of all classes.
    members: Vec<AVal>,
}

/// The description of a class.
#[derive(Clone, Default)]
struct Class {
    externalizable: bool,
    dynamic: bool,
    /// Its part of [`Tables::members`].
    sealed: Range<usize>,
}

impl Decoder<'_> {
    /// Reads the AMF3 value that an AMF0 marker announces. Arrays and what else the tree has no place for are passed over.
    pub(super) fn wrapped3(&mut self, into: &AMFObjectProperty) -> Option<()> {
        let tables = &mut Tables::default();
        match self.reader.rest().first().copied() {
            Some(amf3::marker::UNDEFINED..=amf3::marker::DATE | amf3::marker::XML) => {
                turn(into, AMFObjectProperty::NULL);
                self.value3(into, tables)
            }
            Some(amf3::marker::ARRAY | amf3::marker::BYTE_ARRAY..=amf3::marker::DICTIONARY) => {
                turn(into, AMFObjectProperty::NULL);
                amf3::skip::value(&mut self.reader)
            }
            _ => {
                into.p_type.set(AMFObjectProperty::OBJECT);
                self.nested(into, |decoder, object| {
                    decoder.object3(object, true, tables)
                })
            }
        }
    }

    fn object3(
        &mut self,
        object: &mut Growing<'_>,
        marker: bool,
        tables: &mut Tables,
    ) -> Option<()> {
        if marker && self.reader.u8()? != amf3::marker::OBJECT {
            log!(
                Error,
                "AMF3 Object encapsulated in AMF stream does not start with AMF3_OBJECT!"
            );
        }
        let head = amf3::head(&mut self.reader)?;
        if let Head::Object(index) = head {
            log!(Debug, "Object reference, index: {index}");
            return Some(());
        }
        if matches!(head, Head::Inline { .. }) && self.reader.is_empty() {
            // Not even the name of a class: what came before cannot be trusted either.
            return None;
        }
        if self.described3(object, head, tables).is_some() {
            log!(Debug, "class object!");
        } else {
            log!(Debug, "AMF3_Decode, invalid class encoding!");
            self.reader.take(self.reader.rest().len());
        }
        Some(())
    }

    /// Reads the class that `head` announces, then the members.
    fn described3(
        &mut self,
        object: &mut Growing<'_>,
        head: Head,
        tables: &mut Tables,
    ) -> Option<()> {
        let class = self.class3(head, tables)?;
        if class.externalizable {
            log!(Debug, "Externalizable, TODO check");
            return self.member3(object, &DEFAULT_ATTRIBUTE, tables);
        }
        for at in class.sealed {
            self.more3()?;
            let name = tables.members.get(at)?.clone();
            self.member3(object, &name, tables)?;
        }
        if !class.dynamic {
            return Some(());
        }
        loop {
            self.more3()?;
            let name = self.text3(tables)?;
            if name.is_empty() {
                return Some(());
            }
            self.member3(object, &name, tables)?;
        }
    }

    fn class3(&mut self, head: Head, tables: &mut Tables) -> Option<Class> {
        let (externalizable, dynamic, members) = match head {
            Head::Inline {
                externalizable,
                dynamic,
                sealed,
            } => (externalizable, dynamic, sealed),
            Head::Traits(index) | Head::Object(index) => {
                log!(Debug, "Class reference: {index}");
                let known = usize::try_from(index)
                    .ok()
                    .and_then(|index| tables.classes.get(index));
                // An unknown class has no members, as in the original.
                return Some(known.cloned().unwrap_or_default());
            }
        };
        let name = self.text3(tables)?;
        log!(
            Debug,
            "Class name: {}, externalizable: {}, dynamic: {}, classMembers: 0",
            log::Text(name.bytes()),
            i32::from(externalizable),
            i32::from(dynamic)
        );
        let begin = tables.members.len();
        for _ in 0..members {
            let name = self.text3(tables)?;
            log!(Debug, "Member: {}", log::Text(name.bytes()));
            self.spend(1)?;
            push(&mut tables.members, name)?;
        }
        let class = Class {
            externalizable,
            dynamic,
            sealed: begin..tables.members.len(),
        };
        push(&mut tables.classes, class.clone())?;
        Some(class)
    }

    fn member3(
        &mut self,
        object: &mut Growing<'_>,
        name: &AVal,
        tables: &mut Tables,
    ) -> Option<()> {
        if self.reader.is_empty() {
            log!(Debug, "empty buffer/no buffer pointer!");
        }
        self.append(object, |decoder, place| {
            place.p_name.set(name);
            let value = decoder.value3(place, tables);
            if value.is_none() {
                log!(Debug, "AMF3_Decode, failed to decode AMF3 property!");
            }
            value
        })
    }

    fn value3(&mut self, into: &AMFObjectProperty, tables: &mut Tables) -> Option<()> {
        let value = match amf3::value(&mut self.reader) {
            Ok(value) => value,
            Err(Fault::Truncated) => return None,
            Err(Fault::Marker(_)) => {
                let rest = self.reader.rest();
                log!(
                    Debug,
                    "AMF3Prop_Decode - AMF3 unknown/unsupported datatype 0x{:02x}, @{:p}",
                    rest.first().copied().unwrap_or(0),
                    rest.as_ptr()
                );
                return None;
            }
        };
        match value {
            Value::Null => {
                turn(into, AMFObjectProperty::NULL);
            }
            Value::Boolean(truth) => {
                turn(into, AMFObjectProperty::BOOLEAN).set_number(truth.into());
            }
            Value::Number(number) | Value::Date(number) => {
                turn(into, AMFObjectProperty::NUMBER).set_number(number);
            }
            Value::String(text) => {
                turn(into, AMFObjectProperty::STRING).set_text(&self.resolve3(text, tables)?);
            }
            Value::Xml(text) => {
                // XML documents are numbered with the objects: they are no strings to refer to.
                let text = self.resolve3(text, &mut Tables::default())?;
                turn(into, AMFObjectProperty::STRING).set_text(&text);
            }
            Value::Object => {
                let into = turn(into, AMFObjectProperty::OBJECT);
                return self.nested(into, |decoder, object| {
                    decoder.object3(object, false, tables)
                });
            }
            Value::DateReference(index) => {
                log!(Debug, "AMF3_DATE reference: {index}, not supported!");
            }
        }
        Some(())
    }

    /// Fails at the end of the data.
    fn more3(&self) -> Option<()> {
        (!self.reader.is_empty()).then_some(())
    }

    fn text3(&mut self, tables: &mut Tables) -> Option<AVal> {
        self.spend(1)?;
        let text = amf3::text(&mut self.reader)?;
        self.resolve3(text, tables)
    }

    /// The text just read, which is remembered, or the one it refers to. `None` without memory.
    fn resolve3(&self, text: StringRef<'_>, tables: &mut Tables) -> Option<AVal> {
        match text {
            StringRef::Inline(bytes) => {
                let text = self.borrow(bytes);
                if !bytes.is_empty() {
                    push(&mut tables.texts, text.clone())?;
                }
                Some(text)
            }
            StringRef::Reference(index) => {
                let known = usize::try_from(index)
                    .ok()
                    .and_then(|index| tables.texts.get(index));
                Some(known.cloned().unwrap_or_else(|| {
                    unknown_text(index);
                    AVal::empty()
                }))
            }
        }
    }
}

fn push<T>(list: &mut Vec<T>, item: T) -> Option<()> {
    if list.try_reserve(1).is_err() {
        log!(Error, "{NO_MEMORY}");
        return None;
    }
    list.push(item);
    Some(())
}

fn unknown_text(index: u32) {
    log!(
        Debug,
        "AMF3ReadString, string reference, index: {index}, not supported, ignoring!"
    );
}

/// Makes `into` a value of type `kind` that is not stored yet.
fn turn(into: &AMFObjectProperty, kind: AMFDataType) -> &AMFObjectProperty {
    into.p_type.set(kind);
    into.clear_value();
    into
}
