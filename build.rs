//! Compiles what has to be C: the variadic part of the logging functions, the way into the program's callbacks, `errno`. Names
//! the shared library, and knows what machines differ in.

use std::env;

/// The name that programs were linked to.
const SONAME: &str = "librtmp.so.1";

/// What has to be C.
const SOURCES: [&str; 3] = ["src/ffi/callback.c", "src/ffi/log.c", "src/sys/errno.c"];

/// Machines that stable Rust has an assembler for, since the version that Cargo.toml names: `src/ffi/log/jump.rs` knows their
/// jumps.
const WITH_ASSEMBLER: [&str; 8] = [
    "aarch64",
    "arm",
    "loongarch64",
    "riscv32",
    "riscv64",
    "s390x",
    "x86",
    "x86_64",
];

/// Machines whose toolchains align segments to 4 KiB. The others align to 64 KiB, and more is never asked for.
const SMALL_PAGES: [&str; 5] = ["riscv32", "riscv64", "s390x", "x86", "x86_64"];

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    for file in SOURCES.iter().chain(&["src/ffi/callback.h"]) {
        println!("cargo:rerun-if-changed={file}");
    }
    // What C must not export is hidden: a static link shows no name of ours but the public ones.
    cc::Build::new()
        .files(SOURCES)
        .std("c11")
        // An exception passes from the program's callback to the library's boundary, and from RTMP_Log to the program.
        .flag_if_supported("-fexceptions")
        .flag_if_supported("-fvisibility=hidden")
        .warnings(true)
        .extra_warnings(true)
        .compile("librtmp_rs_log");

    let machine = target("ARCH");
    if !WITH_ASSEMBLER.contains(&&*machine) {
        println!("cargo:rustc-cfg=librtmp_words");
    }
    if target("VENDOR") == "apple" {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-install_name,@rpath/librtmp.1.dylib");
    } else if target("FAMILY") == "unix" {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,{SONAME}");
        // Systems with pages of 16 KiB load only segments that are aligned so. Android's tools have known smaller ones only.
        if SMALL_PAGES.contains(&&*machine) || target("OS") == "android" {
            println!("cargo:rustc-cdylib-link-arg=-Wl,-z,max-page-size=16384");
        }
        // A thread that looks up a name may still run when the program closes the library: its code must stay.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
}

/// What cargo says about the system that is built for.
fn target(what: &str) -> String {
    env::var(format!("CARGO_CFG_TARGET_{what}")).unwrap_or_default()
}
