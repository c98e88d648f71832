//! Small made-up crates, so that the checks can be seen to fail.

use std::collections::BTreeSet;

use crate::graph;
use crate::modules::{Crate, Files};
use crate::{folder_of_session, layer, length};

fn made_up(sources: &[(&str, &str)]) -> Crate {
    let files = sources
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    Crate::new(&files.collect::<Files>())
}

/// Which files a crate's other files use, as `a.rs > b.rs`.
fn arrows(sources: &[(&str, &str)]) -> Vec<String> {
    let uses = made_up(sources).uses();
    uses.iter()
        .map(|used| format!("{} > {}", used.from, used.to))
        .collect()
}

/// The arrows of a crate of the modules `a` (with this text), `b` and `b::c`, which use nothing.
fn arrows_of_a(text: &str) -> Vec<String> {
    arrows(&[
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", text),
        ("b.rs", "pub mod c; pub struct B;"),
        ("b/c.rs", "pub fn f() {} pub enum E { One }"),
    ])
}

#[test]
fn a_path_leads_to_the_file_of_its_module() {
    let c = ["a.rs > b/c.rs"];
    assert_eq!(arrows_of_a("use crate::b::c;"), c);
    assert_eq!(arrows_of_a("use crate::b::c::{self};"), c);
    assert_eq!(arrows_of_a("use super::b::c::f as g;"), c);
    assert_eq!(arrows_of_a("use crate::b::c::*;"), c);
    assert_eq!(arrows_of_a("fn g() { super::b::c::f(); }"), c);
    assert_eq!(arrows_of_a("fn g() { use crate::b::c::f; f(); }"), c);
    assert_eq!(arrows_of_a("fn g(e: crate::b::c::E) {}"), c);
    assert_eq!(
        arrows_of_a("fn g() -> Option<Vec<crate::b::c::E>> { None }"),
        c
    );
    assert_eq!(arrows_of_a("mod inner { use super::super::b::c::f; }"), c);
    assert_eq!(arrows_of_a("use crate::b::B;"), ["a.rs > b.rs"]);
    let both = ["a.rs > b.rs", "a.rs > b/c.rs"];
    assert_eq!(arrows_of_a("use crate::{b::{B, c::{E, f}}};"), both);
    assert_eq!(arrows_of_a("use crate::b; fn g() { b::c::f(); }"), both);
    assert_eq!(arrows_of_a("use crate::b::*; fn g() { c::f(); }"), both);
}

#[test]
fn macros_hide_no_path() {
    let c = ["a.rs > b/c.rs"];
    assert_eq!(
        arrows_of_a(r#"fn g() { println!("{}", crate::b::c::f()); }"#),
        c
    );
    assert_eq!(
        arrows_of_a("macro_rules! m { ($x:ident) => { $crate::b::c::f($x) } }"),
        c
    );
    let own = [
        ("lib.rs", "#[macro_use] mod m; mod a;"),
        ("m.rs", "macro_rules! shout { () => {} }"),
        ("a.rs", "fn f() { assert!({ shout!(); true }); }"),
    ];
    assert_eq!(arrows(&own), ["a.rs > m.rs"]);
}

#[test]
fn what_is_no_code_is_no_use() {
    let none = [
        "// use crate::b::c;",
        "//! [`crate::b::c`]\n/** crate::b::c::f() */ fn g() {}",
        r#"const TEXT: &str = "crate::b::c::f()";"#,
        "#[doc = \"crate::b::c\"] #[expect(dead_code, reason = \"crate::b::c\")] fn g() {}",
        "pub(in crate::b::c) fn g() {}",
        "#[cfg(test)] use crate::b::c;",
        "#[cfg(test)]\nmod tests { use crate::b::c; }",
        "struct S; impl S { #[cfg(test)] fn g() { crate::b::c::f(); } }",
        "use std::c; fn g() { c::f(); }",
        "mod b { pub mod c {} } use b::c;",
    ];
    for text in none {
        assert_eq!(arrows_of_a(text), [""; 0], "{text}");
    }
}

#[test]
fn a_re_export_uses_what_it_shows_and_is_used_itself() {
    let facade = [
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "use crate::b::C; fn f() { C::new(); }"),
        ("b/mod.rs", "mod c; pub use c::C;"),
        ("b/c.rs", "pub struct C;"),
    ];
    assert_eq!(arrows(&facade), ["a.rs > b/mod.rs", "b/mod.rs > b/c.rs"]);
    let module = |re_export| {
        arrows(&[
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "fn f() { crate::b::c::f(); }"),
            ("b/mod.rs", re_export),
            ("b/d.rs", "pub mod c;"),
            ("b/d/c.rs", "pub fn f() {}"),
        ])
    };
    let through = ["a.rs > b/d/c.rs", "a.rs > b/mod.rs"];
    let named = module("mod d; pub use d::c;");
    assert_eq!(named[..2], through);
    assert_eq!(named[2..], ["b/mod.rs > b/d/c.rs"]);
    let all = module("mod d; pub use d::*;");
    assert_eq!(all[..2], through);
    assert_eq!(all[2..], ["b/mod.rs > b/d.rs"]);
}

#[test]
fn every_file_that_may_be_meant_counts() {
    let sources = [
        (
            "lib.rs",
            "mod a; #[cfg(x)] mod b; #[cfg(not(x))] #[path = \"no_b.rs\"] mod b;",
        ),
        ("a.rs", "use super::b::f;"),
        ("b.rs", "pub fn f() {}"),
        ("no_b.rs", "pub fn f() {}"),
    ];
    assert_eq!(arrows(&sources), ["a.rs > b.rs", "a.rs > no_b.rs"]);
}

#[test]
fn modules_inside_a_file_are_folders() {
    let sources = [
        ("lib.rs", "mod a;"),
        (
            "a.rs",
            "mod b { mod c; #[path = \"no_d.rs\"] mod d; mod e { use super::d; } }",
        ),
        ("a/b/c.rs", "use super::d;"),
        ("a/b/no_d.rs", ""),
    ];
    let expected = ["a.rs > a/b/no_d.rs", "a/b/c.rs > a/b/no_d.rs"];
    assert_eq!(arrows(&sources), expected);
}

#[test]
fn a_declaration_is_no_use_but_a_parent_and_its_child_can_make_a_circle() {
    let child = ("a/b.rs", "use super::A;");
    let declared = [("lib.rs", "mod a;"), ("a.rs", "mod b; struct A;"), child];
    assert_eq!(arrows(&declared), ["a/b.rs > a.rs"]);
    let circle = [
        ("lib.rs", "mod a;"),
        ("a.rs", "mod b; struct A; fn f() { b::g(); }"),
        child,
    ];
    assert_eq!(arrows(&circle), ["a.rs > a/b.rs", "a/b.rs > a.rs"]);
}

#[test]
fn circles_are_found_and_kept_apart() {
    let sets = |arrows: &[(&'static str, &'static str)]| graph::circles(arrows.iter().copied());
    assert_eq!(sets(&[("a", "b"), ("b", "c"), ("a", "c")]), []);
    let two = [
        ("a", "b"),
        ("b", "c"),
        ("c", "a"),
        ("c", "d"),
        ("d", "e"),
        ("e", "d"),
        ("e", "f"),
    ];
    assert_eq!(
        sets(&two),
        [BTreeSet::from(["a", "b", "c"]), BTreeSet::from(["d", "e"])]
    );
}

#[test]
fn paths_that_lead_out_are_told() {
    let ours = made_up(&[
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "use std::{fs, net::TcpStream}; use crate::b::f;"),
        ("b.rs", "pub fn f() { std::env::args(); }"),
    ]);
    assert_eq!(ours.foreign("a.rs"), ["std::net::TcpStream", "std::fs"]);
    assert_eq!(ours.foreign("b.rs"), ["std::env::args"]);
}

#[test]
fn the_lines_before_the_tests_count() {
    assert_eq!(length("one\ntwo\n"), 2);
    assert_eq!(length("one\n#[cfg(test)]\nmod tests {\n}\n"), 1);
    assert_eq!(length("one\n#[cfg(test)]\nfn two() {}\n"), 3);
}

#[test]
fn files_belong_to_layers_and_folders() {
    assert_eq!(
        ["net.rs", "net/mod.rs", "net/tls/cache.rs"].map(layer),
        ["net"; 3]
    );
    let names = [
        "session/link.rs",
        "session/link/wire.rs",
        "session/state.rs",
    ];
    let folders = names.map(|name| folder_of_session(name).map(|(folder, _)| folder));
    assert_eq!(folders, [Some("link"), Some("link"), Some("state")]);
    assert_eq!(folder_of_session("net/link/wire.rs"), None);
    assert_eq!(folder_of_session("session/feature.rs"), None);
}

#[test]
#[should_panic(expected = "is in no known folder")]
fn a_file_of_session_that_has_no_folder_is_refused() {
    folder_of_session("session/somewhere.rs");
}
