//! Metadata (spec 06 §4).

use crate::abi::{AMFObjectProperty, AVal, OwnedObject, RTMP};
use crate::proto::flv::{HAS_AUDIO, HAS_VIDEO};
use crate::sys::log::log;

use crate::session::amf;

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
