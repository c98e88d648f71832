//! The list of options.

use super::{
    CodecsOption, ExactOption, FlagOption, IntegerOption, OptionKind, SwitchOption, TextOption,
};

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
            | OptionKind::Reconnect
            | OptionKind::ConnectTo => "string",
            OptionKind::Integer(_) | OptionKind::Exact(_) | OptionKind::Family => "integer",
            OptionKind::Flag(_) | OptionKind::TlsVerify | OptionKind::Switch(_) => "boolean",
            OptionKind::Connect | OptionKind::ConnectProperties => "AMF",
        }
    }
}

/// All options, in the order in which users see them.
pub const OPTIONS: [OptionEntry; 45] = [
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
    OptionEntry::new(
        "family",
        OptionKind::Family,
        "Addresses to connect to: of IPv4 (4), of IPv6 (6), or of both (0, default)",
    ),
    OptionEntry::new(
        "sendBuffer",
        OptionKind::Exact(ExactOption::SendBuffer),
        "Bytes of the socket's buffer for sends (default: the system's)",
    ),
    OptionEntry::new(
        "nagle",
        OptionKind::Switch(SwitchOption::Nagle),
        "Leave Nagle's algorithm on (default: off)",
    ),
    OptionEntry::new(
        "quiet",
        OptionKind::Switch(SwitchOption::Quiet),
        "End without FCUnpublish and deleteStream (default: off)",
    ),
    OptionEntry::new(
        "reset",
        OptionKind::Switch(SwitchOption::Reset),
        "Reset a connection on which a send has failed (default: off)",
    ),
    OptionEntry::new(
        "connectTo",
        OptionKind::ConnectTo,
        "host[:port] to connect to in place of the URL's",
    ),
    OptionEntry::new(
        "connectProperties",
        OptionKind::ConnectProperties,
        "More properties of the connect command, such as NS:name:text,NB:name:1",
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
