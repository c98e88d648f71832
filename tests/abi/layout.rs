//! The structs, enumerations and macros that the headers show.

use std::fs;
use std::process::Command;

use crate::cc::{Program, Side, repository, run, scratch, success};

fn recorded(table: &str) -> String {
    fs::read_to_string(repository().join("capi-tests/abi").join(table)).unwrap()
}

/// The table that `layout.c` prints when it is compiled with these headers.
fn table(headers: Side, flags: &[&str], argument: &[&str], name: &str) -> String {
    let program = Program {
        source: "capi-tests/abi/layout.c",
        headers,
        linked: Side::Ours,
        flags,
    };
    run(&[], &program.build(name), argument, Side::Ours)
}

#[cfg(target_pointer_width = "64")]
#[test]
fn layouts() {
    let expected = recorded("layout-x86_64.txt");
    assert_eq!(table(Side::Ours, &[], &[], "ours"), expected);
    assert_eq!(table(Side::Original, &[], &[], "original"), expected);
}

#[cfg(target_pointer_width = "64")]
#[test]
fn layouts_without_crypto() {
    let expected = recorded("layout-x86_64-nocrypto.txt");
    assert_eq!(
        table(Side::Ours, &["-DNO_CRYPTO"], &[], "ours-nocrypto"),
        expected
    );
    assert_eq!(
        table(Side::Original, &["-DNO_CRYPTO"], &[], "original-nocrypto"),
        expected
    );
}

#[test]
fn types_of_fields() {
    let expected = recorded("types.txt");
    assert_eq!(table(Side::Ours, &[], &["types"], "ours-types"), expected);
    assert_eq!(
        table(Side::Original, &[], &["types"], "original-types"),
        expected
    );
}

#[test]
fn constants() {
    let expected = recorded("constants.txt");
    assert_eq!(
        table(Side::Ours, &[], &["consts"], "ours-constants"),
        expected
    );
    assert_eq!(
        table(Side::Original, &[], &["consts"], "original-constants"),
        expected
    );
}

/// The 32-bit layout, asserted at compile time: neither a 32-bit C library nor its headers are needed.
#[cfg(target_arch = "x86_64")]
#[test]
fn layouts_with_32_bit() {
    let directory = scratch("abi-32-bit");
    fs::write(directory.join("errno.h"), "").unwrap();
    let mut source = String::from("#include <librtmp/rtmp.h>\n#include <librtmp/http.h>\n");
    for line in recorded("layout-i386.txt").lines() {
        let fields: Vec<&str> = line.split(' ').collect();
        let &[name, field, offset, size] = fields.as_slice() else {
            panic!("layout-i386.txt: {line}");
        };
        let name = if name == "HTTP_ctx" {
            "struct HTTP_ctx"
        } else {
            name
        };
        let check = if name == "RTMP_LogLevel" {
            continue;
        } else if field == "@" {
            format!("_Alignof({name}) == {offset} && sizeof({name}) == {size}")
        } else {
            format!(
                "offsetof({name}, {field}) == {offset} && sizeof((({name} *)0)->{field}) == {size}"
            )
        };
        source += &format!("_Static_assert({check}, \"{line}\");\n");
    }
    // The structs that the original has not.
    let sizes = fs::read_to_string(repository().join("capi-tests/c/sizes.c")).unwrap();
    let pins = ["#define IS_WIDE", "_Static_assert"];
    let pinned: Vec<_> = sizes
        .lines()
        .filter(|line| pins.iter().any(|pin| line.starts_with(pin)))
        .collect();
    assert_eq!(pinned.len(), 10);
    let file = directory.join("layout.c");
    fs::write(&file, source + &pinned.join("\n")).unwrap();
    success(
        Command::new("cc")
            .args(["-m32", "-std=c11", "-ffreestanding", "-fsyntax-only", "-I"])
            .arg(&directory)
            .arg("-I")
            .arg(repository().join("include"))
            .arg(file),
    );
}
