//! The headers: what the original's declare is there, as it is there; everything else is in a list, which only gets longer.

use std::collections::BTreeMap;
use std::env;
use std::fmt::Write;
use std::fs;
use std::process::Command;

use crate::cc::{Side, repository, scratch, success};

const HEADERS: [&str; 4] = ["amf", "http", "log", "rtmp"];

/// A compiler that has read the headers of a library.
fn compiler(side: Side) -> Command {
    let mut compiler = Command::new("cc");
    compiler.args(side.includes());
    for name in HEADERS {
        compiler.args(["-include", &format!("librtmp/{name}.h")]);
    }
    compiler
}

/// What the headers of a library say, by name. Those of the system are left out.
#[derive(Default)]
struct Headers {
    macros: BTreeMap<String, String>,
    declarations: BTreeMap<String, String>,
}

impl Headers {
    fn of(side: Side) -> Self {
        let text = success(compiler(side).args(["-E", "-dD", "-x", "c", "/dev/null"]));
        let mut headers = Self::default();
        let (mut is_of_library, mut code) = (false, String::new());
        for line in text.lines() {
            if let Some(place) = line.strip_prefix("# ") {
                is_of_library = place.contains("/librtmp/");
            } else if is_of_library {
                match line.strip_prefix("#define ") {
                    Some(definition) => headers.define(definition),
                    None => code.extend([line, "\n"]),
                }
            }
        }
        for declaration in statements(&code) {
            headers
                .declarations
                .insert(name_of(&declaration), declaration);
        }
        headers
    }

    /// Parameters belong to the meaning, as the blank in front of a meaning without.
    fn define(&mut self, definition: &str) {
        let end = definition.find([' ', '(']).unwrap_or(definition.len());
        let (name, meaning) = definition.split_at(end);
        let blank = if meaning.starts_with(' ') { " " } else { "" };
        let meaning = format!("{blank}{}", spaced(meaning));
        self.macros.insert(name.to_string(), meaning);
    }
}

/// With one blank where there is at least one.
fn spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The declarations, each without the semicolon at its end.
fn statements(code: &str) -> Vec<String> {
    let (mut found, mut begun, mut depth) = (Vec::new(), String::new(), 0);
    for letter in code.chars().filter(|&letter| letter != '#') {
        match letter {
            ';' if depth == 0 => found.push(spaced(&std::mem::take(&mut begun))),
            _ => begun.push(letter),
        }
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
    }
    found
}

/// What a declaration declares: a function, a type or a variable.
fn name_of(declaration: &str) -> String {
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let without_body = match (declaration.find('{'), declaration.rfind('}')) {
        (Some(begin), Some(end)) => [&declaration[..begin], &declaration[end + 1..]].concat(),
        _ => declaration.to_string(),
    };
    // The last word in front of parameters and lengths; of a type of functions the first between brackets.
    let head: Vec<_> = without_body.split(['(', '[']).collect();
    let head = match head.as_slice() {
        ["typedef void " | "typedef size_t ", name, ..] | [name, ..] => name,
        [] => "",
    };
    let last = head
        .split(|letter| !is_word(letter))
        .rfind(|word| !word.is_empty());
    last.unwrap_or_else(|| panic!("{declaration}")).to_string()
}

fn table(name: &str) -> String {
    fs::read_to_string(repository().join("capi-tests/abi").join(name)).unwrap()
}

/// They are written otherwise, and mean the same: `capi-tests/c/data.c`.
const OTHERWISE: [&str; 2] = ["AVC", "AVMATCH"];

#[test]
fn macros_of_the_original_are_there_with_their_values() {
    let (ours, original) = (Headers::of(Side::Ours), Headers::of(Side::Original));
    assert!(original.macros.len() > 60);
    let mut program = String::new();
    for (name, meaning) in &original.macros {
        let ours = ours.macros.get(name).unwrap_or_else(|| panic!("no {name}"));
        if ours != meaning && !OTHERWISE.contains(&name.as_str()) {
            writeln!(
                program,
                "_Static_assert(({name}) == ({meaning}), \"{name}\");"
            )
            .unwrap();
        }
    }
    let file = scratch("abi-headers").join("macros.c");
    fs::write(&file, program).unwrap();
    success(
        compiler(Side::Ours)
            .args(["-std=c11", "-fsyntax-only"])
            .arg(file),
    );
}

/// What they are is compared where the tables are: `layout`, `programs`.
#[test]
fn declarations_of_the_original_are_there_and_in_the_tables() {
    let (ours, original) = (Headers::of(Side::Ours), Headers::of(Side::Original));
    assert!(original.declarations.len() > 120);
    let tables = ["protos.c", "layout-x86_64.txt", "copyreloc.c"]
        .map(table)
        .concat();
    let words: Vec<_> = tables
        .split(|letter: char| !(letter.is_alphanumeric() || letter == '_'))
        .collect();
    for name in original.declarations.keys() {
        assert!(ours.declarations.contains_key(name), "no {name}");
        assert!(words.contains(&name.as_str()), "{name} is in no table");
    }
}

/// `UPDATE=1` writes the list. What a version has had stays as it was: a diff of the list shows additions only.
#[test]
fn additions_are_those_of_the_list() {
    let (ours, original) = (Headers::of(Side::Ours), Headers::of(Side::Original));
    let mut found = String::new();
    for (name, meaning) in ours.macros {
        if !original.macros.contains_key(&name) {
            writeln!(found, "#define {name}{meaning}").unwrap();
        }
    }
    for (name, declaration) in ours.declarations {
        if !original.declarations.contains_key(&name) {
            writeln!(found, "{declaration};").unwrap();
        }
    }
    let path = repository().join("capi-tests/abi/additions.txt");
    if env::var_os("UPDATE").is_some() {
        fs::write(path, found).unwrap();
    } else {
        assert!(
            found == table("additions.txt"),
            "the list is another one:\n{found}"
        );
    }
}
