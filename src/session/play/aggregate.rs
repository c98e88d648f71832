//! Aggregates in the output of `RTMP_Read` (spec 06 §5.4).

use crate::abi::RTMP;
use crate::proto::bytes::Out;
use crate::proto::flv::{self, SIZE_FIELD, TAG_HEADER};
use crate::sys::log::log;

/// The tags of `body` with their times moved so that the first has `time`, ms, and with right size fields. A last tag
/// that is torn is passed on as it is. `None` without memory.
pub(in crate::session) fn rewrite(r: &RTMP, body: &[u8], time: u32) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let longest = body.len().saturating_add(SIZE_FIELD);
    out.try_reserve_exact(longest).ok()?;
    let mut delta = None;
    for inner in flv::tags(body) {
        let delta = *delta.get_or_insert_with(|| time.wrapping_sub(inner.tag.timestamp));
        let stamp = inner.tag.timestamp.wrapping_add(delta);
        r.m_read.timestamp.set(stamp);
        r.m_read
            .dataType
            .set(r.m_read.dataType.get() | flv::track(inner.tag.kind));
        let head = body
            .get(inner.at..inner.at.saturating_add(TAG_HEADER))
            .unwrap_or_default();
        let (type_and_length, rest) = head.split_at(head.len().min(4));
        out.put(type_and_length)?;
        out.put(&flv::stamp_bytes(stamp))?;
        // The stream id is passed on, whatever it is.
        out.put(rest.get(4..).unwrap_or_default())?;
        out.put(inner.data)?;
        if !inner.is_whole() {
            log!(
                Error,
                "Wrong data size ({}), stream corrupted, aborting!",
                inner.tag.length
            );
            break;
        }
        if !inner.has_size_field() {
            log!(Warning, "No tagSize found, appending!");
        }
        out.put(&inner.tag.size_field())?;
    }
    if delta.is_none() {
        out.put(body)?;
    }
    Some(out)
}
