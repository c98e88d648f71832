//! The texts of the licences that come with the crates.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::crates::Crate;

const HEAD: &str = "\
Licences of what is linked into librtmp
=======================================

librtmp.so and librtmp.a hold, besides this project's own code (LICENSE-MIT, LICENSE-APACHE), the crates below and parts of
Rust's standard library. docs/licences.md says what that means for programs. Of licences that a crate offers to choose from,
the text of the MIT licence is here. This file is written by `UPDATE=1 cargo test --test licences`.

The standard library: Copyright (c) The Rust Project Contributors, MIT OR Apache-2.0; its compiler-builtins also Apache-2.0
WITH LLVM-exception, its tables of Unicode Unicode-3.0. Rust comes with all its notices (COPYRIGHT-library.html).
";

const RULE: &str =
    "\n--------------------------------------------------------------------------------\n\n";

fn is_licence(path: &Path) -> bool {
    let name = path.file_name().unwrap().to_string_lossy().to_lowercase();
    name.starts_with("license") || name.starts_with("licence")
}

fn append_licences(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            append_licences(&path, found);
        } else if is_licence(&path) {
            found.push(path);
        }
    }
}

/// The files of the terms under which the crate is taken: the MIT licence, where it is offered, else all there are.
fn chosen(package: &Crate) -> Vec<PathBuf> {
    let mut all = Vec::new();
    append_licences(&package.folder, &mut all);
    all.sort();
    let is_mit = |path: &&PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy();
        path.parent() == Some(package.folder.as_path()) && name.contains("MIT")
    };
    let mit: Vec<_> = all.iter().filter(is_mit).cloned().collect();
    let may_choose = package.may_be_had_under(|licence| licence == "MIT");
    if may_choose && !mit.is_empty() {
        mit
    } else {
        all
    }
}

/// A text once, however its lines are broken, and the files it is in.
struct Text {
    text: String,
    files: Vec<String>,
}

impl Text {
    fn is_same(&self, text: &str) -> bool {
        self.text.split_whitespace().eq(text.split_whitespace())
    }
}

fn texts(crates: &BTreeSet<Crate>) -> Vec<Text> {
    let mut texts: Vec<Text> = Vec::new();
    for package in crates {
        let files = chosen(package);
        assert!(!files.is_empty(), "{package:?} comes without its licence");
        for path in files {
            let text = fs::read_to_string(&path).unwrap().replace('\r', "");
            let file = path.strip_prefix(&package.folder).unwrap().display();
            let file = format!("{} {}: {file}", package.name, package.version);
            match texts.iter_mut().find(|known| known.is_same(&text)) {
                Some(known) => known.files.push(file),
                None => texts.push(Text {
                    text,
                    files: vec![file],
                }),
            }
        }
    }
    texts
}

/// The text without blanks at the ends of lines and empty lines at its own.
fn tidy(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(str::trim_end).collect();
    format!("{}\n", lines.join("\n").trim_matches('\n'))
}

/// The whole file that is installed.
pub(crate) fn document(crates: &BTreeSet<Crate>) -> String {
    let mut document = HEAD.to_string();
    for text in texts(crates) {
        document.push_str(RULE);
        document.push_str(&text.files.join("\n"));
        document.push_str("\n\n");
        document.push_str(&tidy(&text.text));
    }
    document
}
