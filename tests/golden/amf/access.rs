//! Objects, properties and searches (spec 07 §7).

use std::ffi::c_int;
use std::ptr;

use rtmp::abi::{AMF3ClassDef, AMFObject, AMFObjectProperty, AVal};
use rtmp::ffi::amf::*;

use super::{bare, nested, number, object, string};

fn find(object: &AMFObject, name: &'static str, index: c_int) -> *mut AMFObjectProperty {
    let name = AVal::literal(name.as_bytes());
    // SAFETY: object and name live.
    unsafe { AMF_GetProp(ptr::from_ref(object).cast_mut(), &raw const name, index) }
}

#[test]
fn the_first_match_wins() {
    let values = object(&[
        number("a", 1.0),
        number("A", 2.0),
        number("a", 3.0),
        number("", 4.0),
    ]);
    for (name, index, value) in [
        ("a", -1, 1.0),
        ("A", -1, 2.0),
        ("", -1, 4.0),
        ("ignored", 2, 3.0),
    ] {
        let found = find(&values, name, index);
        // SAFETY: the property lives as long as the object.
        assert_eq!(unsafe { AMFProp_GetNumber(found) }, value);
    }
    // SAFETY: nothing refers to what it has.
    unsafe { values.reset() };
}

#[test]
fn a_miss_is_one_shared_property_without_a_value() {
    let values = object(&[number("a", 1.0)]);
    let miss = find(&values, "b", -1);
    assert!(!miss.is_null());
    assert_eq!(find(&values, "", 1), miss);
    let (mut text, members) = (AVal::literal(b"x"), object(&[number("x", 1.0)]));
    // SAFETY: the shared property lives, and so do the places to write to; so in all calls below.
    unsafe { AMFProp_GetString(miss, &raw mut text) };
    assert!(text.start().is_null() && text.raw_len() == 0);
    let mut shared = members.clone();
    // SAFETY: as above.
    unsafe { AMFProp_GetObject(miss, &raw mut shared) };
    assert_eq!(shared.raw_len(), 0);
    // SAFETY: as above.
    assert_eq!(unsafe { AMFProp_GetNumber(miss) }, 0.0);
    // SAFETY: as above.
    assert_eq!(unsafe { AMFProp_GetBoolean(miss) }, 0);
    // SAFETY: as above.
    assert_eq!(unsafe { AMFProp_IsValid(miss) }, 0);
    // SAFETY: as above.
    assert_eq!(unsafe { AMFProp_GetType(miss) }, AMFObjectProperty::INVALID);
    // SAFETY: as above; the original faults here.
    unsafe { AMFProp_SetNumber(miss, 5.0) };
    // SAFETY: as above.
    unsafe { AMFProp_Reset(miss) };
    // SAFETY: as above.
    assert_eq!(unsafe { AMFProp_GetNumber(miss) }, 0.0);
    // SAFETY: nothing refers to what it has.
    unsafe { members.reset() };
    // SAFETY: nothing refers to what it has.
    unsafe { values.reset() };
}

#[test]
fn values_are_told_by_type() {
    let xml = bare("x", AMFObjectProperty::XML_DOC);
    xml.set_text(&AVal::literal(b"text"));
    let one = [number("m", 1.0)];
    let values = object(&[
        string("s", b"text"),
        xml,
        nested("o", AMFObjectProperty::OBJECT, &one),
        nested("e", AMFObjectProperty::ECMA_ARRAY, &one),
    ]);
    for (index, length, count) in [(0, 4, 0), (1, 0, 0), (2, 0, 1), (3, 0, 0)] {
        let (property, mut text, mut members) =
            (find(&values, "", index), AVal::empty(), AMFObject::empty());
        // SAFETY: the property lives as long as the object; the places live.
        unsafe { AMFProp_GetString(property, &raw mut text) };
        // SAFETY: as above.
        unsafe { AMFProp_GetObject(property, &raw mut members) };
        assert_eq!((text.len(), members.raw_len()), (length, count), "{index}");
    }
    // SAFETY: nothing refers to what it has.
    unsafe { values.reset() };
}

#[test]
fn setters_store_type_and_value() {
    let property = bare("n", AMFObjectProperty::INVALID);
    let place = (&raw const property).cast_mut();
    // SAFETY: all places live, here and below.
    unsafe { AMFProp_SetNumber(place, 2.5) };
    assert_eq!((property.p_type.get(), property.number()), (0, 2.5));
    // SAFETY: as above.
    unsafe { AMFProp_SetBoolean(place, 7) };
    assert_eq!((property.p_type.get(), property.number()), (1, 1.0));
    let text = AVal::literal(b"text");
    // SAFETY: as above.
    unsafe { AMFProp_SetString(place, (&raw const text).cast_mut()) };
    assert_eq!(property.text().bytes(), b"text");
    let members = object(&[number("m", 1.0)]);
    // SAFETY: as above.
    unsafe { AMFProp_SetObject(place, (&raw const members).cast_mut()) };
    assert_eq!(property.object().map(AMFObject::raw_len), Some(1));
    // SAFETY: as above.
    unsafe { AMFProp_SetName(place, (&raw const text).cast_mut()) };
    let mut name = AVal::empty();
    // SAFETY: as above.
    unsafe { AMFProp_GetName(place, &raw mut name) };
    assert_eq!(name.bytes(), b"text");
    // SAFETY: as above.
    unsafe { AMFProp_Reset(place) };
    assert_eq!(property.p_type.get(), AMFObjectProperty::INVALID);
    assert_eq!(property.p_name.bytes(), b"text");
}

#[test]
fn objects_grow_and_are_reset() {
    let values = AMFObject::empty();
    let place = (&raw const values).cast_mut();
    for count in 1..=33 {
        let property = number("n", f64::from(count));
        // SAFETY: object and property live, here and below.
        unsafe { AMF_AddProp(place, &raw const property) };
        // SAFETY: as above.
        assert_eq!(unsafe { AMF_CountProp(place) }, count);
    }
    let sum: f64 = values
        .properties()
        .iter()
        .map(AMFObjectProperty::number)
        .sum();
    assert_eq!(sum, 561.0);
    for _ in 0..2 {
        // SAFETY: as above.
        unsafe { AMF_Reset(place) };
        assert_eq!((values.raw_len(), values.properties().len()), (0, 0));
    }
}

#[test]
fn class_members() {
    // SAFETY: all zero is a class without members.
    let class: AMF3ClassDef = unsafe { std::mem::zeroed() };
    let place = (&raw const class).cast_mut();
    for name in [&b"one"[..], b"two"] {
        let name = AVal::literal(name);
        // SAFETY: class and name live, here and below.
        unsafe { AMF3CD_AddProp(place, (&raw const name).cast_mut()) };
    }
    let get = |index| {
        // SAFETY: as above.
        let name = unsafe { AMF3CD_GetProp(place, index) };
        // SAFETY: never NULL, and class and shared value live.
        unsafe { name.as_ref() }.unwrap()
    };
    assert_eq!((get(0).bytes(), get(1).bytes()), (&b"one"[..], &b"two"[..]));
    for index in [2, -1] {
        assert!(get(index).is_empty() && get(index).start().is_null());
    }
    // SAFETY: the block is malloc's, and the class is not used any more.
    unsafe { libc::free(class.members().as_ptr().cast_mut().cast()) };
}

#[test]
fn searches() {
    let inner = nested("a", AMFObjectProperty::OBJECT, &[number("dur", 1.0)]);
    let element = nested("", AMFObjectProperty::OBJECT, &[number("inn", 9.0)]);
    let values = object(&[
        nested("", AMFObjectProperty::OBJECT, &[inner, number("dur", 2.0)]),
        nested(
            "",
            AMFObjectProperty::ECMA_ARRAY,
            &[number("x", 3.0), number("videocodecid", 7.0)],
        ),
        nested("", AMFObjectProperty::STRICT_ARRAY, &[element]),
    ]);
    type Search =
        unsafe extern "C" fn(*mut AMFObject, *const AVal, *mut AMFObjectProperty) -> c_int;
    let (first, prefix): (Search, Search) =
        (RTMP_FindFirstMatchingProperty, RTMP_FindPrefixProperty);
    for (search, name, found, value) in [
        (first, "dur", 1, 1.0),
        (first, "x", 1, 3.0),
        (first, "videocodecid", 1, 7.0),
        (first, "du", 0, -1.0),
        (first, "video", 0, -1.0),
        (first, "inn", 0, -1.0),
        (prefix, "du", 1, 1.0),
        (prefix, "dur", 0, -1.0),
        (prefix, "x", 0, -1.0),
        (prefix, "video", 0, -1.0),
        (prefix, "inn", 0, -1.0),
    ] {
        let (name_value, mut into) = (AVal::literal(name.as_bytes()), number("", -1.0));
        let place = (&raw const values).cast_mut();
        // SAFETY: object, name and place live.
        let seen = unsafe { search(place, &raw const name_value, &raw mut into) };
        assert_eq!((seen, into.number()), (found, value), "{name}");
    }
    // SAFETY: nothing refers to what it has.
    unsafe { values.reset() };
}

#[test]
fn null_is_refused() {
    let (none, object) = (ptr::null_mut(), ptr::null_mut());
    let name = AVal::literal(b"n");
    let mut into = number("", -1.0);
    // SAFETY: NULL is allowed everywhere; the name and the place live. So in all calls below.
    assert!(unsafe { AMF_Encode(object, ptr::null_mut(), ptr::null_mut()) }.is_null());
    // SAFETY: as above.
    assert_eq!(unsafe { AMF_Decode(object, c"x".as_ptr(), 1, 0) }, -1);
    // SAFETY: as above.
    let used = unsafe { AMFProp_Decode(&raw mut into, ptr::null(), 1, 0) };
    assert_eq!(used, -1);
    // SAFETY: as above.
    assert_eq!(unsafe { AMF_CountProp(object) }, 0);
    // SAFETY: as above.
    let miss = unsafe { AMF_GetProp(object, &raw const name, -1) };
    // SAFETY: as above.
    assert_eq!(unsafe { AMFProp_IsValid(miss) }, 0);
    // SAFETY: as above.
    unsafe { AMF_Reset(object) };
    // SAFETY: as above.
    unsafe { AMFProp_Reset(none) };
    // SAFETY: as above.
    assert_eq!(unsafe { AMFProp_GetType(none) }, AMFObjectProperty::INVALID);
    // SAFETY: as above.
    let found = unsafe { RTMP_FindFirstMatchingProperty(object, &raw const name, &raw mut into) };
    assert_eq!((found, into.number()), (0, -1.0));
}
