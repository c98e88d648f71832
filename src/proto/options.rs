//! The options that follow a URL or are set one by one (spec 02 §6).

pub mod conn;
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
            Self::CapsEx | Self::VideoFunction => 0..=i32::MAX,
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

/// One entry of the list of options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OptionEntry {
    /// The name, in any case.
    pub name: &'static str,
    /// What it sets.
    pub kind: OptionKind,
    /// What it means to users.
    pub help: &'static str,
}

impl OptionEntry {
    const fn new(name: &'static str, kind: OptionKind, help: &'static str) -> Self {
        Self { name, kind, help }
    }

    /// The option called `name`.
    pub fn find(name: &[u8]) -> Option<&'static Self> {
        // Most names are spelled as here: their letters need not be converted.
        let is_same = |(a, b): (&u8, &u8)| a == b || a.eq_ignore_ascii_case(b);
        OPTIONS.iter().find(|entry| {
            let known = entry.name.as_bytes();
            known.len() == name.len() && known.iter().zip(name).all(is_same)
        })
    }

    /// The word for the kind of value.
    pub fn type_name(&self) -> &'static str {
        match self.kind {
            OptionKind::Text(_)
            | OptionKind::TlsCaFile
            | OptionKind::Bind
            | OptionKind::Codecs(_)
            | OptionKind::Reconnect => "string",
            OptionKind::Integer(_) | OptionKind::Exact(_) => "integer",
            OptionKind::Flag(_) | OptionKind::TlsVerify | OptionKind::Switch(_) => "boolean",
            OptionKind::Connect => "AMF",
        }
    }
}

/// All options, in the order in which users see them.
pub const OPTIONS: [OptionEntry; 38] = [
    OptionEntry::new(
        "socks",
        OptionKind::Text(TextOption::Socks),
        "Proxy: host:port (SOCKS4), or a URL",
    ),
    OptionEntry::new(
        "app",
        OptionKind::Text(TextOption::App),
        "Application on the server",
    ),
    OptionEntry::new(
        "tcUrl",
        OptionKind::Text(TextOption::TcUrl),
        "URL of server and application",
    ),
    OptionEntry::new(
        "pageUrl",
        OptionKind::Text(TextOption::PageUrl),
        "URL of the page with the player",
    ),
    OptionEntry::new(
        "swfUrl",
        OptionKind::Text(TextOption::SwfUrl),
        "URL of the player",
    ),
    OptionEntry::new(
        "flashver",
        OptionKind::Text(TextOption::FlashVer),
        "Version of the Flash player",
    ),
    OptionEntry::new(
        "conn",
        OptionKind::Connect,
        "Value appended to the connect command",
    ),
    OptionEntry::new(
        "playpath",
        OptionKind::Text(TextOption::Playpath),
        "Name of the stream",
    ),
    OptionEntry::new(
        "playlist",
        OptionKind::Flag(FlagOption::Playlist),
        "Send set_playlist before play",
    ),
    OptionEntry::new(
        "live",
        OptionKind::Flag(FlagOption::Live),
        "The stream is live",
    ),
    OptionEntry::new(
        "subscribe",
        OptionKind::Text(TextOption::Subscribe),
        "Live stream to subscribe to",
    ),
    OptionEntry::new(
        "jtv",
        OptionKind::Text(TextOption::UsherToken),
        "Token of a Justin.tv server",
    ),
    OptionEntry::new(
        "token",
        OptionKind::Text(TextOption::Token),
        "Key of SecureToken",
    ),
    OptionEntry::new(
        "swfVfy",
        OptionKind::Flag(FlagOption::SwfVerify),
        "Verify the player (SWF)",
    ),
    OptionEntry::new(
        "swfAge",
        OptionKind::Integer(IntegerOption::SwfAge),
        "Days to trust a known SWF",
    ),
    OptionEntry::new(
        "start",
        OptionKind::Integer(IntegerOption::Start),
        "Where to start, milliseconds",
    ),
    OptionEntry::new(
        "stop",
        OptionKind::Integer(IntegerOption::Stop),
        "Where to stop, milliseconds",
    ),
    OptionEntry::new(
        "buffer",
        OptionKind::Integer(IntegerOption::Buffer),
        "Buffer time, milliseconds",
    ),
    OptionEntry::new(
        "timeout",
        OptionKind::Integer(IntegerOption::Timeout),
        "Network timeout, seconds",
    ),
    OptionEntry::new(
        "pubUser",
        OptionKind::Text(TextOption::PubUser),
        "Name of the publisher",
    ),
    OptionEntry::new(
        "pubPasswd",
        OptionKind::Text(TextOption::PubPasswd),
        "Password of the publisher",
    ),
    OptionEntry::new(
        "tlsVerify",
        OptionKind::TlsVerify,
        "Check the server's certificate (default: on)",
    ),
    OptionEntry::new(
        "tlsCAFile",
        OptionKind::TlsCaFile,
        "PEM file with the authorities to trust",
    ),
    OptionEntry::new("bind", OptionKind::Bind, "Local IP address to connect from"),
    OptionEntry::new(
        "outChunk",
        OptionKind::Exact(ExactOption::OutChunk),
        "Size of the chunks sent, announced (default: 128, not announced)",
    ),
    OptionEntry::new(
        "connectTimeout",
        OptionKind::Exact(ExactOption::ConnectTimeout),
        "Time to connect, milliseconds (default: timeout, at least 10 s)",
    ),
    OptionEntry::new(
        "sendTimeout",
        OptionKind::Exact(ExactOption::SendTimeout),
        "Time for a send without progress, milliseconds (default: timeout, at least 15 s)",
    ),
    OptionEntry::new(
        "receiveTimeout",
        OptionKind::Exact(ExactOption::ReceiveTimeout),
        "Time for a receive, milliseconds (default: timeout)",
    ),
    OptionEntry::new(
        "sendAhead",
        OptionKind::Exact(ExactOption::SendAhead),
        "Bytes that may wait in the system to be sent (default: its own limit)",
    ),
    OptionEntry::new(
        "fastStart",
        OptionKind::Switch(SwitchOption::FastStart),
        "Ask for the stream without waiting for answers (default: off)",
    ),
    OptionEntry::new(
        "silence",
        OptionKind::Switch(SwitchOption::Silence),
        "Hand out audio messages without a byte, which mean silence (default: off)",
    ),
    OptionEntry::new(
        "ertmp",
        OptionKind::Switch(SwitchOption::EnhancedRtmp),
        "Forward Enhanced RTMP, and tell servers so (default: off)",
    ),
    OptionEntry::new(
        "fourCcList",
        OptionKind::Codecs(CodecsOption::List),
        "Codecs that can be received, such as hvc1,av01 or * (default: not told)",
    ),
    OptionEntry::new(
        "videoFourCcInfoMap",
        OptionKind::Codecs(CodecsOption::Video),
        "Codecs of video with 1 (decode) + 2 (encode) + 4 (forward), such as hvc1:3,*:4",
    ),
    OptionEntry::new(
        "audioFourCcInfoMap",
        OptionKind::Codecs(CodecsOption::Audio),
        "The same of audio",
    ),
    OptionEntry::new(
        "capsEx",
        OptionKind::Exact(ExactOption::CapsEx),
        "Abilities of Enhanced RTMP, a bit each (default: not told)",
    ),
    OptionEntry::new(
        "videoFunction",
        OptionKind::Exact(ExactOption::VideoFunction),
        "Abilities with video, a bit each (default: 1, of players only)",
    ),
    OptionEntry::new(
        "reconnect",
        OptionKind::Reconnect,
        "Requests of servers to reconnect: report, auto (follow them) or no (default)",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_any_case() {
        assert_eq!(OptionEntry::find(b"FlashVer").unwrap().name, "flashver");
        assert_eq!(OptionEntry::find(b"live ").map(|entry| entry.name), None);
        assert_eq!(OptionEntry::find(b"auth").map(|entry| entry.name), None);
    }
}
