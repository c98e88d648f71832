//! The payload of chunks, and what is counted of them (spec 04 §3, §9).

use core::ffi::c_int;
use core::ops::Range;
use core::sync::atomic::Ordering::Relaxed;

use crate::abi::{ChannelIn, RTMP, RTMPPacket};
use crate::proto::chunk::EXTENDED;
use crate::proto::flv;
use crate::proto::message::{ABORT, leading_number};
use crate::sys::log::{self, Level, NO_MEMORY, log};
use crate::sys::socket;

use crate::session::link::stack::{Stop, Wait};
use crate::session::link::{plain, readiness, stack, wire};
use crate::session::message::receive::receiver::Receiver;
use crate::session::message::{chunks, close, replies};
use crate::session::state::Context;
use crate::session::state::cause::Kind;
use crate::session::state::receiving::Partial;

/// Payload of at least so many bytes is received straight into the message.
const DIRECT: u32 = 4096;
/// A message grows by so many bytes before they have arrived, not more.
const STEP: u32 = 64 * 1024;

/// Moves the payload of a chunk into its message, which is delivered when it is complete.
pub(in crate::session) fn receive_payload(
    cx: Context<'_>,
    packet: Receiver<'_>,
    stored: &ChannelIn,
    mut chunk: Partial,
    wait: Wait,
) -> Result<(), Stop> {
    if let Some(stamp) = chunk.header.stamp.filter(|_| chunk.header.is_extended) {
        // Later type 3 chunks of the stream must know that they carry an extended timestamp.
        stored.extend_time(EXTENDED, stamp);
    }
    while chunk.left > 0 {
        match take_some(cx, packet, stored, chunk.left, wait) {
            Ok(count) => chunk.left = chunk.left.saturating_sub(count),
            Err(stop) => {
                if stop != Stop::Closed {
                    cx.state.receiving().partial = Some(chunk);
                    cx.state.flags.is_waiting.store(true, Relaxed);
                }
                if stop != Stop::Again {
                    log!(
                        Error,
                        "RTMP_ReadPacket, failed to read RTMP packet body. len: {}",
                        packet.m_nBodySize.get()
                    );
                }
                return Err(stop);
            }
        }
    }
    finish(cx, packet, stored, &chunk);
    Ok(())
}

/// Moves payload into the message: from the buffer if there is any, else from the socket. Returns the bytes moved, which
/// may be none.
fn take_some(
    cx: Context<'_>,
    packet: Receiver<'_>,
    stored: &ChannelIn,
    left: u32,
    wait: Wait,
) -> Result<u32, Stop> {
    make_room(cx, packet, stored, left.min(STEP))?;
    if !cx.r.m_sb.is_empty() {
        let count = stored.take(&cx.r.m_sb, left);
        count_in(cx, count as usize);
        return Ok(count);
    }
    if left < DIRECT || wait == Wait::No || !may_be_direct(cx, stored) {
        let more = stack::more(cx, wait).map(|()| 0);
        return close::if_lost(cx, more);
    }
    let received = receive_directly(cx, stored, left);
    let count = close::if_lost(cx, received)?;
    wire::count_received(cx, count);
    count_in(cx, count);
    Ok(u32::try_from(count).unwrap_or(left))
}

/// Moves payload from the socket into the message.
fn receive_directly(cx: Context<'_>, stored: &ChannelIn, left: u32) -> Result<usize, Stop> {
    let fd = cx.r.m_sb.sb_socket.observe();
    let once = || {
        stored
            .receive(left, |room| socket::recv_into(fd, room))
            .map(|count| count as usize)
    };
    let receive = || plain::receive(&cx.r.m_sb, once);
    if cx.state.level.is_on() {
        return stack::receive_now(cx, receive);
    }
    readiness::let_go(cx);
    stack::received_bytes(cx, receive())
}

/// Makes room for `count` bytes. Without memory, and for a peer that wants too much of it, the connection ends.
pub(in crate::session) fn make_room(
    cx: Context<'_>,
    packet: Receiver<'_>,
    stored: &ChannelIn,
    count: u32,
) -> Result<(), Stop> {
    let is_new = stored.packet.is_bodiless();
    if !is_new && stored.growth(count) == 0 {
        return Ok(());
    }
    let output = is_new
        .then(|| packet.output_for(cx, &stored.packet))
        .flatten();
    let growth = match output {
        Some(_) => stored.packet.m_nBodySize.get(),
        None => stored.growth(count),
    };
    if stored.packet.m_nBodySize.get() == 0 {
        // A log callback has read on, and begun another message: this one is lost.
        let reason = "a log callback has read in the middle of a message";
        log!(Error, "RTMP_ReadPacket, {reason}");
        cx.state.fail(Kind::Protocol, reason);
    } else if !cx.state.flags.hold(growth) {
        let reason = "the peer has begun too many messages";
        log!(Error, "RTMP_ReadPacket, {reason}");
        cx.state.fail(Kind::Protocol, reason);
    } else if output.is_some_and(|output| packet.lend(cx, stored, output))
        || stored.make_room(count)
    {
        return Ok(());
    } else {
        log!(Debug, "RTMP_ReadPacket, failed to allocate packet");
        cx.state.fail(Kind::Memory, NO_MEMORY);
    }
    close::lost(cx);
    Err(Stop::Closed)
}

/// Whether payload can be received straight into its message: nothing between needs to see it, no phase bounds it, and `RTMP_Read`, if it is
/// at work, hands it out at once when it is complete.
fn may_be_direct(cx: Context<'_>, stored: &ChannelIn) -> bool {
    let (is_over, is_bounded, wanted) = {
        let receiving = cx.state.receiving();
        let is_bounded = receiving.limit.left().is_some();
        (receiving.ended.is_some(), is_bounded, receiving.wanted)
    };
    let size = stored.packet.m_nBodySize.get() as usize;
    let fits = size.saturating_add(flv::TAG_HEADER + flv::SIZE_FIELD) <= wanted;
    stack::is_bare(cx.r) && !is_over && !is_bounded && (wanted == 0 || fits)
}

/// A chunk is complete: reports it to those who want raw chunks, and delivers the message if it is complete too.
fn finish(cx: Context<'_>, packet: Receiver<'_>, stored: &ChannelIn, chunk: &Partial) {
    let read = stored.packet.m_nBytesRead.get();
    packet.m_nBytesRead.set(read);
    if let Some(tap) = packet.chunk() {
        let header = chunk
            .bytes
            .get(..chunk.header.size())
            .unwrap_or(&chunk.bytes);
        tap.record(
            header,
            &stored.packet,
            read.saturating_sub(chunk.size),
            chunk.size,
        );
    }
    complete(cx, packet, stored);
    if log::enabled(Level::Debug2) {
        show(&packet, stored, read.saturating_sub(chunk.size)..read);
    }
}

/// Logs received bytes. It comes last: the log callback may read on, or close, and what it leaves of them is shown.
#[cold]
fn show(packet: &RTMPPacket, stored: &ChannelIn, bytes: Range<u32>) {
    let shown = if packet.is_bodiless() {
        &stored.packet
    } else {
        packet
    };
    log::hex_string_from(Level::Debug2, |offset, row| {
        let begin = (bytes.start as usize).saturating_add(offset);
        shown.copy_received(begin..bytes.end as usize, row)
    });
}

/// Delivers the message in `stored`, whose numbers `packet` has, if it is complete.
pub(in crate::session) fn complete(cx: Context<'_>, packet: Receiver<'_>, stored: &ChannelIn) {
    if packet.is_ready() {
        cx.state.flags.let_go(packet.take_from(cx, stored));
        conclude(cx, &packet, stored);
    }
}

/// What is to be done when `packet` has the whole message.
pub(in crate::session) fn conclude(cx: Context<'_>, packet: &RTMPPacket, stored: &ChannelIn) {
    let channel = packet.m_nChannel.get();
    if packet.m_hasAbsTimestamp.get() == 0 {
        let before = cx.r.channel_timestamp(channel).unwrap_or(0);
        packet
            .m_nTimeStamp
            .set(packet.m_nTimeStamp.get().wrapping_add(before));
    }
    cx.r.set_channel_timestamp(channel, packet.m_nTimeStamp.get());
    let body = packet.body_address();
    cx.state.flags.handed_out.store(body, Relaxed);
    stored.packet.m_hasAbsTimestamp.set(0);
    cx.state.stats.messages_in.add(1);
    if packet.m_packetType.get() == ABORT {
        abort(cx, packet.body());
    }
}

/// Drops the message that the chunk stream named by `body` is in the middle of. It is done here, and not where messages are
/// understood: the next chunk may be read before.
///
/// The header is remembered: type 3 begins such a message anew, at its time if that was absolute, and a delta counts from
/// there.
#[cold]
fn abort(cx: Context<'_>, body: &[u8]) {
    let Some(channel) = leading_number(body) else {
        return;
    };
    let Some(stored) =
        cx.r.channel_in(channel)
            .filter(|stored| !stored.packet.is_bodiless())
    else {
        return;
    };
    if let Some(time) = stored.absolute_time(EXTENDED) {
        cx.r.set_channel_timestamp(channel, time);
    }
    cx.state.flags.let_go(stored.discard_body());
}

/// Counts received bytes and reports them when a tenth of the peer bandwidth has come since the last report (spec 04 §9),
/// or half of a window that the server has announced: some wait for the report. The public numbers wrap; their difference
/// does not.
pub(in crate::session) fn count_in(cx: Context<'_>, count: usize) {
    let total = total_with(cx.r, count);
    cx.r.m_nBytesIn.set(total);
    cx.state.stats.bytes_in.add(count);
    if is_due(cx, total) && !cx.state.flags.is_shaking_hands.load(Relaxed) {
        cx.r.m_nBytesInSent.set(total);
        replies::acknowledge(cx, total);
    }
}

/// Counts what came as several receipts, most of which need no report.
#[inline]
pub(in crate::session) fn count_all_in<const N: usize>(cx: Context<'_>, counts: [usize; N]) {
    let all = counts.iter().copied().fold(0, usize::saturating_add);
    let total = total_with(cx.r, all);
    if is_due(cx, total) {
        for count in counts.into_iter().filter(|&count| count > 0) {
            count_in(cx, count);
        }
    } else {
        cx.r.m_nBytesIn.set(total);
        cx.state.stats.bytes_in.add(all);
    }
}

/// Whether so many bytes more need no report, in however many receipts they come.
#[inline]
pub(in crate::session) fn is_quiet(cx: Context<'_>, count: usize) -> bool {
    !is_due(cx, total_with(cx.r, count))
}

fn total_with(r: &RTMP, count: usize) -> c_int {
    let count = c_int::try_from(count).unwrap_or(0);
    r.m_nBytesIn.get().wrapping_add(count)
}

/// Whether a program that wants reports is to send one of `total` bytes.
fn is_due(cx: Context<'_>, total: c_int) -> bool {
    let unreported = total
        .wrapping_sub(cx.r.m_nBytesInSent.get())
        .cast_unsigned();
    let is_much = i64::from(unreported) > i64::from(cx.r.m_nClientBW.get() / 10);
    (is_much || cx.state.flags.is_window_half_full(unreported)) && cx.r.m_bSendCounter.get() != 0
}

/// The chunk size of the peer.
pub(in crate::session) fn in_chunk_size(r: &RTMP) -> u32 {
    chunks::usable(r.m_inChunkSize.get())
}
