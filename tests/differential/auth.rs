//! Publisher authentication (spec 03 section 4): the same dialogues, the random parts checked and then masked.

use md5::{Digest, Md5};

use crate::anchors;
use crate::commands_session::accept_publish;
use crate::messages::{NULL, command, number, object, text};
use crate::scenario::{Scenario, scenario};
use crate::server::{Client, Connection, Server, client};
use crate::trace::{ERROR, Trace, hex};

const STATE: &str = "app tcUrl playpath lFlags m_bPlaying m_stream_id connected";
const JOE: &str = "pubUser=joe pubPasswd=secret";

/// A description as servers write it: what is in its brackets, and what follows them.
fn words(inside: &str, behind: &str) -> String {
    format!("[ AccessManager.Reject ] : [ {inside} ] : {behind}")
}

fn need_user(mode: &str) -> String {
    words(&format!("code=403 need auth; authmod={mode}"), "")
}

fn need_response(mode: &str, pairs: &str) -> String {
    words(
        &format!("authmod={mode}"),
        &format!("?reason=needauth{pairs}"),
    )
}

fn described(description: &str) -> Vec<u8> {
    object(&[
        ("level", text("error")),
        ("code", text("NetConnection.Connect.Rejected")),
        ("description", text(description)),
    ])
}

/// Rejects one connection after the other with these information objects, then accepts.
fn server(information: Vec<Vec<u8>>) -> Server {
    let count = information.len() + 1;
    Server::start(count, move |number, connection: &mut Connection| {
        connection.handshake();
        let Some(info) = information.get(number) else {
            return accept_publish(connection);
        };
        connection.await_command("connect");
        let error = command("_error", 1.0, &[NULL, info]);
        connection.send(3, 0, 0x14, 0, &error);
    })
}

fn publish(
    lib: &'static crate::library::Library,
    trace: &mut Trace,
    url: &str,
    server: &Server,
) -> Client {
    let client = client(lib, trace, url, server.port);
    lib.RTMP_EnableWrite(client.handle.raw);
    trace.note(
        "RTMP_Connect",
        lib.RTMP_Connect(client.handle.raw, std::ptr::null_mut()),
    );
    trace.note(
        "RTMP_ConnectStream",
        lib.RTMP_ConnectStream(client.handle.raw, 0),
    );
    client
}

/// Overwrites the hexadecimal digits behind `name`. Headers of chunks, one byte each, may stand anywhere.
fn mask_digits(bytes: &mut [u8], name: &str, count: usize) {
    let places: Vec<usize> = (0..bytes.len()).filter(|&at| bytes[at] != 0xc3).collect();
    let text: Vec<u8> = places.iter().map(|&at| bytes[at]).collect();
    for at in 0..places.len() {
        if text[at..].starts_with(name.as_bytes()) {
            let digits = places[at + name.len()..].iter().take(count);
            digits.for_each(|&place| bytes[place] = b'#');
        }
    }
}

fn mask(bytes: &mut [u8]) {
    mask_digits(bytes, "cnonce=", 8);
    mask_digits(bytes, "&response=", 32);
}

/// The random parts become equal, and the lines go that show the password and its hashes: ours has none.
fn regularise(trace: &mut Trace) {
    let mut hashes = false;
    trace.lines.retain(|line| {
        let was_hash = std::mem::replace(&mut hashes, line.contains("PublisherAuth, md5("));
        !(hashes || was_hash && line.contains("  0000: "))
    });
    for line in &mut trace.lines {
        let mut bytes = std::mem::take(line).into_bytes();
        mask(&mut bytes);
        *line = String::from_utf8(bytes).expect("text");
    }
}

fn value<'a>(app: &'a str, name: &str) -> &'a str {
    let (_, rest) = app.split_once(name).unwrap_or_default();
    rest.split(['&', '"']).next().unwrap_or_default()
}

fn md5(text: &str) -> String {
    hex(&Md5::digest(text.as_bytes()))
}

/// The response that spec 03 section 4.3 asks for.
fn llnw_response(app: &str, resource: &str) -> String {
    let [who, what] =
        ["joe:live:secret".to_owned(), format!("publish:/{resource}")].map(|text| md5(&text));
    let nonces = format!(
        "{}:00000001:{}",
        value(app, "&nonce="),
        value(app, "cnonce=")
    );
    md5(&format!("{who}:{nonces}:auth:{what}"))
}

fn llnw(name: &str, path: &'static str, resource: &'static str) -> Scenario {
    scenario(name, move |lib, trace| {
        let ask = need_response("llnw", "&user=joe&nonce=abcd");
        let server = server(vec![described(&need_user("llnw")), described(&ask)]);
        let url = format!("rtmp://127.0.0.1:PORT/{path} {JOE}");
        let client = publish(lib, trace, &url, &server);
        let app = crate::handle::field(&client.handle.get(), "app");
        let is_right = value(&app, "&response=") == llnw_response(&app, resource);
        trace.note("the response is right", is_right);
        trace.fields(&client.handle, STATE);
        lib.RTMP_Close(client.handle.raw);
        trace.fields(&client.handle, "lFlags connected");
        server.finish_masked(trace, mask);
        regularise(trace);
    })
}

pub(crate) fn dialogues() -> Vec<Scenario> {
    vec![
        llnw("llnw", "live/mystream", "live/_definst_"),
        llnw("llnw with an instance", "live/inst/mystream", "live/inst"),
        scenario("adobe names the user first", |lib, trace| {
            let server = server(vec![described(&need_user("adobe"))]);
            let url = format!("rtmp://127.0.0.1:PORT/live/mystream {JOE}");
            let client = publish(lib, trace, &url, &server);
            trace.fields(&client.handle, STATE);
            lib.RTMP_Close(client.handle.raw);
            server.finish(trace);
        }),
    ]
}

/// The last rejection stands: its words are the original's. Then ours ends at once, while the original waits.
fn stands(name: &str, options: &'static str, rejections: &[String]) -> Scenario {
    let information: Vec<_> = rejections.iter().map(|words| described(words)).collect();
    scenario(name, move |lib, trace| {
        let server = server(information.clone());
        let url = format!("rtmp://127.0.0.1:PORT/live/mystream timeout=1 {options}");
        let client = publish(lib, trace, &url, &server);
        lib.RTMP_Close(client.handle.raw);
        drop(server);
        trace.log();
        let kept = ["PublisherAuth", "RTMP_Connect", "HandleInvoke, error desc"];
        trace.lines.retain(|line| {
            kept.iter().any(|word| line.contains(word)) && !line.contains("Connect1")
        });
    })
}

pub(crate) fn rejections() -> Vec<Scenario> {
    let reason =
        |mode: &str, reason: &str| words(&format!("authmod={mode}"), &format!("?reason={reason}"));
    vec![
        stands("no user", "", &[need_user("llnw")]),
        stands("no password", "pubUser=joe", &[need_user("adobe")]),
        stands(
            "rejected again",
            JOE,
            &[need_user("adobe"), need_user("adobe")],
        ),
        stands(
            "adobe, wrong",
            JOE,
            &[reason("adobe", "authfailed&opaque=x")],
        ),
        stands("llnw, wrong", JOE, &[reason("llnw", "authfail")]),
        stands("no such user", JOE, &[reason("llnw", "nosuchuser")]),
        stands("unknown", JOE, &[reason("adobe", "weather")]),
        stands(
            "both ways",
            "",
            &[words("code=403 need auth; authmod=llnw", "authmod=adobe")],
        ),
        stands("neither", JOE, &[words("code=403 need auth", "")]),
    ]
}

/// What the original does not survive.
fn ours(
    name: &str,
    anchor: &'static str,
    information: Vec<Vec<u8>>,
    expected: &[&str],
) -> Scenario {
    scenario(name, move |lib, trace| {
        let server = server(information.clone());
        let url = format!("rtmp://127.0.0.1:PORT/live/mystream timeout=1 {JOE}");
        let client = publish(lib, trace, &url, &server);
        trace.fields(&client.handle, "m_bPlaying");
        lib.RTMP_Close(client.handle.raw);
        drop(server);
        trace.log();
        trace.lines.retain(|line| !line.contains("RTMP_SetupURL"));
    })
    .level(ERROR)
    .ours_only(anchor, expected)
}

/// A challenge that cannot be answered: the second rejection stands.
fn malformed(name: &str, mode: &str, pairs: &str) -> Scenario {
    let words = need_response(mode, pairs);
    let unknown =
        format!("ERROR: PublisherAuth, Authentication failed: unknown auth mode: {words}");
    let refused = format!("ERROR: server refused connect: NetConnection.Connect.Rejected {words}");
    ours(
        name,
        anchors::BAD_CHALLENGE,
        vec![described(&words)],
        &[
            "RTMP_Connect = 1",
            &unknown,
            &refused,
            "RTMP_ConnectStream = 0",
            "m_bPlaying = 0",
        ],
    )
}

fn undescribed(name: &str, information: Vec<u8>, refused: &str) -> Scenario {
    ours(
        name,
        anchors::NO_DESCRIPTION,
        vec![information],
        &[
            "RTMP_Connect = 1",
            refused,
            "RTMP_ConnectStream = 0",
            "m_bPlaying = 0",
        ],
    )
}

pub(crate) fn deviations() -> Vec<Scenario> {
    let challenge = need_response("adobe", "&user=joe&salt=abcd&opaque=ijkl");
    let endless = need_response("llnw", "&user=joe&nonce=abcd");
    let bare = "ERROR: server refused connect: NetConnection.Connect.Rejected ";
    let only_code = ("code", text("NetConnection.Connect.Rejected"));
    vec![
        ours(
            "adobe to the end",
            anchors::ADOBE,
            vec![described(&need_user("adobe")), described(&challenge)],
            &[
                "RTMP_Connect = 1",
                "RTMP_ConnectStream = 1",
                "m_bPlaying = 1",
            ],
        ),
        ours(
            "a server that asks for ever",
            anchors::ENDLESS_AUTH,
            vec![described(&endless); 4],
            &[
                "RTMP_Connect = 1",
                "ERROR: PublisherAuth, the server rejected 3 more connections",
                &format!("{bare}{endless}"),
                "RTMP_ConnectStream = 0",
                "m_bPlaying = 0",
            ],
        ),
        malformed("nothing in it", "adobe", ""),
        malformed("no salt", "adobe", "&user=joe&opaque=x"),
        malformed("no user", "llnw", "&nonce=x"),
        malformed("no values", "llnw", "&user&nonce&=&&==="),
        undescribed(
            "no information",
            NULL.to_vec(),
            "ERROR: server refused connect:  ",
        ),
        undescribed(
            "no description",
            object(std::slice::from_ref(&only_code)),
            bare,
        ),
        undescribed(
            "a description that is a number",
            object(&[only_code.clone(), ("description", number(1.0))]),
            bare,
        ),
        undescribed("an empty description", described(""), bare),
    ]
}

/// Name and password in the URL.
fn login(name: &str, url: &'static str, app: &'static str) -> Scenario {
    scenario(name, move |lib, trace| {
        let server = server(vec![described(&need_user("llnw"))]);
        let client = publish(lib, trace, url, &server);
        trace.fields(
            &client.handle,
            "hostname app tcUrl pubUser pubPasswd m_bPlaying",
        );
        lib.RTMP_Close(client.handle.raw);
        trace.fields(&client.handle, "pubUser pubPasswd playpath0");
        drop(server);
    })
    .level(ERROR)
    .deviates(
        anchors::URL_LOGIN,
        &[
            "RTMP_SetupURL = 1",
            "RTMP_Connect = 1",
            "RTMP_ConnectStream = 1",
            "hostname = \"127.0.0.1\"",
            &format!("app = \"{app}\""),
            &format!("tcUrl = \"rtmp://127.0.0.1:PORT/{app}\""),
            "pubUser = \"joe\"",
            "pubPasswd = \"a@b\"",
            "m_bPlaying = 1",
            "pubUser = -",
            "pubPasswd = -",
            "playpath0 = -",
        ],
    )
}

pub(crate) fn logins() -> Vec<Scenario> {
    vec![
        login(
            "a login in the URL",
            "rtmp://joe:a%40b@127.0.0.1:PORT/live/mystream",
            "live?authmod=llnw&user=joe",
        ),
        login(
            "a login in a URL without play path",
            "rtmp://j%6fe:a@b@127.0.0.1:PORT/live playpath=mystream",
            "live?authmod=llnw&user=joe",
        ),
    ]
}
