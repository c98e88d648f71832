//! Compiles what has to be C, the variadic part of the logging functions and the way into the program's callbacks, and
//! names the shared library.

use std::env;

/// The name that programs were linked to.
const SONAME: &str = "librtmp.so.1";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    for file in ["callback.c", "callback.h", "log.c"] {
        println!("cargo:rerun-if-changed=src/ffi/{file}");
    }
    // What C must not export is hidden: a static link shows no name of ours but the public ones.
    cc::Build::new()
        .file("src/ffi/callback.c")
        .file("src/ffi/log.c")
        .std("c11")
        // An exception passes from the program's callback to the library's boundary, and from RTMP_Log to the program.
        .flag_if_supported("-fexceptions")
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
