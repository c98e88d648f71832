//! What the server says it can do: whatever it sends, what the program gets is bounded and agrees with itself (spec 09 §3.4).

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use rtmp::abi::RTMP_CAPABILITIES;
use rtmp::ffi::rtmp::capabilities::{RTMP_GetCapabilities, RTMP_GetFourCc, RTMP_GetFourCcInfo};

use crate::handle::{Packet, Wire};

const COMMAND: u8 = 20;
/// Codecs of a list or map: the library's limit, and "*".
const MOST: u32 = 65;

fn text(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap().to_be_bytes();
    [&length[..], bytes].concat()
}

fn string(bytes: &[u8]) -> Vec<u8> {
    [&[2], &text(bytes)[..]].concat()
}

fn number(value: f64) -> Vec<u8> {
    [&[0], &value.to_be_bytes()[..]].concat()
}

/// Names that mean something, and others.
fn name() -> impl Strategy<Value = Vec<u8>> {
    let known = [
        "fourCcList",
        "videoFourCcInfoMap",
        "audioFourCcInfoMap",
        "capsEx",
        "videoFunction",
        "objectEncoding",
        "hvc1",
        "Opus",
        "*",
    ];
    prop_oneof![
        8 => select(known.map(|name| name.as_bytes().to_vec()).to_vec()),
        4 => vec(b'a'..=b'd', 4),
        1 => vec(any::<u8>(), 1..6),
    ]
}

/// A value in AMF0.
fn value() -> impl Strategy<Value = Vec<u8>> {
    let numbers = prop_oneof![
        (0_u32..16).prop_map(f64::from),
        any::<f64>(),
        any::<u64>().prop_map(f64::from_bits),
        select(vec![
            4_294_967_295.0,
            4_294_967_296.0,
            -1.0,
            f64::INFINITY,
            f64::NAN
        ]),
    ];
    let leaf = prop_oneof![
        6 => numbers.prop_map(number),
        4 => name().prop_map(|name| string(&name)),
        1 => Just(vec![5]),
        1 => Just(vec![1, 1]),
    ];
    let leaf = leaf.boxed();
    let elements = vec(leaf.clone(), 0..80).prop_map(|values| {
        let count = u32::try_from(values.len()).unwrap().to_be_bytes();
        [&[10], &count[..], &values.concat()].concat()
    });
    prop_oneof![2 => leaf.clone(), 2 => members(leaf, 80), 1 => elements]
}

/// An object or ECMA array of such values.
fn members(value: impl Strategy<Value = Vec<u8>>, most: usize) -> impl Strategy<Value = Vec<u8>> {
    let marker = select(vec![&[3][..], &[8, 0, 0, 0, 0]]);
    (marker, vec((name(), value), 0..most)).prop_map(|(marker, members)| {
        let members = members
            .iter()
            .map(|(name, value)| [&text(name), &value[..]].concat());
        [marker, &members.collect::<Vec<_>>().concat(), &[0, 0, 9]].concat()
    })
}

/// A call `connect` that waits for its answer.
fn pend(wire: &Wire) {
    let mut packet = Packet::new();
    (packet.kind, packet.channel) = (COMMAND, 60);
    let call = [string(b"connect"), number(1.0), vec![5]].concat();
    assert_eq!(wire.send(&mut packet, &call, 1), 1);
}

fn capabilities(wire: &Wire) -> RTMP_CAPABILITIES {
    let mut seen = RTMP_CAPABILITIES {
        size: u32::try_from(size_of::<RTMP_CAPABILITIES>()).unwrap(),
        ..RTMP_CAPABILITIES::default()
    };
    // SAFETY: a handle, and a struct of that size.
    let result = unsafe { RTMP_GetCapabilities(wire.raw(), &raw mut seen) };
    assert_eq!(result, 1);
    seen
}

fn entry(wire: &Wire, list: i32, index: u32) -> Option<(u32, u32)> {
    let (mut name, mut flags) = (0, 0);
    // SAFETY: a handle, and two numbers.
    let result = unsafe { RTMP_GetFourCc(wire.raw(), list, index, &raw mut name, &raw mut flags) };
    (result == 1).then_some((name, flags))
}

fn info(wire: &Wire, list: i32, name: u32) -> Option<u32> {
    let mut flags = 0;
    // SAFETY: a handle, and a number.
    let result = unsafe { RTMP_GetFourCcInfo(wire.raw(), list, name, &raw mut flags) };
    (result == 1).then_some(flags)
}

proptest! {
    #[test]
    fn an_answer_agrees_with_itself(values in vec(members(value(), 12), 0..4)) {
        let wire = Wire::new();
        pend(&wire);
        let message = [string(b"_result"), number(1.0), values.concat()].concat();
        wire.deliver(COMMAND, 3, 0, &message);
        let seen = capabilities(&wire);
        let numbers = [seen.capsEx, seen.videoFunction, seen.objectEncoding];
        for (bit, number) in numbers.iter().enumerate() {
            prop_assert!(*number == 0 || seen.said & 8 << bit != 0);
        }
        for (list, count) in [(0, seen.listed), (1, seen.videoInfos), (2, seen.audioInfos)] {
            prop_assert!(count <= MOST);
            prop_assert!(count == 0 || seen.said & 1 << list != 0);
            prop_assert_eq!(entry(&wire, list, count), None);
            let entries: Vec<_> = (0..count).map(|index| entry(&wire, list, index).unwrap()).collect();
            let any = entries.iter().find(|entry| entry.0 == u32::from(b'*'));
            for (at, &(name, flags)) in entries.iter().enumerate() {
                prop_assert!(entries[..at].iter().all(|entry| entry.0 != name));
                prop_assert_eq!(info(&wire, list, name), Some(any.map_or(flags, |entry| entry.1)));
                prop_assert!(list != 0 || flags == 0);
            }
            prop_assert_eq!(info(&wire, list, 0x7a7a_7a7a), any.map(|entry| entry.1));
        }
    }
}
