//! What the Debian packages say about the library is what it is.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use crate::cc::{repository, success};
use crate::elf::ADDITIONS;

fn read(name: &str) -> String {
    fs::read_to_string(repository().join("packaging").join(name)).unwrap()
}

/// The version since when a symbol is there, and whether it is tied to our package by the second dependency of the file.
fn symbols_of_the_package() -> BTreeMap<String, (String, bool)> {
    let text = read("debian/librtmp1.symbols");
    let lines = text.lines().filter_map(|line| line.strip_prefix(' '));
    lines
        .map(|line| {
            let fields: Vec<_> = line.split(' ').collect();
            let name = fields[0].strip_suffix("@Base").unwrap();
            let is_tied = match fields[2..] {
                [] => false,
                ["1"] => true,
                _ => panic!("{line}"),
            };
            (name.to_string(), (fields[1].to_string(), is_tied))
        })
        .collect()
}

#[test]
fn package_lists_all_symbols() {
    let mut symbols = symbols_of_the_package();
    for name in ADDITIONS {
        let (since, is_tied) = symbols.remove(name).unwrap();
        assert!(is_tied, "the original would do for {name}");
        assert!(
            since.as_str() >= "2.6.0",
            "{name} is not in 2.4: {since} is wrong"
        );
    }
    let list = fs::read_to_string(repository().join("capi-tests/abi/symbols.txt")).unwrap();
    let original: Vec<_> = list
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert!(symbols.keys().eq(original), "{symbols:?}");
    for (name, (since, is_tied)) in symbols {
        // What Debian says of its own: packages that are built with ours are content with that.
        assert!(
            ["2.3", "2.4+20131018.git79459a2"].contains(&since.as_str()),
            "{name}"
        );
        assert!(!is_tied, "the original does for {name}");
    }
}

#[test]
fn package_has_the_version_of_the_crate() {
    let changelog = read("debian/changelog");
    let latest = changelog.lines().next().unwrap();
    let version = latest.split(['(', '-', ')']).nth(2).unwrap();
    assert_eq!(version, env!("CARGO_PKG_VERSION"), "{latest}");
}

#[test]
fn scripts_are_read_by_their_shells() {
    for (shell, script) in [("bash", "run"), ("bash", "deny"), ("sh", "inside")] {
        let path = repository().join("packaging").join(script);
        success(Command::new(shell).arg("-n").arg(path));
    }
}
