//! What a complete message means (spec 04 §10-§12).

use crate::abi::{
    OptionName, RTMP, RTMP_EVENT_CONTROL, RTMP_EVENT_MESSAGE, RTMP_LF_BUFX, RTMPPacket,
};
use crate::proto::flv;
use crate::proto::message::{self, UserControl, event};
use crate::sys::log::log;

use crate::session::dialogue::{command, control, events, invoke, metadata, position};
use crate::session::state::Context;
use crate::session::state::failure::told;

use super::outcome::Outcome;

/// Whether a message is to be looked at. Without a body they say nothing, but for silence, which not every program knows.
pub(in crate::session) fn says_something(r: &RTMP, packet: &RTMPPacket) -> bool {
    packet.m_nBodySize.get() > 0
        || (packet.m_packetType.get() == message::AUDIO && r.is_on(OptionName::Silence))
}

/// Whether data in AMF3 is for the output: programs that do not know Enhanced RTMP never got any.
pub(in crate::session) fn takes_amf3(r: &RTMP) -> bool {
    r.is_on(OptionName::EnhancedRtmp)
}

/// Processes one complete message, which stays the caller's.
pub(in crate::session) fn serve(cx: Context<'_>, packet: &RTMPPacket) -> Outcome {
    let size = packet.body().len();
    match packet.m_packetType.get() {
        message::SET_CHUNK_SIZE => set_chunk_size(cx.r, packet),
        message::ACKNOWLEDGEMENT => acknowledgement(cx, packet),
        message::USER_CONTROL => {
            events::message(cx, RTMP_EVENT_CONTROL, None, packet);
            user_control(cx, packet);
        }
        message::WINDOW_ACK_SIZE => window_ack_size(cx, packet),
        message::SET_PEER_BANDWIDTH => peer_bandwidth(cx.r, packet),
        message::AUDIO | message::VIDEO => {
            note_media(cx.r, packet, packet.m_nTimeStamp.get());
            return Outcome::Media;
        }
        message::DATA_AMF3 if takes_amf3(cx.r) => {
            log!(
                Debug,
                "RTMP_ClientPacket, received: notify in AMF3 {size} bytes"
            );
            let values = metadata::values(message::DATA_AMF3, &packet.body_text());
            metadata::data_message(cx.r, &values);
            return Outcome::Media;
        }
        message::DATA_AMF3 => {
            log!(
                Debug,
                "RTMP_ClientPacket, flex stream send, size {size} bytes, not supported, ignoring"
            );
            events::message(cx, RTMP_EVENT_MESSAGE, None, packet);
        }
        message::SHARED_OBJECT_AMF3 => {
            log!(
                Debug,
                "RTMP_ClientPacket, flex shared object, size {size} bytes, not supported, ignoring"
            );
            events::message(cx, RTMP_EVENT_MESSAGE, None, packet);
        }
        message::COMMAND_AMF3 => {
            log!(
                Debug,
                "RTMP_ClientPacket, flex message, size {size} bytes, not fully supported"
            );
            return invoke::command(cx, &packet.body_text().slice(1..size), packet);
        }
        message::DATA => {
            log!(Debug, "RTMP_ClientPacket, received: notify {size} bytes");
            if metadata::data_message(cx.r, &packet.body_text()) {
                return Outcome::Media;
            }
        }
        message::SHARED_OBJECT => {
            log!(
                Debug,
                "RTMP_ClientPacket, shared object, not supported, ignoring"
            );
            events::message(cx, RTMP_EVENT_MESSAGE, None, packet);
        }
        message::COMMAND => {
            log!(Debug, "RTMP_ClientPacket, received: invoke {size} bytes");
            return invoke::command(cx, &packet.body_text(), packet);
        }
        message::AGGREGATE => {
            aggregate(cx.r, packet);
            return Outcome::Media;
        }
        kind => {
            log!(
                Debug,
                "RTMP_ClientPacket, unknown packet type received: 0x{kind:02x}"
            );
            events::message(cx, RTMP_EVENT_MESSAGE, None, packet);
        }
    }
    Outcome::Handled
}

/// A size that no chunk can have is ignored: the original would lose the stream (spec 04 K6).
fn set_chunk_size(r: &RTMP, packet: &RTMPPacket) {
    if let Some(size) = message::leading_number(packet.body()).filter(|&size| size > 0) {
        r.m_inChunkSize.set(size);
        log!(
            Debug,
            "HandleChangeChunkSize, received: chunk size change to {size}"
        );
    }
}

fn acknowledgement(cx: Context<'_>, packet: &RTMPPacket) {
    log!(Debug, "RTMP_ClientPacket, received: bytes read report");
    if let Some(count) = message::leading_number(packet.body()) {
        cx.state.stats.confirm(count.cast_unsigned());
    }
}

fn window_ack_size(cx: Context<'_>, packet: &RTMPPacket) {
    if let Some(size) = message::leading_number(packet.body()) {
        cx.r.m_nServerBW.set(size);
        cx.state.flags.announce_window(size);
        log!(Debug, "HandleServerBW: server BW = {size}");
    }
}

fn peer_bandwidth(r: &RTMP, packet: &RTMPPacket) {
    let body = packet.body();
    if let Some(bandwidth) = message::leading_number(body) {
        let limit = body.get(4).copied().unwrap_or(255);
        r.m_nClientBW.set(bandwidth);
        r.m_nClientBW2.set(limit);
        log!(Debug, "HandleClientBW: client BW = {bandwidth} {limit}");
    }
}

/// Remembers where the media is. While pausing the position stands still.
fn note_media(r: &RTMP, packet: &RTMPPacket, stamp: u32) {
    if r.m_mediaChannel.get() == 0 {
        r.m_mediaChannel.set(packet.m_nChannel.get());
    }
    if r.m_pausing.get() == 0 {
        r.m_mediaStamp.set(stamp);
    }
}

/// An aggregate is only looked through here; the reader takes it apart.
fn aggregate(r: &RTMP, packet: &RTMPPacket) {
    let body = packet.body_text();
    let mut stamp = packet.m_nTimeStamp.get();
    for inner in flv::tags(body.bytes()) {
        if !inner.has_size_field() {
            log!(Warning, "Stream corrupt?!");
            break;
        }
        let kind = inner.tag.kind;
        match kind {
            message::DATA_AMF3 if !takes_amf3(r) => {}
            message::DATA | message::DATA_AMF3 => {
                let begin = inner.at.saturating_add(flv::TAG_HEADER);
                let data = body.slice(begin..begin.saturating_add(inner.data.len()));
                metadata::data_message(r, &metadata::values(kind, &data));
            }
            message::AUDIO | message::VIDEO => stamp = inner.tag.timestamp,
            _ => {}
        }
    }
    note_media(r, packet, stamp);
}

fn user_control(cx: Context<'_>, packet: &RTMPPacket) {
    let body = packet.body();
    let control = UserControl::parse(body);
    log!(
        Debug,
        "HandleCtrl, received ctrl. type: {}, len: {}",
        control.kind,
        body.len()
    );
    if let Some(value) = control.value {
        react(cx, control.kind, value);
    }
    if control.kind == event::SWF_VERIFY_REQUEST {
        swf_verification(cx, body);
    }
}

fn react(cx: Context<'_>, kind: i16, value: u32) {
    let name = match kind {
        event::STREAM_BEGIN => "Stream Begin",
        event::STREAM_EOF => "Stream EOF",
        event::STREAM_DRY => "Stream Dry",
        event::STREAM_IS_RECORDED => "Stream IsRecorded",
        event::PING_REQUEST => "Ping",
        event::BUFFER_EMPTY => "Stream BufferEmpty",
        event::BUFFER_READY => "Stream BufferReady",
        _ => "Stream xx",
    };
    log!(Debug, "HandleCtrl, {name} {}", value.cast_signed());
    match kind {
        event::STREAM_EOF if cx.r.m_pausing.get() == 1 => cx.r.m_pausing.set(2),
        event::PING_REQUEST => control::pong(cx, value),
        event::BUFFER_EMPTY if cx.r.Link.has(RTMP_LF_BUFX) => buffer_empty(cx),
        _ => {}
    }
}

/// Servers that send only as much as the client's buffer holds go on after a pause.
fn buffer_empty(cx: Context<'_>) {
    match cx.r.m_pausing.get() {
        0 => {
            cx.r.m_pauseStamp.set(position::media_position(cx));
            told(command::pause(cx, 1, cx.r.m_pauseStamp.get().cast_signed()));
            cx.r.m_pausing.set(1);
        }
        2 => {
            told(command::pause(cx, 0, cx.r.m_pauseStamp.get().cast_signed()));
            cx.r.m_pausing.set(3);
        }
        _ => {}
    }
}

fn swf_verification(cx: Context<'_>, body: &[u8]) {
    log!(Debug, "HandleCtrl, SWFVerification ping received: ");
    match body.get(2).map(|&version| version.cast_signed()) {
        Some(version) if version > 1 => {
            log!(
                Error,
                "HandleCtrl: SWFVerification Type {version} request not supported! Patches welcome..."
            );
        }
        _ if cx.r.Link.SWFSize.get() != 0 => {
            told(control::user_control(cx, event::SWF_VERIFY_RESPONSE, 0, 0));
        }
        _ => log!(
            Error,
            "HandleCtrl: Ignoring SWFVerification request, use --swfVfy!"
        ),
    }
}
