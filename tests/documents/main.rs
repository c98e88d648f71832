//! What the documents name exists, and so does what is referred to in them.

mod references;

use std::fs;
use std::path::Path;

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The names in backquotes behind `kind` in the list of differences.
fn named<'a>(document: &'a str, kind: &str) -> Vec<&'a str> {
    let rows = document.lines().filter(|line| line.starts_with("| "));
    let tests = rows.filter_map(|row| row.trim_end_matches([' ', '|']).rsplit(" | ").next());
    let mentions = tests.flat_map(|test| test.split([',', ';'])).map(str::trim);
    let names = mentions.filter_map(|mention| mention.strip_prefix(kind)?.strip_prefix(" `"));
    names.filter_map(|name| name.split('`').next()).collect()
}

#[test]
fn differential_tests_of_the_differences_exist() {
    let (document, tests) = (
        read("docs/differences.md"),
        read("tests/differential/main.rs"),
    );
    let names = named(&document, "differential");
    assert!(names.len() > 20, "{names:?}");
    for name in names {
        assert!(
            tests.contains(&format!("    {name} => ")),
            "no differential test {name}"
        );
    }
}

#[test]
fn programs_of_the_differences_exist() {
    let document = read("docs/differences.md");
    let cases: String = [
        "rtmpdump",
        "proxies",
        "curl",
        "gstreamer",
        "gateway",
        "python_librtmp",
        "ffmpeg",
    ]
    .map(|module| read(&format!("capi-tests/programs/{module}.py")))
    .concat();
    for kind in ["program", "programs"] {
        for name in named(&document, kind) {
            assert!(cases.contains(name), "no program case {name}");
        }
    }
}
