//! Programs that hold every symbol, on our library: built for it, and built for the original.

use std::process::Command;

use crate::cc::{Program, Side, run, success};

const STRICT: &str = "-Werror=incompatible-pointer-types";

#[test]
fn every_prototype_and_symbol() {
    let program = Program {
        source: "capi-tests/abi/protos.c",
        headers: Side::Ours,
        linked: Side::Ours,
        flags: &[STRICT, "-DWITH_SETTERS"],
    };
    assert_eq!(run(&[], &program.build("ours"), &[], Side::Ours), "116\n");
}

#[test]
fn every_symbol_of_a_program_for_the_original() {
    let program = Program {
        source: "capi-tests/abi/protos.c",
        headers: Side::Original,
        linked: Side::Original,
        flags: &[STRICT],
    };
    let executable = program.build("original");
    assert_eq!(run(&[], &executable, &[], Side::Original), "116\n");
    assert_eq!(run(&[], &executable, &[], Side::Ours), "116\n");
}

/// The program and the library must agree on where the variables are, also when the program has taken copies of them.
fn shares_variables(name: &str, flags: &[&str], built_for: Side) {
    let program = Program {
        source: "capi-tests/abi/copyreloc.c",
        headers: built_for,
        linked: built_for,
        flags,
    };
    let executable = program.build(name);
    let relocations = success(Command::new("readelf").arg("-rW").arg(&executable));
    let copies = relocations
        .lines()
        .filter(|line| line.contains("_COPY "))
        .count();
    assert_eq!(copies, 6, "{relocations}");
    assert_eq!(run(&[], &executable, &[], Side::Original), "ok\n");
    assert_eq!(run(&[], &executable, &[], Side::Ours), "ok\n");
}

#[test]
fn variables_are_shared_with_a_fixed_program() {
    let fixed = ["-fno-pie", "-no-pie"];
    shares_variables("fixed-ours", &fixed, Side::Ours);
    shares_variables("fixed-original", &fixed, Side::Original);
}

#[test]
fn variables_are_shared_with_a_relocatable_program() {
    let relocatable = ["-fpie", "-pie"];
    shares_variables("pie-ours", &relocatable, Side::Ours);
    shares_variables("pie-original", &relocatable, Side::Original);
}

#[cfg(target_arch = "x86_64")]
#[test]
fn variables_are_shared_without_copies() {
    let program = Program {
        source: "capi-tests/abi/copyreloc.c",
        headers: Side::Ours,
        linked: Side::Ours,
        flags: &["-fPIC", "-fpie", "-mno-direct-extern-access"],
    };
    assert_eq!(
        run(&[], &program.build("no-copies"), &[], Side::Ours),
        "ok\n"
    );
}
