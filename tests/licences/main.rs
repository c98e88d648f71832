//! The licences of what is linked in are known, their texts are installed, and the documents say the truth about them.

mod crates;
mod texts;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crates::{Crate, linked_in};

/// Licences that ask for their notice and nothing else: the GPL version 2 alone can go with them.
const BESIDE_GPL2: [&str; 3] = ["BSD-3-Clause", "ISC", "MIT"];

const WITHOUT_TLS: [&str; 1] = ["--no-default-features"];

/// Compares a committed file with what it should be, or writes it.
fn is_up_to_date(name: &str, expected: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, expected).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == expected,
        "{name}: run `UPDATE=1 cargo test --test licences`, and look at what has changed"
    );
}

#[test]
fn texts_of_all_crates_are_installed() {
    is_up_to_date("THIRD-PARTY-LICENCES", &texts::document(&linked_in(&[])));
}

const DOCUMENT: &str = "docs/licences.md";
const TABLE: &str = "| crate | licence | without TLS |\n|---|---|---|\n";

fn table() -> String {
    let without_tls = linked_in(&WITHOUT_TLS);
    let row = |package: &Crate| {
        let remains = without_tls.contains(package);
        let Crate {
            name,
            version,
            licence,
            ..
        } = package;
        let remains = if remains { "linked in" } else { "" };
        format!("| {name} {version} | {licence} | {remains} |\n")
    };
    let rows: String = linked_in(&[]).iter().map(row).collect();
    format!("{TABLE}{rows}")
}

#[test]
fn document_lists_all_crates() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(DOCUMENT);
    let document = fs::read_to_string(path).unwrap();
    let (words, _) = document.split_once(TABLE).unwrap();
    is_up_to_date(DOCUMENT, &format!("{words}{}", table()));
}

/// The names of the crates that a program under the GPL version 2 alone cannot be distributed with.
fn at_odds_with_gpl2(crates: &BTreeSet<Crate>) -> Vec<&str> {
    let at_odds = |package: &&Crate| !package.may_be_had_under(|one| BESIDE_GPL2.contains(&one));
    let found = crates.iter().filter(at_odds);
    found.map(|package| package.name.as_str()).collect()
}

#[test]
fn gpl2_alone_bars_from_tls_only() {
    let without_tls = linked_in(&WITHOUT_TLS);
    assert!(without_tls.len() > 20, "{without_tls:?}");
    assert!(at_odds_with_gpl2(&without_tls).is_empty());
    assert_eq!(at_odds_with_gpl2(&linked_in(&[])), ["ring"]);
}

#[test]
fn alternatives_of_licences_are_understood() {
    let package = |licence: &str| Crate {
        name: String::new(),
        version: String::new(),
        licence: licence.to_string(),
        folder: Path::new("").to_path_buf(),
    };
    let is_taken = |licence: &str| package(licence).may_be_had_under(|one| one == "MIT");
    assert!(is_taken("MIT"));
    assert!(is_taken("Apache-2.0 OR MIT"));
    assert!(!is_taken("Apache-2.0 AND MIT"));
    assert!(is_taken("Apache-2.0 AND ISC OR MIT"));
    assert!(!is_taken("MIT-0"));
}
