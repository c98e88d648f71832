//! What the shared library and the archive export, and how the library is linked.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use crate::archive::{is_nobodys, symbols};
use crate::cc::{Side, built, repository, success};

/// Exported besides what the original exports: four that its header promises and it forgot to define, and new ones.
pub(crate) const ADDITIONS: [&str; 21] = [
    "AMFProp_SetBoolean",
    "AMFProp_SetNumber",
    "AMFProp_SetObject",
    "AMFProp_SetString",
    "RTMP_Cancel",
    "RTMP_ClassifyPayload",
    "RTMP_Configure",
    "RTMP_Drive",
    "RTMP_Finish",
    "RTMP_GetCapabilities",
    "RTMP_GetError",
    "RTMP_GetFourCc",
    "RTMP_GetFourCcInfo",
    "RTMP_GetPayloadTracks",
    "RTMP_GetReconnectRequest",
    "RTMP_GetStats",
    "RTMP_LastError",
    "RTMP_Pending",
    "RTMP_SetNonBlocking",
    "RTMP_Start",
    "RTMP_Want",
];

/// One dynamic symbol.
#[derive(PartialEq, Eq, Debug)]
struct Symbol {
    /// The letter of nm: T code, R constants, D data, B zero-filled data.
    kind: char,
    /// Bytes; of data only.
    size: Option<u64>,
}

fn dynamic_symbols(side: Side) -> BTreeMap<String, Symbol> {
    let listed = success(
        Command::new("nm")
            .args(["-D", "-S", "--defined-only"])
            .arg(side.library()),
    );
    listed
        .lines()
        .map(|line| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let &[_, size, kind, name] = fields.as_slice() else {
                panic!("nm: {line}");
            };
            let kind = kind.chars().next().unwrap();
            let size = (kind != 'T').then(|| u64::from_str_radix(size, 16).unwrap());
            (name.to_string(), Symbol { kind, size })
        })
        .collect()
}

#[test]
fn exports_are_those_of_the_original() {
    let mut ours = dynamic_symbols(Side::Ours);
    for name in ADDITIONS {
        assert_eq!(
            ours.remove(name),
            Some(Symbol {
                kind: 'T',
                size: None
            }),
            "{name}"
        );
    }
    let original = dynamic_symbols(Side::Original);
    assert_eq!(original.len(), 116);
    let missing: Vec<_> = original
        .keys()
        .filter(|&name| !ours.contains_key(name))
        .collect();
    let added: Vec<_> = ours
        .keys()
        .filter(|&name| !original.contains_key(name))
        .collect();
    assert!(
        missing.is_empty() && added.is_empty(),
        "missing: {missing:?}, added: {added:?}"
    );
    assert_eq!(ours, original);
}

#[test]
fn exports_are_those_of_the_list() {
    let list = fs::read_to_string(repository().join("capi-tests/abi/symbols.txt")).unwrap();
    let original = dynamic_symbols(Side::Original);
    for line in list.lines() {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let &[name, kind, size] = fields.as_slice() else {
            panic!("symbols.txt: {line}");
        };
        let symbol = &original[name];
        assert_eq!(symbol.size, size.parse().ok(), "{name}");
        assert_eq!(symbol.kind == 'T', kind == "func", "{name}");
    }
    assert_eq!(original.len(), list.lines().count());
}

#[test]
fn symbols_have_no_versions() {
    let versions = success(Command::new("readelf").arg("-VW").arg(Side::Ours.library()));
    assert!(!versions.contains("Version definition"), "{versions}");
}

#[test]
fn identity_and_flags() {
    let dynamic = success(Command::new("readelf").arg("-dW").arg(Side::Ours.library()));
    assert!(
        dynamic.contains("Library soname: [librtmp.so.1]"),
        "{dynamic}"
    );
    // A thread of the library may outlive `dlclose`.
    assert!(dynamic.contains("NODELETE"), "{dynamic}");
    for unwanted in ["SYMBOLIC", "RPATH", "RUNPATH", "TEXTREL"] {
        assert!(!dynamic.contains(unwanted), "{dynamic}");
    }
}

#[test]
fn segments_fit_pages_of_16_kib() {
    let segments = success(Command::new("readelf").arg("-lW").arg(Side::Ours.library()));
    let aligned: Vec<_> = segments
        .lines()
        .filter(|line| line.trim_start().starts_with("LOAD"))
        .map(|line| {
            let digits = line.rsplit("0x").next().unwrap();
            u64::from_str_radix(digits.trim(), 16).unwrap()
        })
        .collect();
    assert!(
        aligned.len() >= 2 && aligned.iter().all(|&bytes| bytes >= 16_384),
        "{segments}"
    );
    // And no page is writable and executable.
    let stack = segments
        .lines()
        .find(|line| line.contains("GNU_STACK"))
        .unwrap();
    assert!(stack.contains(" RW "), "{stack}");
}

#[test]
fn variables_are_reached_through_their_symbols() {
    let relocations = success(Command::new("readelf").arg("-rW").arg(Side::Ours.library()));
    // The program's copy must be the one that counts.
    for name in ["RTMP_debuglevel", "RTMP_ctrlC", "RTMP_TLS_ctx"] {
        let found = relocations
            .lines()
            .any(|line| line.contains("_GLOB_DAT ") && line.contains(&format!(" {name} ")));
        assert!(found, "{name}\n{relocations}");
    }
}

#[test]
fn archive_adds_no_names() {
    let symbols = symbols(&fs::read(built("librtmp.a")).unwrap());
    let original = dynamic_symbols(Side::Original);
    let is_ours = |name: &str| original.contains_key(name) || ADDITIONS.contains(&name);
    for name in original.keys() {
        let here = symbols.iter().filter(|symbol| symbol.name == *name);
        assert_eq!(here.filter(|symbol| !symbol.is_hidden).count(), 1, "{name}");
    }
    let strangers: Vec<_> = symbols
        .iter()
        .filter(|symbol| !is_nobodys(symbol) && !is_ours(&symbol.name))
        .map(|symbol| &symbol.name)
        .collect();
    assert!(strangers.is_empty(), "{strangers:?}");
}
