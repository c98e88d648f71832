//! Looking things up in decoded values.

use crate::abi::{AMFObject, AMFObjectProperty, AVal};

/// The first property of `object` itself whose name is `name`, byte for byte; an empty name finds the first
/// unnamed one.
pub fn by_name<'a>(object: &'a AMFObject, name: &[u8]) -> Option<&'a AMFObjectProperty> {
    object
        .properties()
        .iter()
        .find(|property| property.p_name.bytes() == name)
}

/// The first property named `name` at any depth; members of objects and ECMA arrays are searched, those of strict
/// arrays are not (`RTMP_FindFirstMatchingProperty`, spec 04 §7).
pub fn find_first<'a>(object: &'a AMFObject, name: &[u8]) -> Option<&'a AMFObjectProperty> {
    walk(
        object,
        &|property| property.p_name.bytes() == name,
        &[AMFObjectProperty::OBJECT, AMFObjectProperty::ECMA_ARRAY],
    )
}

/// The first property whose name begins with `prefix` and is longer, at any depth; only members of objects are
/// searched (`RTMP_FindPrefixProperty`).
pub fn find_prefix<'a>(object: &'a AMFObject, prefix: &[u8]) -> Option<&'a AMFObjectProperty> {
    let longer = |property: &AMFObjectProperty| {
        let name = property.p_name.bytes();
        name.len() > prefix.len() && name.starts_with(prefix)
    };
    walk(object, &longer, &[AMFObjectProperty::OBJECT])
}

/// Depth first, a property before its members.
fn walk<'a>(
    object: &'a AMFObject,
    wanted: &dyn Fn(&AMFObjectProperty) -> bool,
    entered: &[u32],
) -> Option<&'a AMFObjectProperty> {
    object.properties().iter().find_map(|property| {
        if wanted(property) {
            return Some(property);
        }
        let members = property
            .object()
            .filter(|_| entered.contains(&property.p_type.get()))?;
        walk(members, wanted, entered)
    })
}

/// The text of a string; nothing for all other types, XML included (`AMFProp_GetString`).
pub fn text_of(property: &AMFObjectProperty) -> AVal {
    if property.p_type.get() == AMFObjectProperty::STRING {
        property.text()
    } else {
        AVal::empty()
    }
}

/// The members of an object, shared with it; nothing for all other types, arrays included (`AMFProp_GetObject`).
pub fn object_of(property: &AMFObjectProperty) -> AMFObject {
    property
        .object()
        .filter(|_| property.p_type.get() == AMFObjectProperty::OBJECT)
        .cloned()
        .unwrap_or_default()
}

/// The number at `index`, whatever its type is; 0 when there is none.
pub fn number_at(object: &AMFObject, index: usize) -> f64 {
    let property = object.properties().get(index);
    property.map_or(0.0, AMFObjectProperty::number)
}

/// The string at `index`; nothing when there is none.
pub fn text_at(object: &AMFObject, index: usize) -> AVal {
    let property = object.properties().get(index);
    property.map_or_else(AVal::empty, text_of)
}

/// The members of the object at `index`, shared with it; nothing when there is none.
pub fn object_at(object: &AMFObject, index: usize) -> AMFObject {
    let property = object.properties().get(index);
    property.map_or_else(AMFObject::empty, object_of)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::OwnedObject;

    fn named(name: &'static [u8], value: f64) -> AMFObjectProperty {
        AMFObjectProperty::with_number(AVal::literal(name), AMFObjectProperty::NUMBER, value)
    }

    fn container(kind: u32, members: &[AMFObjectProperty]) -> AMFObjectProperty {
        let object = AMFObject::empty();
        for member in members {
            assert!(object.push(member));
        }
        AMFObjectProperty::with_object(AVal::empty(), kind, &object)
    }

    /// OBJECT {a: {dur: 1}, dur: 2}, ECMA {x: 3, videocodecid: 7}, STRICT [{inn: 9}] (spec 07 §7).
    fn example() -> OwnedObject {
        let inner = container(AMFObjectProperty::OBJECT, &[named(b"dur", 1.0)]);
        inner.p_name.set(&AVal::literal(b"a"));
        let element = container(AMFObjectProperty::OBJECT, &[named(b"inn", 9.0)]);
        let all = OwnedObject::default();
        for property in [
            container(AMFObjectProperty::OBJECT, &[inner, named(b"dur", 2.0)]),
            container(
                AMFObjectProperty::ECMA_ARRAY,
                &[named(b"x", 3.0), named(b"videocodecid", 7.0)],
            ),
            container(AMFObjectProperty::STRICT_ARRAY, &[element]),
        ] {
            assert!(all.push(&property));
        }
        all
    }

    #[test]
    fn the_first_match_at_any_depth_wins() {
        let example = example();
        let number = |name| find_first(&example, name).map(AMFObjectProperty::number);
        assert_eq!(number(b"dur"), Some(1.0));
        assert_eq!(number(b"x"), Some(3.0));
        assert_eq!(number(b"videocodecid"), Some(7.0));
        assert_eq!(number(b"du"), None);
        assert_eq!(number(b"inn"), None);
        let unnamed = find_first(&example, b"").unwrap();
        assert!(core::ptr::eq(unnamed, &raw const example.properties()[0]));
    }

    #[test]
    fn prefixes_are_found_in_objects_only() {
        let example = example();
        let name = |prefix| find_prefix(&example, prefix).map(|found| found.p_name.bytes());
        assert_eq!(name(b"du"), Some(&b"dur"[..]));
        assert_eq!(name(b""), Some(&b"a"[..]));
        for absent in [&b"dur"[..], b"video", b"in"] {
            assert_eq!(name(absent), None);
        }
    }

    #[test]
    fn lookups_by_index_and_name_mind_the_type() {
        let values = OwnedObject::default();
        let text = AVal::literal(b"text");
        for (name, kind) in [
            (&b"s"[..], AMFObjectProperty::STRING),
            (b"x", AMFObjectProperty::XML_DOC),
        ] {
            let property = AMFObjectProperty::with_text(AVal::literal(name), kind, &text);
            assert!(values.push(&property));
        }
        assert!(values.push(&named(b"n", 2.5)));
        assert!(values.push(&container(AMFObjectProperty::OBJECT, &[named(b"m", 1.0)])));
        assert!(values.push(&container(AMFObjectProperty::ECMA_ARRAY, &[])));
        assert_eq!(text_at(&values, 0).bytes(), b"text");
        assert!(text_at(&values, 1).is_empty() && text_at(&values, 9).is_empty());
        assert_eq!((number_at(&values, 2), number_at(&values, 9)), (2.5, 0.0));
        assert_eq!(object_at(&values, 3).raw_len(), 1);
        assert_eq!(object_at(&values, 9).raw_len(), 0);
        assert!(by_name(&values, b"n").is_some() && by_name(&values, b"m").is_none());
    }
}
