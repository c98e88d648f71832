//! Preparing a connection (spec 02 §2-7).

use core::ffi::{c_char, c_int, c_long, c_uint};

use crate::abi::{AVal, CText, Origin, Place, RTMP};
use crate::ffi::{guard, guard_waiting, inside};
use crate::session::setup::{self, Stream};

/// Divides a URL rtmp[t][e|s]://host[:port][/app[/playpath]] into its parts. Nothing is connected.
///
/// host and app become parts of url, without a NUL of their own; the brackets of an IPv6 address are left out.
/// playpath becomes a NUL-terminated copy that the caller releases with free(), or NULL and 0. protocol is one of
/// RTMP_PROTOCOL_*, port is 0 when the URL names none.
///
/// Returns TRUE, or FALSE when url is no URL: then host keeps its value, the other results are 0, NULL, or what
/// was understood. An unknown scheme counts as rtmp, with a warning in the log.
///
/// # Safety
/// `url` is NULL or a NUL-terminated string; the results are NULL or valid for writing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn RTMP_ParseURL(
    url: *const c_char,
    protocol: *mut c_int,
    host: *mut AVal,
    port: *mut c_uint,
    playpath: *mut AVal,
    app: *mut AVal,
) -> c_int {
    let parse = || {
        // SAFETY: the caller's contract; nothing is written to the string.
        let url = unsafe { CText::from_ptr(url.cast_mut()) }?;
        // SAFETY: the caller's contract.
        let protocol = unsafe { Place::new(protocol) }?;
        // SAFETY: the caller's contract.
        let host = unsafe { Place::new(host) }?;
        // SAFETY: the caller's contract.
        let port = unsafe { Place::new(port) }?;
        // SAFETY: the caller's contract.
        let app = unsafe { Place::new(app) }?;
        // SAFETY: the caller's contract.
        let playpath = unsafe { Place::new(playpath) }?;
        let parsed = setup::parse_url(&url.slice(0..url.len()));
        protocol.put(parsed.protocol);
        port.put(parsed.port.into());
        playpath.put(parsed.playpath);
        app.put(parsed.app);
        if let Some(found) = parsed.host {
            host.put(found);
        }
        Some(parsed.complete)
    };
    guard(0, || parse().unwrap_or(false).into())
}

/// Derives a play path from the path of a URL: the value of slist= if in_ begins with a query that has one; with
/// the prefix mp4: or mp3: in place of such an extension; %xx decoded.
///
/// out becomes a NUL-terminated copy that the caller releases with free(), NULL and 0 when there is no memory.
///
/// # Safety
/// `in_` is NULL or points to a valid value; `out` is NULL or valid for writing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn RTMP_ParsePlaypath(in_: *mut AVal, out: *mut AVal) {
    let parse = || {
        // SAFETY: the caller's contract.
        let path = unsafe { in_.as_ref() }?;
        // SAFETY: the caller's contract.
        let out = unsafe { Place::new(out) }?;
        out.put(setup::parse_playpath(path));
        Some(())
    };
    guard((), || parse().unwrap_or(()));
}

/// Sets one option by its name, in any case: socks, app, tcUrl, pageUrl, swfUrl, flashver, conn, playpath, playlist,
/// live, subscribe, jtv, token, swfVfy, swfAge, start, stop, buffer, timeout, pubUser, pubPasswd, tlsVerify, tlsCAFile,
/// bind, outChunk, connectTimeout, sendTimeout, receiveTimeout, sendAhead, fastStart, silence, ertmp, fourCcList,
/// videoFourCcInfoMap, audioFourCcInfoMap, capsEx, videoFunction, reconnect, family, sendBuffer, nagle, quiet, reset, connectTo,
/// connectProperties. swfVfy and swfAge take effect in RTMP_SetupURL only.
///
/// socks names a proxy: host or host:port for SOCKS4, or socks4://, socks4a://, socks5:// or http:// and
/// [user:password@]host[:port]. An IPv6 address in front of a port stands in brackets. A port that is none counts as not
/// given; only host:0 means no proxy.
///
/// outChunk, 128 to 65536, is the size of the chunks that are sent behind the command connect, and is announced to the
/// server. Without it nothing is announced, and m_outChunkSize is used as it is, unless ertmp says otherwise.
///
/// fastStart asks for the stream without waiting for the answers in between: a publisher's RTMP_Connect sends all up to
/// the command publish, a player's all up to createStream, and RTMP_ConnectStream begins with play. The stream is taken to be 1;
/// the last command is repeated when the server names another. Publishing has to be enabled before RTMP_Connect, as ever.
/// Nothing is sent ahead with pubUser or token, or with a packet of the program's in place of the command connect.
///
/// ertmp makes a forwarder of Enhanced RTMP: connect says that any codec can be received and forwarded, with several
/// tracks, ModEx and nanoseconds, where fourCcList, videoFourCcInfoMap, audioFourCcInfoMap and capsEx do not say
/// otherwise; data messages in AMF3 (type 15) count as media, which RTMP_Read writes as FLV tags of type 15; and a
/// publisher announces chunks of 4096 bytes, unless outChunk is set or m_outChunkSize is not 128. fourCcList is codecs
/// separated by commas, the two maps codecs with numbers (hvc1:3,*:4), * is any codec, an empty text forgets them; capsEx
/// and videoFunction are numbers, sent as they are.
///
/// silence lets audio messages without a byte count as media; RTMP_Read writes them as FLV tags without data.
///
/// timeout bounds each receive. connectTimeout bounds looking up names, connecting and the talk with a proxy, together;
/// without it that is timeout, but 10 seconds at least. sendTimeout bounds a send of which the server takes nothing;
/// without it that is timeout, but 15 seconds at least. receiveTimeout replaces timeout for receives. 0 is no limit. A
/// timeout that the program has given to a socket of its own stays.
///
/// sendAhead bounds the bytes that wait in the system behind those on their way to the server, where it can (Linux, macOS):
/// when the network is too slow a send then waits instead of what is sent. A limit that the program has given to a socket
/// of its own stays.
///
/// reconnect says what is done when a server asks to connect anew (Enhanced RTMP): report lets RTMP_GetReconnectRequest tell
/// the program, auto follows the request, no, the default, passes over it. With report and auto servers are told, by bit 0 of
/// capsEx, that they may ask. Any other value is refused.
///
/// family, sendBuffer, nagle, quiet, reset and connectTo say what fields and flags of RTMP_CONFIG of these names say, which count before
/// them. family is 4, 6, or 0 for both; sendBuffer is in bytes, 0 for the system's; connectTo is a host or host:port, an IPv6 address in front
/// of a port in brackets, an empty text forgets it.
///
/// connectProperties adds properties to the object of the command connect, behind app and type, in the words of conn with commas between: NB:name:0 or 1,
/// NN:name:number, NS:name:text; NO:name:1 begins an object, O:0 ends it. In names and texts, a backslash and two hexadecimal
/// digits stand for one byte, such as \2c for a comma; behind a URL, whose own escapes come first, that is \5c2c. They take 16384 bytes
/// at most, with those of RTMP_CONFIG. An empty text forgets them.
///
/// The bytes of arg stay the caller's and must live until RTMP_Close, but for
/// tlsCAFile, bind, connectTo, fourCcList and the two maps, which are copied. Numbers are decimal, octal after 0, hexadecimal after 0x;
/// times are in milliseconds, timeout in seconds. Flags are set by 1, on, yes and true; other values leave them alone, but 0, off, no
/// and false unset tlsVerify, fastStart, ertmp, silence, nagle, quiet and reset.
///
/// Returns TRUE, or FALSE for an unknown option, with a list of the known ones in the log, and, with nothing changed, for
/// a bad conn and for values of bind, tlsCAFile, outChunk, sendAhead, sendBuffer, the three time limits, fourCcList, the two maps,
/// capsEx, videoFunction, reconnect, family, connectTo and connectProperties that cannot be meant.
///
/// # Safety
/// `r` is NULL or an initialised handle; `opt` and `arg` are NULL or point to valid values.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn RTMP_SetOpt(r: *mut RTMP, opt: *const AVal, arg: *mut AVal) -> c_int {
    let set = || {
        // SAFETY: the caller's contract.
        let rtmp = unsafe { RTMP::from_ptr(r) }?;
        // SAFETY: the caller's contract.
        let name = unsafe { opt.as_ref() }?;
        // SAFETY: the caller's contract.
        let value = unsafe { arg.as_ref() }?;
        Some(setup::set_option(rtmp, name, value, Origin::Program))
    };
    guard(0, || set().unwrap_or(false).into())
}

/// Prepares the handle for a URL, behind which options may follow as  name=value; in values, a backslash and two
/// hexadecimal digits stand for one byte (a blank is \20). Replaces protocol, host, port, app and play path, and sets
/// tcUrl unless an option did. Nothing is connected.
///
/// A login in the URL, user:password@ in front of the host, sets pubUser and pubPasswd too, until RTMP_Close.
///
/// url is used in place: it is written to if it has a blank, and must live, unchanged, until after RTMP_Close.
///
/// With swfVfy the player is fetched here, as RTMP_HashSWF does; the server may be silent for Link.timeout seconds, if that
/// is less than 5. RTMP_Cancel and RTMP_Close from another thread end that, and the call.
///
/// Returns TRUE, or FALSE when there is no URL, an option is not understood (those before it are set then), or the call was
/// ended.
///
/// # Safety
/// `r` is NULL or an initialised handle; `url` is NULL or a NUL-terminated string, writable if it has a blank.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn RTMP_SetupURL(r: *mut RTMP, url: *mut c_char) -> c_int {
    let set_up = |r: &RTMP| {
        // SAFETY: the caller's contract.
        let text = unsafe { CText::from_ptr(url) };
        text.is_some_and(|text| setup::set_up_url(r, text)).into()
    };
    // SAFETY: the caller's contract.
    unsafe { inside(r, 0, set_up) }
}

/// Prepares the handle from values one by one, in place of RTMP_SetupURL. Nothing is connected.
///
/// hostname, sockshost and playpath are mandatory, the latter two may be empty. The others may be NULL or empty
/// and then leave what is there, but for flashVer, which becomes RTMP_DefaultFlashVer. No tcUrl is made up. All
/// bytes stay the caller's and must live until after RTMP_Close.
///
/// protocol is one of RTMP_PROTOCOL_*; port is 0 for the protocol's own; sockshost is a proxy as in the
/// option socks; swfSHA256Hash has 32 bytes, used when swfSize is not 0; dStart and dStop are in
/// milliseconds, timeout is in seconds.
///
/// # Safety
/// `r` is NULL or an initialised handle; the texts are NULL or valid.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn RTMP_SetupStream(
    r: *mut RTMP,
    protocol: c_int,
    hostname: *mut AVal,
    port: c_uint,
    sockshost: *mut AVal,
    playpath: *mut AVal,
    tcUrl: *mut AVal,
    swfUrl: *mut AVal,
    pageUrl: *mut AVal,
    app: *mut AVal,
    auth: *mut AVal,
    swfSHA256Hash: *mut AVal,
    swfSize: u32,
    flashVer: *mut AVal,
    subscribepath: *mut AVal,
    usherToken: *mut AVal,
    dStart: c_int,
    dStop: c_int,
    bLiveStream: c_int,
    timeout: c_long,
) {
    // SAFETY: each text is NULL or valid by the caller's contract.
    let text = |value: *mut AVal| unsafe { value.as_ref() };
    let set_up = || {
        // SAFETY: the caller's contract.
        let rtmp = unsafe { RTMP::from_ptr(r) }?;
        let stream = Stream {
            protocol,
            hostname: text(hostname)?,
            port,
            sockshost: text(sockshost)?,
            playpath: text(playpath)?,
            tc_url: text(tcUrl),
            swf_url: text(swfUrl),
            page_url: text(pageUrl),
            app: text(app),
            auth: text(auth),
            swf_hash: text(swfSHA256Hash),
            swf_size: swfSize,
            flash_version: text(flashVer),
            subscribe_path: text(subscribepath),
            usher_token: text(usherToken),
            start: dStart,
            stop: dStop,
            live: bLiveStream != 0,
            timeout,
        };
        setup::set_up_stream(rtmp, &stream);
        Some(())
    };
    guard_waiting((), || set_up().unwrap_or(()));
}
