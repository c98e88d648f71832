//! Chunks in, messages out (spec 04 §3).
//!
//! Headers are read in place: nothing is consumed before a header is complete. Payload goes into the message as it
//! arrives. So a reader may stop at any byte, for a timeout or because it does not want to wait, and go on later.

mod beginning;
mod continuation;
mod open;
mod payload;
mod receiver;

use core::sync::atomic::Ordering::Relaxed;

use crate::abi::{ChannelIn, RTMP, RTMPPacket};
use crate::proto::chunk::{EXTENDED, Header, MAX_HEADER, Missing};
use crate::sys::log::{self, Level, NO_MEMORY, log};

use crate::session::link::stack::{Stop, Wait};
use crate::session::link::{readiness, stack};
use crate::session::message::close;
use crate::session::state::cause::Kind;
use crate::session::state::receiving::Partial;
use crate::session::state::{Context, State};
use beginning::begin_whole;
use continuation::{go_on, go_on_with};
use open::open;
use payload::{count_all_in, in_chunk_size, receive_payload};

pub(in crate::session) use receiver::{Receiver, bring_home};

/// Reads for the program (`RTMP_ReadPacket`): [`packet`], and writing leaves reading to it.
pub fn packet_for_program(r: &RTMP, packet: &RTMPPacket) -> bool {
    State::reading(r, |state| {
        state.flags.is_read_by_program.store(true, Relaxed);
        let read = chunks(state.on(r), packet.into(), Wait::Yes);
        read.inspect_err(|stop| stop.tell()).is_ok()
    })
}

/// Reads one chunk, and all that have come of its message. A packet that reports raw chunks is given one at a time, and so is
/// each that is dumped. `packet` is complete when [`RTMPPacket::is_ready`] says so; its body then
/// belongs to the caller. Else it has no body, and the call is to be repeated.
pub(in crate::session) fn packet(r: &RTMP, packet: &RTMPPacket, wait: Wait) -> Result<(), Stop> {
    chunks(State::enter(r).on(r), packet.into(), wait)
}

/// Reads chunks until a message is complete: [`packet`] for readers that have no use for less.
pub(in crate::session) fn whole_message(
    cx: Context<'_>,
    packet: Receiver<'_>,
    wait: Wait,
) -> Result<(), Stop> {
    packet.begin();
    loop {
        chunks(cx, packet, wait)?;
        if packet.is_ready() {
            return Ok(());
        }
    }
}

fn chunks(cx: Context<'_>, packet: Receiver<'_>, wait: Wait) -> Result<(), Stop> {
    log!(
        Debug2,
        "RTMP_ReadPacket: fd={}",
        cx.r.m_sb.sb_socket.observe()
    );
    cx.r.m_sb.sb_timedout.set(0);
    packet.claim(cx)?;
    let is_plain = !cx.r.is_stopped() && !cx.state.flags.is_waiting.load(Relaxed);
    let is_each_shown = packet.chunk().is_some() || log::enabled(Level::Debug2);
    let is_short = is_plain && !is_each_shown;
    if !(is_short && go_on(cx, packet)) {
        if !(is_short && begin_whole(cx, packet)?) {
            any_chunk(cx, packet, wait)?;
        }
        if !is_each_shown {
            go_on_with(cx, packet);
        }
    }
    stack::show_rest(cx);
    Ok(())
}

/// Reads a chunk of any kind, the rest of one, or a message that is kept.
#[inline(never)]
fn any_chunk(cx: Context<'_>, packet: Receiver<'_>, wait: Wait) -> Result<(), Stop> {
    if cx.r.is_stopped() {
        return close::if_lost(cx, Err(Stop::Lost(cx.cancelled())));
    }
    let mut begun = None;
    if cx.state.flags.is_waiting.load(Relaxed) {
        let mut receiving = cx.state.receiving();
        let kept = receiving.kept.pop();
        if kept.is_none() {
            begun = receiving.partial.take();
        }
        let is_waiting = receiving.partial.is_some() || !receiving.kept.is_empty();
        cx.state.flags.is_waiting.store(is_waiting, Relaxed);
        if let Some(kept) = kept {
            drop(receiving);
            kept.give(&packet);
            readiness::take_up(cx);
            return Ok(());
        }
    }
    let (stored, chunk) = match begun {
        Some(partial) => (resume(cx.r, &packet, &partial)?, partial),
        None => begin(cx, &packet, wait)?,
    };
    receive_payload(cx, packet, stored, chunk, wait)
}

/// Reads a chunk header and makes `packet` and the chunk stream ready for its payload.
fn begin<'a>(
    cx: Context<'a>,
    packet: &RTMPPacket,
    wait: Wait,
) -> Result<(&'a ChannelIn, Partial), Stop> {
    let (header, bytes) = header(cx, packet, wait)?;
    cx.r.m_sb.consume(header.size());
    count_all_in(cx, header.lengths);
    if header.lengths.first() == Some(&3) {
        log!(Debug, "RTMP_ReadPacket, m_nChannel: {:0x}", header.channel);
    }
    if log::enabled(Level::Debug2) {
        log::hex_string(Level::Debug2, bytes.get(..header.size()).unwrap_or(&bytes));
    }
    let Some(stored) = open(cx, packet, &header) else {
        log!(Debug, "RTMP_ReadPacket, failed to allocate packet");
        cx.state.fail(Kind::Memory, NO_MEMORY);
        // The header is consumed: going on would mean to read payload as headers.
        close::lost(cx);
        return Err(Stop::Closed);
    };
    let missing = packet
        .m_nBodySize
        .get()
        .saturating_sub(packet.m_nBytesRead.get());
    let size = missing.min(in_chunk_size(cx.r));
    stored.packet.copy_numbers(packet);
    let chunk = Partial {
        header,
        left: size,
        size,
        bytes,
    };
    Ok((stored, chunk))
}

/// The next chunk header, which stays in the buffer until it is complete.
fn header(
    cx: Context<'_>,
    packet: &RTMPPacket,
    wait: Wait,
) -> Result<(Header, [u8; MAX_HEADER]), Stop> {
    loop {
        let (bytes, have) = cx.r.m_sb.front::<MAX_HEADER>();
        let remembered = |channel: u32| {
            let stored = cx.r.channel_in(channel.cast_signed());
            stored
                .map_or(packet, |stored| &stored.packet)
                .m_nTimeStamp
                .get()
        };
        let short = (have == MAX_HEADER).then(|| Header::parse_short(&bytes, remembered));
        if let Some(header) = short.flatten() {
            return Ok((header, bytes));
        }
        match Header::parse(bytes.get(..have).unwrap_or(&bytes), remembered) {
            Ok(header) => return Ok((header, bytes)),
            Err(missing) => {
                close::if_lost(cx, stack::more(cx, wait))
                    .inspect_err(|&stop| complain(stop, missing))?;
            }
        }
    }
}

fn complain(stop: Stop, missing: Missing) {
    if stop == Stop::Again {
        return;
    }
    match missing {
        Missing::First => log!(Error, "RTMP_ReadPacket, failed to read RTMP packet header"),
        Missing::Second => log!(
            Error,
            "RTMP_ReadPacket, failed to read RTMP packet header 2nd byte"
        ),
        Missing::SecondAndThird => log!(
            Error,
            "RTMP_ReadPacket, failed to read RTMP packet header 3nd byte"
        ),
        Missing::Message(first) => {
            log!(
                Error,
                "RTMP_ReadPacket, failed to read RTMP packet header. type: {first:x}"
            );
        }
        Missing::ExtendedTimestamp => {
            log!(Error, "RTMP_ReadPacket, failed to read extended timestamp");
        }
    }
}

/// Takes up a chunk whose payload was not complete.
fn resume<'a>(r: &'a RTMP, packet: &RTMPPacket, partial: &Partial) -> Result<&'a ChannelIn, Stop> {
    packet.forget_body();
    let stored = r.channel_in(partial.header.channel.cast_signed());
    let stored = stored.ok_or(Stop::Closed)?;
    packet.copy_numbers(&stored.packet);
    if partial.header.is_extended {
        let stamp = partial.header.stamp.unwrap_or(EXTENDED);
        packet.m_nTimeStamp.set(stamp);
    }
    Ok(stored)
}

/// Takes exactly `into.len()` bytes for the handshake; what is received beyond them stays in the buffer.
pub(in crate::session) fn exact(cx: Context<'_>, into: &mut [u8]) -> Result<(), Stop> {
    close::if_lost(cx, stack::exact(cx, into))
}
