//! Links of the documents lead to files and headings that exist, and the documents agree on the version.

use std::fs;
use std::path::{Path, PathBuf};

use super::read;

/// Where documents are, but for the specification, which has no links.
const FOLDERS: [&str; 4] = ["", "docs", "examples", "packaging"];

fn documents() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let entries = FOLDERS
        .iter()
        .flat_map(|folder| fs::read_dir(root.join(folder)).unwrap());
    let files = entries.map(|entry| entry.unwrap().path());
    files
        .filter(|path| path.extension().is_some_and(|end| end == "md"))
        .collect()
}

/// The targets of `[text](target)`.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
}

/// Whether a document has a heading that a link calls `anchor`.
fn has_heading(text: &str, anchor: &str) -> bool {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings
        .map(|line| line.trim_start_matches('#').trim())
        .any(|heading| {
            let kept = heading.to_lowercase().replace(' ', "-");
            let kept = kept
                .chars()
                .filter(|letter| letter.is_alphanumeric() || matches!(letter, '-' | '_'));
            kept.eq(anchor.chars())
        })
}

#[test]
fn links_lead_somewhere() {
    let (mut count, mut dead) = (0, Vec::new());
    for document in documents() {
        let text = fs::read_to_string(&document).unwrap();
        for link in
            links(&text).filter(|link| !link.contains("://") && !link.starts_with("mailto:"))
        {
            count += 1;
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() {
                document.clone()
            } else {
                document.parent().unwrap().join(file)
            };
            let has_anchor = anchor.is_empty()
                || fs::read_to_string(&target).is_ok_and(|text| has_heading(&text, anchor));
            if !target.exists() || !has_anchor {
                dead.push(format!("{}: {link}", document.display()));
            }
        }
    }
    assert!(dead.is_empty(), "{dead:#?}");
    assert!(count > 20, "{count}");
}

#[test]
fn manual_and_changelog_name_the_version() {
    let version = env!("CARGO_PKG_VERSION");
    let (short, _) = version.rsplit_once('.').unwrap();
    let manual = read("docs/librtmp.3");
    assert!(manual.starts_with(".TH LIBRTMP 3 \"20"), "no date");
    assert!(
        manual
            .lines()
            .next()
            .unwrap()
            .contains(&format!("\"librtmp-rs {short}\""))
    );
    let changelog = read("CHANGELOG.md");
    let newest = changelog
        .lines()
        .find(|line| line.starts_with("## "))
        .unwrap();
    assert!(newest.starts_with(&format!("## {version} ")), "{newest}");
}
