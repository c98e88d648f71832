//! Where messages go: into a packet, and their bodies into memory that the reader hands out anyway, where that is simple.

use core::ops::Deref;
use core::sync::atomic::Ordering::Relaxed;

use crate::abi::{ChannelIn, Output, RTMPPacket};
use crate::proto::message::{AUDIO, VIDEO};
use crate::sys::log::{NO_MEMORY, log};

use crate::session::link::stack::Stop;
use crate::session::message::close;
use crate::session::state::Context;
use crate::session::state::cause::Kind;

/// Shorter media is none.
const SHORTEST: u32 = 6;

/// What a reader gets its messages in. A body that goes into the `output` is missing in the packet.
#[derive(Clone, Copy)]
pub(in crate::session) struct Receiver<'a> {
    packet: &'a RTMPPacket,
    output: Option<&'a Output<'a>>,
}

impl<'a> From<&'a RTMPPacket> for Receiver<'a> {
    fn from(packet: &'a RTMPPacket) -> Self {
        Self::new(packet, None)
    }
}

impl Deref for Receiver<'_> {
    type Target = RTMPPacket;

    fn deref(&self) -> &RTMPPacket {
        self.packet
    }
}

impl<'a> Receiver<'a> {
    /// A reader with a `packet`, and perhaps memory for bodies, of which [`bring_home`] has to be called in the end.
    pub(in crate::session) fn new(packet: &'a RTMPPacket, output: Option<&'a Output<'a>>) -> Self {
        Self { packet, output }
    }

    /// The next message begins.
    pub(super) fn begin(&self) {
        if let Some(output) = self.output {
            output.forget();
        }
    }

    /// A reader inside another, from a callback, does not know the other's memory.
    #[inline]
    pub(super) fn claim(&self, cx: Context<'_>) -> Result<(), Stop> {
        if self.output.is_none() && cx.state.flags.lent.load(Relaxed) != 0 {
            return bring_home(cx);
        }
        Ok(())
    }

    /// The memory that the body of a message with the numbers of `message` may go into.
    pub(super) fn output_for(
        &self,
        cx: Context<'_>,
        message: &RTMPPacket,
    ) -> Option<&'a Output<'a>> {
        let is_media = matches!(message.m_packetType.get(), AUDIO | VIDEO);
        let size = message.m_nBodySize.get();
        let is_free = || cx.state.flags.lent.load(Relaxed) == 0;
        self.output
            .filter(|output| is_media && size >= SHORTEST && output.fits(size) && is_free())
    }

    /// Lets the message that `stored` begins be gathered in the memory of the reader.
    pub(super) fn lend(&self, cx: Context<'_>, stored: &ChannelIn, output: &Output<'_>) -> bool {
        let is_lent = output.lend(stored);
        if is_lent {
            let channel = stored.packet.m_nChannel.get();
            cx.state.flags.lent.store(channel, Relaxed);
        }
        is_lent
    }

    /// Takes the body of the complete message of `stored`: the bytes that were held for it.
    #[inline]
    pub(super) fn take_from(&self, cx: Context<'_>, stored: &ChannelIn) -> u32 {
        match self.output.filter(|_| stored.is_lent()) {
            Some(output) => {
                cx.state.flags.lent.store(0, Relaxed);
                output.take_back(stored)
            }
            None => stored.deliver_body(self.packet),
        }
    }
}

/// Moves what has come of a message out of the memory of the reader, who returns, or needs it for something else.
pub(in crate::session) fn bring_home(cx: Context<'_>) -> Result<(), Stop> {
    let channel = cx.state.flags.lent.load(Relaxed);
    if channel == 0 {
        return Ok(());
    }
    cx.state.flags.lent.store(0, Relaxed);
    let Some(stored) = cx.r.channel_in(channel) else {
        return Ok(());
    };
    if let Some(excess) = stored.bring_home() {
        cx.state.flags.let_go(excess);
        return Ok(());
    }
    cx.state.flags.let_go(stored.discard_body());
    log!(Debug, "RTMP_ReadPacket, failed to allocate packet");
    cx.state.fail(Kind::Memory, NO_MEMORY);
    close::lost(cx);
    Err(Stop::Closed)
}
