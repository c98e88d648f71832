//! Whole sessions against the scripted server (spec 05 section 7, spec 02 section 8).

use crate::handle::Handle;
use crate::library::Library;
use crate::messages::{NULL, command, number, object, status, text};
use crate::scenario::{Scenario, scenario};
use crate::server::{Connection, Server, client};
use crate::trace::{Trace, unhex};

pub(crate) const STATE: &str = "m_bPlaying m_stream_id m_numInvokes connected sb_timedout m_nBytesIn \
    m_mediaChannel m_nServerBW m_nClientBW m_nClientBW2";

/// Connect, start the stream, run `rest`, close; the server's record last.
pub(crate) fn session(
    name: &str,
    url: &'static str,
    publish: bool,
    script: fn(&mut Connection),
    rest: fn(&Library, &Handle, &mut Trace),
) -> Scenario {
    scenario(name, move |lib, trace| {
        let server = Server::start(1, move |_, connection| {
            connection.handshake();
            script(connection);
        });
        let client = client(lib, trace, url, server.port);
        if publish {
            lib.RTMP_EnableWrite(client.handle.raw);
        }
        trace.note(
            "RTMP_Connect",
            lib.RTMP_Connect(client.handle.raw, std::ptr::null_mut()),
        );
        trace.note(
            "RTMP_ConnectStream",
            lib.RTMP_ConnectStream(client.handle.raw, 0),
        );
        trace.fields(&client.handle, STATE);
        trace.text(client.handle.show_calls());
        rest(lib, &client.handle, trace);
        lib.RTMP_Close(client.handle.raw);
        trace.fields(
            &client.handle,
            "connected m_stream_id m_numInvokes m_numCalls",
        );
        server.finish(trace);
    })
}

fn nothing(_: &Library, _: &Handle, _: &mut Trace) {}

/// Read to the end and once more: the bytes together, the last results, and what the handle says then.
/// When the connection closes inside of that is not compared, so its farewell comes last.
pub(crate) fn read_to_end(lib: &Library, handle: &Handle, trace: &mut Trace, size: i32) {
    trace.log();
    let before = trace.lines.len();
    let mut all = Vec::new();
    let mut buffer = vec![0xaa_u8; usize::try_from(size).expect("a size") + 16];
    let mut last = 0;
    for _ in 0..10_000 {
        last = lib.RTMP_Read(handle.raw, buffer.as_mut_ptr(), size);
        let Ok(count @ 1..) = usize::try_from(last) else {
            break;
        };
        all.extend_from_slice(&buffer[..count]);
    }
    let again = lib.RTMP_Read(handle.raw, buffer.as_mut_ptr(), size);
    trace.log();
    let lines = trace.lines.split_off(before);
    let (farewell, lines): (Vec<_>, Vec<_>) = lines
        .into_iter()
        .partition(|line| line == "DEBUG: Invoking deleteStream");
    trace.lines.extend(lines);
    trace.lines.extend(farewell);
    trace.bytes("FLV", &all);
    trace.note("last RTMP_Read", last);
    trace.note("and again", again);
    trace.note(
        "nothing behind the buffer",
        buffer[buffer.len() - 16..] == [0xaa; 16],
    );
    trace.fields(
        handle,
        "m_read.status m_read.flags m_read.dataType m_read.timestamp connected",
    );
}

pub(crate) fn play_live(server: &mut Connection) {
    server.await_command("connect");
    server.accept_connect();
    server.send(3, 0, 0x14, 0, &command("onBWDone", 0.0, &[NULL]));
    let transaction = server.await_command("createStream");
    server.await_command("_checkbw");
    server.send(
        3,
        0,
        0x14,
        0,
        &command("_result", transaction, &[NULL, &number(1.0)]),
    );
    server.send(
        3,
        0,
        0x14,
        0,
        &command("_onbwcheck", 21.0, &[NULL, &number(0.0)]),
    );
    server.await_command("play");
    server.send(2, 0, 4, 0, &unhex("0000 00000001"));
    server.send(5, 0, 0x14, 1, &status("NetStream.Play.Reset"));
    server.send(5, 0, 0x14, 1, &status("NetStream.Play.Start"));
    server.send(6, 0, 8, 1, &unhex("af01 616263646566"));
    server.send(6, 40, 9, 1, &unhex("17010000007676767676"));
    server.send(5, 0, 0x14, 1, &status("NetStream.Play.Complete"));
}

fn play_recorded(server: &mut Connection) {
    server.accept_stream();
    server.await_command("play");
    server.send(3, 0, 0x14, 0, &command("playlist_ready", 0.0, &[NULL]));
    server.send(5, 0, 0x14, 1, &status("NetStream.Play.Start"));
    server.send(6, 0, 9, 1, &unhex("170100000076"));
    server.send(6, 0, 8, 1, &unhex("af0161"));
    server.send(6, 40, 9, 1, &unhex("270100000076"));
    server.end_output();
}

pub(crate) fn accept_publish(server: &mut Connection) {
    server.await_command("connect");
    server.accept_connect();
    server.await_command("releaseStream");
    let transaction = server.await_command("createStream");
    server.send(
        3,
        0,
        0x14,
        0,
        &command("_result", transaction, &[NULL, &number(1.0)]),
    );
    server.await_command("publish");
    let info = object(&[
        ("level", text("status")),
        ("code", text("NetStream.Publish.Start")),
        ("description", text("Start publishing")),
    ]);
    server.send(5, 0, 0x14, 1, &command("onStatus", 0.0, &[NULL, &info]));
}

fn write_file(lib: &Library, handle: &Handle, trace: &mut Trace) {
    let metadata = "12 00002d 000000 00 000000 02 000a 'onMetaData' 08 00000001 0008 'duration' \
        00 0000000000000000 000009 00000038";
    // The size in the header is counted here, not by hand.
    let mut script = unhex(metadata);
    let len = script.len() - 15;
    script[3] = u8::try_from(len).expect("short");
    let tags = "08 000004 000000 00 000000 af001210 0000000f 09 000008 000000 00 000000 \
        1700000000636667 00000013 08 000006 000017 00 000000 af0161616161 00000011 09 000009 \
        000028 00 000000 270100000076767676 00000014";
    let file = [unhex("'FLV' 01 05 00000009 00000000"), script, unhex(tags)].concat();
    let size = i32::try_from(file.len()).expect("short");
    trace.note(
        "RTMP_Write takes all",
        lib.RTMP_Write(handle.raw, file.as_ptr(), size) == size,
    );
}

pub(crate) fn dialogues() -> Vec<Scenario> {
    let to_end: fn(&Library, &Handle, &mut Trace) = |l, h, t| read_to_end(l, h, t, 4096);
    let live = "rtmp://127.0.0.1:PORT/live/mystream live=1";
    let vod = "rtmp://127.0.0.1:PORT/vod/mp4:clip.mp4 start=5000 stop=9000 playlist=1";
    vec![
        session("7.1 play, live", live, false, play_live, to_end),
        session("7.2 play, recorded", vod, false, play_recorded, to_end),
        session(
            "7.3 publish",
            "rtmp://127.0.0.1:PORT/live/mystream",
            true,
            accept_publish,
            write_file,
        ),
        session("play, small reads", vod, false, play_recorded, |l, h, t| {
            read_to_end(l, h, t, 7);
        }),
        session(
            "every connect field",
            "rtmp://127.0.0.1:PORT/app/play flashver=LNX swfUrl=http://h/p.swf \
             pageUrl=http://h/page.html tcUrl=rtmp://x/app conn=B:1 conn=O:1 conn=NN:code:1.23 \
             conn=O:0 conn=S:end subscribe=sub jtv={}",
            false,
            |server| {
                server.accept_stream();
                server.await_command("play");
                server.send(5, 0, 0x14, 1, &status("NetStream.Play.Start"));
            },
            nothing,
        ),
        session(
            "no app",
            "rtmp://127.0.0.1:PORT",
            false,
            |server| {
                server.await_command("connect");
                server.end_output();
            },
            nothing,
        ),
        session(
            "StreamNotFound",
            live,
            false,
            |server| {
                server.accept_stream();
                server.await_command("play");
                server.send(5, 0, 0x14, 1, &status("NetStream.Play.StreamNotFound"));
            },
            nothing,
        ),
        session(
            "Stop before Start",
            live,
            false,
            |server| {
                server.accept_stream();
                server.await_command("play");
                server.send(5, 0, 0x14, 1, &status("NetStream.Play.Stop"));
            },
            nothing,
        ),
        session(
            "media before play",
            live,
            false,
            |server| {
                server.send(6, 0, 8, 1, &unhex("af0161"));
                server.send(6, 0, 9, 1, &unhex("170000000000"));
                server.send(5, 0, 0x12, 1, &text("onMetaData"));
                server.accept_stream();
                server.await_command("play");
                server.send(5, 0, 0x14, 1, &status("NetStream.Play.Start"));
            },
            nothing,
        ),
        session(
            "a ping while starting, and a new chunk size",
            live,
            false,
            |server| {
                server.send(2, 0, 4, 0, &unhex("0006 01020304"));
                server.accept_stream();
                server.await_command("play");
                server.send(2, 0, 1, 0, &unhex("00000080"));
                server.send(5, 0, 0x14, 1, &status("NetStream.Play.Start"));
            },
            nothing,
        ),
        session(
            "the server closes after connect",
            live,
            false,
            |server| {
                server.await_command("connect");
                server.end_output();
            },
            nothing,
        ),
    ]
}
