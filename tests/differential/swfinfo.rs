//! What scenarios of `RTMP_HashSWF` share: a home directory, players, and one call with all that it changes.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::http::{Server, Then, whole};
use crate::library::Library;
use crate::scenario::{Scenario, scenario};
use crate::trace::{ERROR, Trace, hex};

/// `HOME` is the process's: one scenario at a time has it, with nothing in it but what the scenario puts there.
pub(crate) struct Home {
    pub(crate) info: PathBuf,
    _only: MutexGuard<'static, ()>,
}

impl Home {
    pub(crate) fn with(info_text: Option<&str>) -> Self {
        static ONLY: Mutex<()> = Mutex::new(());
        static PLACE: OnceLock<PathBuf> = OnceLock::new();
        let only = ONLY.lock().unwrap_or_else(PoisonError::into_inner);
        let place = PLACE.get_or_init(|| {
            let place = std::env::temp_dir().join(format!("swfinfo-{}", std::process::id()));
            std::fs::create_dir_all(&place).expect("a directory of our own");
            // SAFETY: once, and nobody else in this process asks for HOME or changes the environment.
            unsafe { std::env::set_var("HOME", &place) };
            place
        });
        std::fs::create_dir_all(place).expect("the same directory");
        let info = place.join(".swfinfo");
        match info_text {
            Some(text) => std::fs::write(&info, text).expect("a file of our own"),
            None => drop(std::fs::remove_file(&info)),
        }
        Self { info, _only: only }
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.info);
        let _ = std::fs::remove_dir(self.info.parent().expect("a directory"));
    }
}

/// So many days ago, at a time of day that the original reads right.
fn days_ago(days: i64) -> String {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("a clock");
    let day = i64::try_from(now.as_secs()).expect("seconds") / 86_400 - days;
    let output = std::process::Command::new("date")
        .env("LC_ALL", "C")
        .args(["-u", "+%a, %d %b %Y %H:%M:%S GMT", "-d"])
        .arg(format!("@{}", day * 86_400 + 40_271))
        .output()
        .expect("date");
    let text = String::from_utf8(output.stdout).expect("text");
    text.trim_end().to_owned()
}

pub(crate) fn hash(lib: &'static Library, trace: &mut Trace, url: &str, age: i32) {
    let mut size = 7_u32;
    let mut hash = [0x55_u8; 32];
    let url = format!("{url}\0");
    let ret = lib.RTMP_HashSWF(url.as_ptr(), &raw mut size, hash.as_mut_ptr(), age);
    trace.note("RTMP_HashSWF", ret);
    trace.note("size", size);
    trace.note("hash", hex(&hash));
}

/// The file line by line; times that were not there before read as NOW.
pub(crate) fn info(trace: &mut Trace, home: &Home, before: &str) {
    let text = std::fs::read(&home.info);
    let Ok(text) = text else {
        trace.text("no .swfinfo");
        return;
    };
    let text = String::from_utf8_lossy(&text).into_owned();
    for line in text.split_inclusive('\n') {
        let is_new = line.starts_with("ctim: ") && line.len() == 36 && !before.contains(line);
        let line = if is_new { "ctim: NOW\n" } else { line };
        trace.text(format!("info: {}", line.escape_default()));
    }
}

/// What one call of `RTMP_HashSWF` meets. `PORT` in the file and the URL is the server's, `AGO:n` a date n days ago.
#[derive(Clone)]
pub(crate) struct Case {
    info: Option<String>,
    url: &'static str,
    age: i32,
    replies: Vec<(Vec<u8>, Then)>,
}

pub(crate) fn case(name: impl Into<String>, case: Case) -> Scenario {
    scenario(
        format!("RTMP_HashSWF: {}", name.into()),
        move |lib, trace| {
            let server = Server::start(case.replies.clone());
            let port = server.port.to_string();
            trace.call(port.clone(), "PORT");
            let fill = |text: &str| {
                let text = text.replace("PORT", &port);
                [-100, -1, 1, 100].iter().fold(text, |text, &days| {
                    text.replace(&format!("AGO:{days};"), &days_ago(days))
                })
            };
            let before = case.info.as_deref().map(fill);
            let home = Home::with(before.as_deref());
            let place = home.info.display().to_string();
            trace.call(place, "INFO");
            hash(lib, trace, &fill(case.url), case.age);
            info(trace, &home, before.as_deref().unwrap_or_default());
            server.finish(trace);
        },
    )
    .level(ERROR)
}

pub(crate) fn stored() -> Vec<u8> {
    let mut file = b"CWS\x0a\x6c\0\0\0\x78\x01\x01\x64\0\x9b\xff".to_vec();
    file.extend(0..100);
    file.extend([0x8b, 0x7c, 0x13, 0x57]);
    file
}

pub(crate) fn ok(headers: &str, body: &[u8]) -> (Vec<u8>, Then) {
    let length = body.len();
    let mut reply = whole(
        "200 OK",
        &format!("{headers}Content-Length: {length}\r\n"),
        "",
    )
    .into_bytes();
    reply.extend_from_slice(body);
    (reply, Then::Close)
}

/// The original's hasher wants at least 8 bytes.
pub(crate) fn status(status: &str) -> (Vec<u8>, Then) {
    let reply = whole(status, "Content-Length: 12\r\n", "an odd state");
    (reply.into(), Then::Close)
}

pub(crate) const URL: &str = "http://127.0.0.1:PORT/d/p.swf";
pub(crate) const DATE: &str = "Sat, 14 Nov 2009 15:12:01 GMT";

pub(crate) fn record(ago: i64) -> String {
    format!(
        "url: http://127.0.0.1:PORT/d/p.swf\nctim: AGO:{ago};\ndate: {DATE}\nsize: 00000100\nhash: {}\n",
        "ab".repeat(32)
    )
}

pub(crate) fn with(
    info: Option<String>,
    url: &'static str,
    age: i32,
    replies: Vec<(Vec<u8>, Then)>,
) -> Case {
    Case {
        info,
        url,
        age,
        replies,
    }
}
