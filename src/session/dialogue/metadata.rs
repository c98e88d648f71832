//! Metadata (spec 06 §4).

use crate::abi::{AMFObjectProperty, AVal, OwnedObject, RTMP};
use crate::proto::flv::{HAS_AUDIO, HAS_VIDEO};
use crate::proto::message::DATA_AMF3;
use crate::sys::log::log;

use crate::session::amf;

/// The only format that is known of what is said in AMF3.
const AMF0: u8 = 0;

/// Looks through a data message. True when it is `onMetaData`, which belongs into the output.
pub(in crate::session) fn data_message(r: &RTMP, body: &AVal) -> bool {
    let Some(object) = amf::decode::message(body) else {
        log!(Error, "HandleMetadata, error decoding meta data packet");
        return false;
    };
    amf::dump(&object);
    if !is_on_meta_data(&object) {
        return false;
    }
    log!(Info, "Metadata:");
    amf::dump_info(&object);
    if let Some(duration) = amf::find_first(&object, b"duration") {
        set_duration(r, duration);
    }
    for (prefix, track) in [(&b"video"[..], HAS_VIDEO), (b"audio", HAS_AUDIO)] {
        if amf::find_prefix(&object, prefix).is_some() {
            r.m_read.dataType.set(r.m_read.dataType.get() | track);
        }
    }
    true
}

/// The values of a data message. In AMF3 they stand behind their format; there are none in one that nobody knows.
pub(in crate::session) fn values(kind: u8, body: &AVal) -> AVal {
    let length = body.bytes().len();
    let behind = match body.bytes().first() {
        _ if kind != DATA_AMF3 => 0..length,
        Some(&AMF0) => 1..length,
        _ => 0..0,
    };
    body.slice(behind)
}

/// True when the first value is the string `onMetaData`.
pub(in crate::session) fn is_on_meta_data(object: &OwnedObject) -> bool {
    amf::text_at(object, 0).bytes() == b"onMetaData"
}

/// Only numbers are durations; the original takes the bits of any value (spec 06 R10).
fn set_duration(r: &RTMP, duration: &AMFObjectProperty) {
    if matches!(
        duration.p_type.get(),
        AMFObjectProperty::NUMBER | AMFObjectProperty::BOOLEAN
    ) {
        r.m_fDuration.set(duration.number());
    }
}
