//! The program that calls all there is to call from several threads (`capi-tests/stress`, case `calls`) forgets nothing.

use std::fs;
use std::process::Command;

use crate::cc::{repository, success};

/// Parts of that program.
const SOURCES: [&str; 7] = [
    "calls.c",
    "preparing.c",
    "reading.c",
    "writing.c",
    "asking.c",
    "careless.c",
    "link.c",
];

/// They know no handle, and have suites of their own, which fetch: `tests/tls`, `capi-tests/hostile`.
const FETCHING: [&str; 2] = ["HTTP_get", "RTMP_HashSWF"];

/// They work on what they are given, and nothing else; of some others the program makes use, too.
fn is_for_memory_of_the_caller(name: &str) -> bool {
    name.starts_with("AMF") || ["RTMP_ParseURL", "RTMP_ParsePlaypath"].contains(&name)
}

/// All functions that the headers declare.
fn functions() -> Vec<String> {
    let headers = ["amf", "http", "log", "rtmp"];
    let text: String = headers
        .map(|name| {
            let header = repository().join(format!("include/librtmp/{name}.h"));
            success(
                Command::new("cc")
                    .args(["-E", "-P", "-D__attribute__(x)="])
                    .arg(header),
            )
        })
        .concat();
    // A declaration begins its line. Where it is cut into several the first one has the name.
    let mut names: Vec<_> = text
        .split_whitespace()
        .filter_map(|word| word.trim_start_matches('*').split_once('('))
        .map(|(name, _)| name)
        .filter(|name| {
            ["AMF", "HTTP_", "RTMP"]
                .iter()
                .any(|prefix| name.starts_with(prefix))
        })
        .map(str::to_string)
        .collect();
    names.sort();
    names.dedup();
    names
}

#[test]
fn every_function_is_called_by_several_threads() {
    let directory = repository().join("capi-tests/stress");
    let text: String = SOURCES
        .map(|name| fs::read_to_string(directory.join(name)).unwrap())
        .concat();
    let functions = functions();
    assert!(functions.len() >= 120, "{functions:?}");
    let forgotten: Vec<_> = functions
        .iter()
        .filter(|name| !text.contains(&format!("{name}(")))
        .filter(|name| !is_for_memory_of_the_caller(name) && !FETCHING.contains(&name.as_str()))
        .collect();
    assert!(forgotten.is_empty(), "{forgotten:?}");
}
