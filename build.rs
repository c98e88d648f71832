//! Compiles the variadic part of the logging functions and names the shared library.

use std::env;

/// The name that programs were linked to.
const SONAME: &str = "librtmp.so.1";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=src/ffi/log.c");
    // What C must not export is hidden: a static link shows no name of ours but the public ones.
    cc::Build::new()
        .file("src/ffi/log.c")
        .std("c11")
        .flag_if_supported("-fvisibility=hidden")
        .warnings(true)
        .extra_warnings(true)
        .compile("librtmp_rs_log");

    let family = env::var("CARGO_CFG_TARGET_VENDOR").unwrap_or_default();
    let binary_format = env::var("CARGO_CFG_TARGET_FAMILY").unwrap_or_default();
    if family == "apple" {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-install_name,@rpath/librtmp.1.dylib");
    } else if binary_format == "unix" {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,{SONAME}");
        // Systems with pages of 16 KiB load only segments that are aligned so.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,max-page-size=16384");
        // A thread that looks up a name may still run when the program closes the library: its code must stay.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
}
