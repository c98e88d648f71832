//! The rows of docs/differences.md, by words that stand in their first column.

// AMF
pub(crate) const NULL_NAMES: &str = "A null member loses its name";
pub(crate) const EXACT_FITS: &str =
    "Strings, nulls, properties and the ends of objects need one to three bytes more room";
pub(crate) const STRICT_NAMES: &str = "Names of elements are written into strict arrays";
pub(crate) const AMF_HEADS: &str = "head is read before its size is checked";
pub(crate) const AMF_MARKERS: &str = "Typed objects, references, movie clips and record sets";
pub(crate) const AMF_NESTED_CLAIM: &str = "A nested array may claim more bytes than there are";
pub(crate) const AMF3_CLAIM: &str =
    "an object without its first number claims bytes that are not there";
pub(crate) const AMF_NEGATIVE_SIZE: &str = "A negative size reads on";
pub(crate) const AMF_NESTING: &str = "Nesting is followed until the stack overflows";
pub(crate) const AMF3_END: &str =
    "The empty name that ends a dynamic AMF3 object becomes one more property";
pub(crate) const AMF3_INTEGER: &str = "A 4-byte AMF3 integer that ends in 0x80 or more is wrong";

// URL, options, set-up
pub(crate) const LONG_HOST: &str = "A host name of more than 255 bytes leaves `host` as it was";
pub(crate) const COUNTED: &str = "read up to a NUL, beyond their counted bytes";
pub(crate) const PERCENT: &str = "`%` without a hexadecimal number behind it";
pub(crate) const MP4_PATH: &str = "`rtmp://host/vod/mp4:dir/x.mp4` has the application";
pub(crate) const STREAM_PORT: &str =
    "A port of more than 65535 given to `RTMP_SetupStream` is cut to 16 bits";
pub(crate) const PORT_ZERO: &str = "makes a `tcUrl` with port 0";
pub(crate) const ESCAPES: &str = "A value that `\\xx` shortens is followed by its old last bytes";
pub(crate) const TWO_BLANKS: &str = "With two blanks between the URL and the first option";
pub(crate) const SECOND_URL: &str = "A second RTMP_SetupURL keeps the `tcUrl`";
pub(crate) const UNBALANCED: &str = "An unbalanced end of an object";
pub(crate) const DROP_REQUEST: &str =
    "`RTMP_DropRequest` with an index outside the queue corrupts memory";

// Logging
pub(crate) const EMPTY_PRINT: &str =
    "`RTMP_LogPrintf` with an empty text reads the byte before its buffer";
pub(crate) const NULL_CALLBACK: &str = "`RTMP_LogSetCallback(NULL)` crashes at the next message";

pub(crate) const CONTROLS: &str = "Texts of peers are logged with whatever control characters";

// Connection and transport
pub(crate) const FREED_STRINGS: &str = "Strings that `RTMP_Close` frees keep their length";
pub(crate) const CHUNK_SIZES: &str = "Chunk sizes survive `RTMP_Close`";
pub(crate) const LOST_REPORT: &str =
    "An acknowledgement that cannot be written drops what was received";
pub(crate) const REPORT_WRAP: &str = "After 2 GiB no acknowledgement is sent";
pub(crate) const TICKETS: &str = "A TLS 1.3 server that sends session tickets";
pub(crate) const TLS_TIMEOUT: &str = "A receive timeout inside TLS closes the connection";
pub(crate) const CERTIFICATES: &str = "Any certificate of a TLS server is accepted";
pub(crate) const ONE_WRITE: &str = "Each chunk of a message is a system call of its own";
pub(crate) const NO_HOST: &str = "`RTMP_Connect` without a host";
pub(crate) const GIVEN_UP: &str = "`RTMP_ConnectStream` that gives up says nothing";
pub(crate) const CONNECTED_TWICE: &str = "`RTMP_Connect` on a connected handle";
pub(crate) const PROXY_KINDS: &str = "A proxy is a SOCKS4 proxy";
pub(crate) const SOCKS_BY_NAME: &str =
    "A server whose name is not found is asked for as 255.255.255.255";
pub(crate) const SOCKS_IN_TUNNEL: &str =
    "With rtmpt the request to a SOCKS proxy is wrapped in HTTP";
pub(crate) const SOCKS_SILENCE: &str = "A proxy that is silent is waited for without end";

pub(crate) const CLEAR_TEXT: &str = "`rtmpe://` goes on in clear text";
pub(crate) const DEGENERATE: &str = "Public keys 1 and p - 1 are accepted";
pub(crate) const SECRETS: &str = "The secret and the keys of RTMPE are logged at level DEBUG";
pub(crate) const NO_DIGEST: &str = "A client that states a version but has no digest is refused";

pub(crate) const TUNNEL_HTTP: &str = "RTMPT: responses must be spelled as one server spells them";
pub(crate) const TUNNEL_OPEN: &str = "RTMPT: the answer to `open`";
pub(crate) const TUNNEL_TIMEOUT: &str = "RTMPT: a timeout inside a response";
pub(crate) const TUNNEL_POLLING: &str = "RTMPT: idle requests follow each other without a pause";
pub(crate) const TUNNEL_ASKING: &str = "RTMPT: the server is asked only inside a read";
pub(crate) const TUNNEL_LOSS: &str = "RTMPT: responses are not read while a program publishes";

// Chunk stream and messages
pub(crate) const EQUAL_TIMES: &str = "Equal timestamps are sent with a type 3 header";
pub(crate) const FORCED_HEADER: &str =
    "A type 2 or 3 header is sent as the caller asks although size or type have changed";
pub(crate) const TIME_GOES_BACK: &str = "A time that goes back on a chunk stream";
pub(crate) const OUT_CHUNK_SIZE: &str = "An `m_outChunkSize` below 1";
pub(crate) const CHANNEL_RANGE: &str = "A chunk stream id outside the range of the wire";
pub(crate) const MALFORMED_INVOKE: &str = "A command without a readable name";
pub(crate) const ALLOC_WRAP: &str = "`RTMPPacket_Alloc` of nearly 4 GiB";
pub(crate) const TIMEOUT_INSIDE: &str = "A timeout inside a chunk loses what was received of it";
pub(crate) const NEW_HEADER_INSIDE: &str = "A new message header inside a partial message";
pub(crate) const ABORT: &str = "An Abort message (type 2) is passed over";
pub(crate) const CHUNK_POINTER: &str = "The `m_chunk` of the caller is replaced";
pub(crate) const IN_CHUNK_SIZE: &str = "A chunk size below 1 is taken from the peer";
pub(crate) const SHORT_CONTROL: &str =
    "Control messages that are too short are read beyond their end";

pub(crate) const WINDOW: &str = "A window that the server announces";

// Commands
pub(crate) const REFUSED: &str = "Refusals of the server are passed over";
pub(crate) const NOT_PUBLISHED: &str = "A publisher takes the name of its stream back";
pub(crate) const NO_TOKEN: &str = "A `secureToken` that is no text";
pub(crate) const ECMA_INFO: &str = "An information object sent as an ECMA array";
pub(crate) const LONG_TEXTS: &str = "A command with a text that is too long is silently not sent";
pub(crate) const ADOBE: &str = "Adobe's authentication writes base64 without an end";
pub(crate) const BAD_CHALLENGE: &str = "A challenge without `user`, `salt` or `nonce`";
pub(crate) const NO_DESCRIPTION: &str =
    "Publishing: an `_error` without information or description";
pub(crate) const ENDLESS_AUTH: &str = "A server that asks for credentials for ever";
pub(crate) const URL_LOGIN: &str = "`rtmp://user:password@host/` has the host `user`";

// Media: reading and writing FLV
pub(crate) const MEDIA_CHANNEL: &str = "Aggregates leave `m_mediaChannel` alone";
pub(crate) const SEEK_REFUSED: &str = "A seek that the server refuses, or never answers";
pub(crate) const EARLY_MEDIA: &str = "Media that comes behind `play`";
pub(crate) const HEADER_PHASE: &str =
    "What came before the FLV header is lost when the stream ends";
pub(crate) const TOLD: &str = "The connection is closed before the caller has been told the end";
pub(crate) const ONE_PACKET: &str = "`RTMP_Read` returns one packet at a time";
pub(crate) const HALF_SIZE: &str = "Half a size at the end of an aggregate";
pub(crate) const DURATION: &str = "A `duration` that is no number";
pub(crate) const OWN_INSTRUCTION: &str =
    "A script tag that begins with `@setDataFrame` or `@clearDataFrame` gets a second";
pub(crate) const LONG_HEADER: &str = "A file header is taken for 13 bytes";
pub(crate) const ANY_SPLIT: &str = "`RTMP_Write` needs whole tag headers in one call";
pub(crate) const STREAM_ID: &str =
    "A first tag at another time than 0 does not carry the stream id";
pub(crate) const SHORT_VIDEO: &str = "Video messages of five bytes and less are dropped";
pub(crate) const TYPE_BITS: &str = "`RTMP_Write` takes the whole first byte of a tag for its type";
pub(crate) const ENCRYPTED: &str = "Tags with the filter bit, whose data is encrypted, are sent";
pub(crate) const AMF3_INSTRUCTION: &str = "A tag of type 15 is sent as it is";
pub(crate) const STAYS_TIMED_OUT: &str = "After a timeout `m_read.status` stays EOF";
pub(crate) const NOTHING_ONCE: &str =
    "On a socket that the program has made non-blocking the first moment without";
pub(crate) const OLD_TIMESTAMP: &str = "A position left in `m_read.timestamp` by the last session makes the next one skip the header phase";
pub(crate) const START_ADDED: &str = "A start position is added to every timestamp";

// SWF verification and HTTP
pub(crate) const HTTP_HEAD: &str = "A head in several pieces, or whose lines end by LF alone";
pub(crate) const HTTP_INTERIM: &str = "An interim response (100, 102 and more)";
pub(crate) const HTTP_LENGTH: &str = "A `Content-Length` that is negative or does not fit an `int`";
pub(crate) const HTTP_DATE: &str = "A `Last-Modified` of any length";
pub(crate) const HTTPS_CERTIFICATES: &str =
    "`HTTP_get` and SWF hashes over https take any certificate";
pub(crate) const HTTPS_END: &str = "Over https, a body without a length ends";
pub(crate) const SWF_LATE: &str = "`swfVfy` set behind `RTMP_SetupURL` is ignored";
pub(crate) const SWF_REDIRECT: &str = "A redirected player is not followed";
pub(crate) const SWF_SHORT: &str = "A player of fewer than 8 bytes";
pub(crate) const SWFINFO_BARE: &str = "A record of `.swfinfo` with nothing but its URL";
pub(crate) const SWFINFO_UPDATE: &str = "`.swfinfo` is overwritten in place";
pub(crate) const SWFINFO_FIELDS: &str = "An empty `ctim:` in `.swfinfo`";
