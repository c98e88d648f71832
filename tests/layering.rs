//! The arrows between the layers point one way, and unsafe code stays where it belongs.

use std::fs;
use std::path::{Path, PathBuf};

/// Layer and the layers of this crate that it must not name.
const FORBIDDEN: [(&str, &[&str]); 6] = [
    ("proto", &["abi", "net", "sys", "session", "ffi"]),
    ("sys", &["abi", "net", "proto", "session", "ffi"]),
    ("net", &["abi", "proto", "session", "ffi"]),
    ("abi", &["net", "proto", "session", "ffi", "sys"]),
    ("session", &["ffi"]),
    // The AMF functions work on bare buffers: there is no session between them and `proto`.
    ("ffi", &["net"]),
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

fn sources(layer: &str) -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut open = vec![root.join(layer), root.join(format!("{layer}.rs"))];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(
                fs::read_dir(&path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
        } else if path.extension().is_some_and(|end| end == "rs") && path.exists() {
            let text = fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
    assert!(!found.is_empty(), "no sources of {layer}");
    found
}

/// The code in front of the unit tests, without comments.
fn code(text: &str) -> String {
    let code = text
        .split("#[cfg(test)]\nmod tests")
        .next()
        .unwrap_or_default();
    code.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn arrows_point_one_way() {
    for (layer, others) in FORBIDDEN {
        for (path, text) in sources(layer) {
            for other in others {
                let name = format!("crate::{other}");
                let guilty = code(&text).match_indices(&name).any(|(at, _)| {
                    // `crate::abi` must not be mistaken for `crate::abi_of_others`.
                    !code(&text)[at + name.len()..]
                        .starts_with(|next: char| next.is_alphanumeric() || next == '_')
                });
                assert!(!guilty, "{} uses {name}", path.display());
            }
        }
    }
}

#[test]
fn proto_knows_no_world() {
    for (path, text) in sources("proto") {
        for module in WORLDLY {
            assert!(
                !code(&text).contains(module),
                "{} uses {module}",
                path.display()
            );
        }
    }
}

#[test]
fn unsafe_code_lives_in_abi_ffi_and_sys_only() {
    for layer in ["proto", "session", "net"] {
        let root = sources(layer).into_iter().find(|(path, _)| {
            path.ends_with(format!("src/{layer}.rs")) || path.ends_with(format!("{layer}/mod.rs"))
        });
        let (path, text) = root.unwrap();
        assert!(
            text.contains("#![forbid(unsafe_code)]"),
            "{}",
            path.display()
        );
    }
}
