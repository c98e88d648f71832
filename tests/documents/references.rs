//! References to the specification, such as "spec 04 §3, §14 row 25; 05 §5" or "spec 10 P12", name what exists.

use std::fs;
use std::path::Path;

use super::read;

/// Where references are looked for.
const PLACES: [&str; 7] = [
    "src",
    "tests",
    "capi-tests",
    "fuzz/src",
    "include",
    "cbindgen",
    "docs",
];

#[test]
fn references_to_the_specification_lead_somewhere() {
    let (mut count, mut missing) = (0, Vec::new());
    for place in PLACES {
        each_text(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join(place),
            &mut |path, text| {
                for reference in text.split("spec ").skip(1) {
                    count += targets(reference, &mut |document, target| {
                        if !exists(document, &target) {
                            missing.push(format!("{}: {document} {target:?}", path.display()));
                        }
                    });
                }
            },
        );
    }
    assert!(missing.is_empty(), "{missing:#?}");
    assert!(count > 200, "{count}");
}

/// Shows each text file below `folder`, but not the specification itself.
fn each_text(folder: &Path, show: &mut impl FnMut(&Path, &str)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if !path.ends_with("docs/spec") {
                each_text(&path, show);
            }
        } else if let Ok(text) = fs::read_to_string(&path) {
            show(&path, &text);
        }
    }
}

#[derive(Debug)]
enum Target {
    Document,
    /// A heading that begins with the number.
    Section(String),
    /// A row of a table whose first cell is this.
    Row(String),
}

/// Finds what the words behind the first "spec" name, such as `04 §3, §14 rows 25 and 26; 05 section 5`. Returns how much
/// it is.
fn targets(text: &str, found: &mut impl FnMut(&str, Target)) -> usize {
    let (mut document, mut counted, mut count) = (None, None, 0);
    for word in text.split_whitespace() {
        let bare = word.trim_end_matches([',', ';', ')', '.', ':', '"', '`']);
        let is_number = bare.starts_with(|c: char| c.is_ascii_digit());
        match (document, counted) {
            (_, None) if is_number && bare.len() == 2 => {
                found(bare, Target::Document);
                document = Some(bare);
            }
            (Some(document), Some(as_target)) if is_number => {
                let as_target: fn(String) -> Target = as_target;
                found(document, as_target(bare.to_owned()));
            }
            (Some(document), _) if bare.starts_with('§') => {
                for number in bare.split('-').map(|number| number.trim_start_matches('§')) {
                    found(document, Target::Section(number.to_owned()));
                }
            }
            (Some(document), _) if is_defect(bare) => found(document, Target::Row(bare.to_owned())),
            (Some(_), _) => match bare {
                "row" | "rows" => counted = Some(Target::Row),
                "section" | "sections" | "part" => counted = Some(Target::Section),
                "and" | "to" => {}
                _ => break,
            },
            (None, _) => break,
        }
        count += 1;
        if word.ends_with(';') {
            counted = None;
        }
        if word.ends_with([')', ':', '.', '"']) {
            break;
        }
    }
    count
}

/// Names such as `R8` and `P12`.
fn is_defect(word: &str) -> bool {
    let mut letters = word.chars();
    let begins = letters.next().is_some_and(|c| c.is_ascii_uppercase());
    let rest = letters.as_str();
    begins && !rest.is_empty() && rest.bytes().all(|c| c.is_ascii_digit())
}

fn exists(document: &str, target: &Target) -> bool {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/spec");
    let files = fs::read_dir(folder).unwrap();
    let mut names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let Some(name) = names.find(|name| name.starts_with(&format!("{document}-"))) else {
        return false;
    };
    let text = read(&format!("docs/spec/{name}"));
    text.lines().any(|line| match target {
        Target::Document => true,
        Target::Section(number) => {
            line.starts_with('#') && {
                let heading = line.trim_start_matches('#').trim_start();
                let rest = heading.strip_prefix(number.as_str());
                rest.is_some_and(|rest| rest.starts_with(' ') || rest.starts_with(". "))
            }
        }
        Target::Row(name) => {
            let cell = line.trim_start_matches(['|', ' ', '*']);
            let rest = cell.strip_prefix(name.as_str());
            rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric()))
        }
    })
}
