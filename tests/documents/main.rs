//! What the documents name exists, and so does what is referred to in them.

mod links;
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

#[test]
fn every_option_is_explained() {
    let (manual, header) = (read("docs/librtmp.3"), read("include/librtmp/rtmp.h"));
    let list = header.split("Sets one option by its name").nth(1);
    let list = list.and_then(|rest| rest.split("RTMP_SetOpt").next());
    let [manual, list] = [&manual, list.unwrap()].map(str::to_lowercase);
    for option in &rtmp::proto::options::list::OPTIONS {
        let name = option.name.to_lowercase();
        let is_shown = manual.contains(&format!("\n.bi {name}= "));
        assert!(is_shown, "{name} is missing in the manual");
        let words = || list.split(|byte: char| !byte.is_alphanumeric());
        assert!(
            words().any(|word| word == name),
            "{name} is missing in the header"
        );
    }
}

/// Appends all that tests are made of: the names of files, in backquotes, and what is in them.
fn append_sources(directory: &Path, all: &mut String) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        all.push_str(&format!("`{}`", path.file_name().unwrap().display()));
        all.push_str(&format!("`{}`", path.file_stem().unwrap().display()));
        if path.is_dir() {
            append_sources(&path, all);
        } else {
            all.push_str(&String::from_utf8_lossy(&fs::read(&path).unwrap()));
        }
    }
}

#[test]
fn tests_of_the_promises_exist() {
    let mut all = String::new();
    for directory in ["src", "tests", "capi-tests", "fuzz/src"] {
        append_sources(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join(directory),
            &mut all,
        );
    }
    let document = read("docs/reliability.md");
    let mut sections = document.split("\n## ");
    let promises = sections
        .find(|section| section.starts_with("Promises"))
        .unwrap();
    let rows = promises
        .lines()
        .filter(|line| line.starts_with("| "))
        .skip(1);
    for row in rows {
        let tests = row
            .trim_end_matches([' ', '|'])
            .rsplit(" | ")
            .next()
            .unwrap();
        let names: Vec<_> = tests.split('`').skip(1).step_by(2).collect();
        assert!(!names.is_empty(), "nothing tries to break: {row}");
        for name in names {
            // A file, a function, an entry of the differential table, a case.
            let ways = [
                format!("`{name}`"),
                format!("{name}("),
                format!("{name} =>"),
                format!("\"{name}\""),
            ];
            assert!(ways.iter().any(|way| all.contains(way)), "no test {name}");
        }
    }
}
