//! What the server says in its answer to `connect`, accepted or refused, about what it can do with media (spec 09 §3.4).
//!
//! It stands among the properties of the server or in the information about success and failure. What the properties say
//! counts: the information adds properties, and entries of lists and maps, that are not among them.

use crate::abi::{AMFObject, AMFObjectProperty, OwnedObject};
use crate::proto::capabilities::answer::{Answer, Codec, Codecs, bits};

use crate::session::amf;
use crate::session::state::Context;

/// Which values of the answer are the properties and the information.
const PLACES: [usize; 2] = [2, 3];

/// Notes what the server can do. What is of a wrong type, or no such number, is passed over.
pub(super) fn note(cx: Context<'_>, values: &OwnedObject) {
    let mut answer = Answer::default();
    for place in PLACES {
        let members = values.properties().get(place).and_then(members);
        for property in members.map_or(&[][..], AMFObject::properties) {
            read(&mut answer, property);
        }
    }
    cx.state.note_answer(answer);
}

/// The members of an object or ECMA array.
fn members(property: &AMFObjectProperty) -> Option<&AMFObject> {
    let kind = property.p_type.get();
    let is_map = matches!(
        kind,
        AMFObjectProperty::OBJECT | AMFObjectProperty::ECMA_ARRAY
    );
    property.object().filter(|_| is_map)
}

fn read(answer: &mut Answer, property: &AMFObjectProperty) {
    match property.p_name.bytes() {
        b"fourCcList" => read_list(&mut answer.four_cc_list, property),
        b"videoFourCcInfoMap" => read_map(&mut answer.video_info, property),
        b"audioFourCcInfoMap" => read_map(&mut answer.audio_info, property),
        b"capsEx" => read_number(&mut answer.caps_ex, property),
        b"videoFunction" => read_number(&mut answer.video_function, property),
        b"objectEncoding" => read_number(&mut answer.object_encoding, property),
        _ => {}
    }
}

fn number(property: &AMFObjectProperty) -> Option<u32> {
    let is_number = property.p_type.get() == AMFObjectProperty::NUMBER;
    bits(property.number()).filter(|_| is_number)
}

fn read_number(place: &mut Option<u32>, property: &AMFObjectProperty) {
    *place = place.or_else(|| number(property));
}

fn read_list(place: &mut Option<Codecs>, property: &AMFObjectProperty) {
    let is_list = property.p_type.get() == AMFObjectProperty::STRICT_ARRAY;
    let Some(elements) = property.object().filter(|_| is_list) else {
        return;
    };
    let codecs = elements
        .properties()
        .iter()
        .filter_map(|element| Some((Codec::of(amf::text_of(element).bytes())?, 0)));
    add(place, codecs);
}

fn read_map(place: &mut Option<Codecs>, property: &AMFObjectProperty) {
    let Some(entries) = members(property) else {
        return;
    };
    let codecs = entries
        .properties()
        .iter()
        .filter_map(|entry| Some((Codec::of(entry.p_name.bytes())?, number(entry)?)));
    add(place, codecs);
}

/// Adds codecs to those that were said before. Without memory it stays unknown what the server can do.
fn add(place: &mut Option<Codecs>, codecs: impl Iterator<Item = (Codec, u32)>) {
    if place.is_none() {
        *place = Codecs::new();
    }
    if let Some(place) = place {
        codecs.for_each(|(codec, flags)| place.add(codec, flags));
    }
}
