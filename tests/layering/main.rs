//! The arrows between layers, folders and files point one way, and unsafe code stays where it belongs.
//!
//! A file uses another when its code names something of it by a path, or imports it; `mod child;` is no use. What the
//! compiler finds without a path, such as a method, is not seen.

mod graph;
mod made_up;
mod modules;
mod source;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use modules::{Crate, Files, Use};

/// Layer and the layers of this crate that it must not name.
const FORBIDDEN: [(&str, &[&str]); 7] = [
    ("syntax", &["abi", "ffi", "net", "proto", "session", "sys"]),
    ("proto", &["abi", "net", "sys", "session", "ffi"]),
    ("sys", &["abi", "net", "proto", "session", "ffi"]),
    ("net", &["abi", "proto", "session", "ffi"]),
    ("abi", &["net", "proto", "session", "ffi", "sys"]),
    ("session", &["ffi"]),
    // The AMF functions work on bare buffers: there is no session between them and `proto`.
    ("ffi", &["net"]),
];

/// Folder of session and the folders of session that it may use.
const SESSION: [(&str, &[&str]); 11] = [
    ("amf", &[]),
    ("state", &[]),
    ("link", &["state"]),
    ("swf", &["link", "state"]),
    ("setup", &["amf", "state", "swf"]),
    ("message", &["link", "state"]),
    ("dialogue", &["amf", "link", "message", "state"]),
    (
        "connect",
        &["dialogue", "link", "message", "setup", "state", "swf"],
    ),
    (
        "play",
        &["amf", "connect", "dialogue", "link", "message", "state"],
    ),
    (
        "publish",
        &["amf", "connect", "dialogue", "link", "message", "state"],
    ),
    (
        "nonblocking",
        &["connect", "link", "message", "publish", "state"],
    ),
];

/// Modules of std that the wire has no use for.
const WORLDLY: [&str; 6] = [
    "std::net",
    "std::fs",
    "std::time",
    "std::thread",
    "std::io",
    "std::env",
];

/// The most lines before the unit tests of a file.
const LONGEST: usize = 400;

/// All files below `src`.
fn files() -> Files {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Files::new();
    let mut open = vec![root.clone()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let name = path.strip_prefix(&root).unwrap().to_str().unwrap();
                files.insert(name.to_owned(), fs::read_to_string(&path).unwrap());
            }
        }
    }
    files
}

/// `net` for `net/tls/cache.rs` and for `net.rs`.
fn layer(file: &str) -> &str {
    let first = file.split('/').next().unwrap_or_default();
    first.trim_end_matches(".rs")
}

/// The line of [`SESSION`] for a file such as `session/link/wire.rs` or `session/swf.rs`; `None` for files beside the folders,
/// which all may use.
fn folder_of_session(file: &str) -> Option<(&'static str, &'static [&'static str])> {
    let name = layer(file.strip_prefix("session/")?);
    let line = SESSION.into_iter().find(|(folder, _)| *folder == name);
    assert!(
        line.is_some() || name == "feature",
        "{file} is in no known folder"
    );
    line
}

/// The lines of a file in front of its unit tests.
fn length(text: &str) -> usize {
    let code = text.split("#[cfg(test)]\nmod tests").next();
    code.unwrap_or_default().lines().count()
}

#[test]
fn arrows_point_one_way() {
    let files = files();
    let mut guilty = Vec::new();
    for Use { from, to, paths } in Crate::new(&files).uses() {
        let forbidden = FORBIDDEN
            .iter()
            .any(|(one, others)| *one == layer(&from) && others.contains(&layer(&to)));
        let folders = [&from, &to].map(|file| folder_of_session(file));
        let astray = match folders {
            [Some((one, allowed)), Some((other, _))] => one != other && !allowed.contains(&other),
            _ => false,
        };
        if forbidden || astray {
            guilty.push(format!("{from} uses {to}: {paths}\n"));
        }
    }
    assert!(guilty.is_empty(), "\n{}", guilty.concat());
}

#[test]
fn the_table_of_session_makes_no_circle() {
    let arrows = SESSION
        .iter()
        .flat_map(|(folder, allowed)| allowed.iter().map(move |other| (*folder, *other)));
    assert_eq!(graph::circles(arrows), []);
}

#[test]
fn no_circle_of_files() {
    let uses = Crate::new(&files()).uses();
    let arrows = uses.iter().map(|used| (&*used.from, &*used.to));
    let mut report = String::new();
    for circle in graph::circles(arrows) {
        report.push_str(&describe(&circle, &uses));
    }
    assert!(report.is_empty(), "\n{report}");
}

/// A circle of files with the arrows that make it.
fn describe(circle: &BTreeSet<&str>, uses: &[Use]) -> String {
    let mut text = format!("a circle of {} files:\n", circle.len());
    for Use { from, to, paths } in uses {
        if circle.contains(&**from) && circle.contains(&**to) {
            text.push_str(&format!("    {from} uses {to}: {paths}\n"));
        }
    }
    text
}

#[test]
fn files_are_short() {
    let files = files();
    let ours = Crate::new(&files);
    let long: Vec<_> = ours
        .files()
        .into_iter()
        .map(|file| (file, length(&files[file])))
        .filter(|(_, length)| *length > LONGEST)
        .collect();
    assert!(long.is_empty(), "more than {LONGEST} lines: {long:?}");
}

#[test]
fn proto_knows_no_world() {
    let ours = Crate::new(&files());
    for file in ours.files() {
        if layer(file) == "proto" {
            for path in ours.foreign(file) {
                let worldly = WORLDLY.iter().any(|module| path.starts_with(module));
                assert!(!worldly, "{file} uses {path}");
            }
        }
    }
}

#[test]
fn unsafe_code_lives_in_abi_ffi_and_sys_only() {
    let files = files();
    for layer in ["syntax", "proto", "session", "net"] {
        let root = files
            .get(&format!("{layer}.rs"))
            .or_else(|| files.get(&format!("{layer}/mod.rs")));
        assert!(root.unwrap().contains("#![forbid(unsafe_code)]"), "{layer}");
    }
}
