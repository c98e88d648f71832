//! The options that follow a URL or are set one by one (spec 02 §6).

pub mod conn;
pub mod list;
pub mod properties;
pub mod value;

use core::ops::RangeInclusive;

use super::capabilities;

/// What an option sets, by the kind of its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionKind {
    /// Any text.
    Text(TextOption),
    /// A number: decimal, octal after `0`, hexadecimal after `0x`.
    Integer(IntegerOption),
    /// A flag that is set by `1`, `on`, `yes` or `true`; other values leave it alone.
    Flag(FlagOption),
    /// One more argument of the connect command ([`conn`]).
    Connect,
    /// Whether the certificate of a TLS server is looked at: set by the words that set a flag, unset by their opposites.
    TlsVerify,
    /// Something that is off unless it is said to be on: by the words of `TlsVerify`.
    Switch(SwitchOption),
    /// A file with the certificates of CAs: any text.
    TlsCaFile,
    /// The local address to connect from: any text.
    Bind,
    /// A number that is refused when it is not exactly one ([`value::exact`]).
    Exact(ExactOption),
    /// A text that names codecs ([`capabilities`]).
    Codecs(CodecsOption),
    /// What is done when a server asks to reconnect: a word that is refused when it is not known
    /// ([`Mode`](super::reconnect::Mode)).
    Reconnect,
    /// The family of addresses: 4, 6, or 0 for both.
    Family,
    /// Where to connect to in place of the URL's host: a text that is refused when it is no [`Place`](super::place::Place).
    ConnectTo,
    /// More properties of the object of the connect command ([`properties`]).
    ConnectProperties,
}

/// Options that are off unless they are said to be on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SwitchOption {
    /// Commands go out before those in front of them are answered.
    FastStart,
    /// Audio messages without a byte are handed out.
    Silence,
    /// Enhanced RTMP as a whole.
    EnhancedRtmp,
    /// Nagle's algorithm stays on.
    Nagle,
    /// A connection ends without a goodbye.
    Quiet,
    /// A connection whose send has failed is reset.
    Reset,
}

/// Options with text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextOption {
    /// Application.
    App,
    /// Flash player's version.
    FlashVer,
    /// Page with the player.
    PageUrl,
    /// Name of the stream, as it is.
    Playpath,
    /// Publisher's password.
    PubPasswd,
    /// Publisher's name.
    PubUser,
    /// Proxy.
    Socks,
    /// Name for FCSubscribe.
    Subscribe,
    /// The player.
    SwfUrl,
    /// URL of the server and application.
    TcUrl,
    /// Key of SecureToken.
    Token,
    /// Token for NetStream.Authenticate.UsherToken.
    UsherToken,
}

/// Options with a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntegerOption {
    /// Buffer time, ms.
    Buffer,
    /// Where to start, ms.
    Start,
    /// Where to stop, ms.
    Stop,
    /// Age of a cached SWF hash, days.
    SwfAge,
    /// Network timeout, seconds.
    Timeout,
}

/// Options with a number that has to be meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExactOption {
    /// The size of chunks that servers are told.
    OutChunk,
    /// Limits of waiting, ms; 0: none.
    ConnectTimeout,
    /// The same for sends that make no progress.
    SendTimeout,
    /// The same for receives.
    ReceiveTimeout,
    /// Bytes that the system keeps besides those on their way.
    SendAhead,
    /// Bytes of a socket's buffer for sends; 0: as many as the system wants.
    SendBuffer,
    /// Abilities of Enhanced RTMP, a bit each.
    CapsEx,
    /// What can be done with video, a bit each.
    VideoFunction,
}

impl ExactOption {
    /// The numbers that it may have.
    pub fn range(self) -> RangeInclusive<i32> {
        match self {
            Self::OutChunk => 128..=65_536,
            Self::ConnectTimeout | Self::SendTimeout | Self::ReceiveTimeout => 0..=i32::MAX,
            Self::SendAhead => 1..=i32::MAX,
            Self::SendBuffer | Self::CapsEx | Self::VideoFunction => 0..=i32::MAX,
        }
    }
}

/// Options that name codecs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodecsOption {
    /// What can be received.
    List,
    /// What can be done with codecs of video.
    Video,
    /// The same of audio.
    Audio,
}

impl CodecsOption {
    /// Whether a text is of the form that it has.
    pub fn allows(self, text: &[u8]) -> bool {
        match self {
            Self::List => capabilities::is_codec_list(text),
            Self::Video | Self::Audio => capabilities::is_codec_map(text),
        }
    }
}

/// Options that are on or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlagOption {
    /// The stream is live.
    Live,
    /// Send a playlist before play.
    Playlist,
    /// Verify the player.
    SwfVerify,
}
