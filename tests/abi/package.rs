//! What `make install` leaves, and what pkg-config makes of it.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cc::{self, repository, scratch, success};

const PREFIX: &str = "/opt/stream";

/// Installs the libraries of this test below a fresh directory.
fn install(name: &str) -> PathBuf {
    let root = scratch(name);
    fs::remove_dir_all(&root).unwrap();
    let built = root.join("built/library");
    fs::create_dir_all(&built).unwrap();
    for file in ["librtmp.so", "librtmp.a"] {
        symlink(cc::built(file), built.join(file)).unwrap();
    }
    let destination = root.join("destination");
    success(
        Command::new("make")
            .current_dir(repository())
            // The libraries are there: cargo has nothing to do.
            .args(["install", "CARGO=true", &format!("prefix={PREFIX}")])
            .arg(format!("CARGO_TARGET_DIR={}", root.join("built").display()))
            .arg(format!("DESTDIR={}", destination.display())),
    );
    destination
}

fn files(directory: &Path, below: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, below, found);
        } else {
            found.push(
                path.strip_prefix(below)
                    .unwrap()
                    .to_string_lossy()
                    .into_owned(),
            );
        }
    }
}

/// Asks pkg-config about the installed library.
fn pkg_config(destination: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("pkg-config");
    command
        .args(arguments)
        .arg("librtmp")
        .env("PKG_CONFIG_SYSROOT_DIR", destination)
        .env(
            "PKG_CONFIG_LIBDIR",
            format!("{}{PREFIX}/lib/pkgconfig", destination.display()),
        );
    command
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_string).collect()
}

/// Makes a program with the options that pkg-config prints; its path.
fn build(destination: &Path, source: &Path, options: &[&str]) -> PathBuf {
    let executable = destination.join("program");
    success(
        Command::new("cc")
            .args(["-DWITH_SETTERS", "-o"])
            .arg(&executable)
            .arg(source)
            .args(words(&success(&mut pkg_config(destination, options)))),
    );
    executable
}

/// Makes a small program of one's own with the options that pkg-config prints; its path.
fn build_probe(destination: &Path, options: &[&str]) -> PathBuf {
    let source = destination.join("probe.c");
    fs::write(
        &source,
        "#include <librtmp/rtmp.h>\n#include <librtmp/log.h>\n#include <stdio.h>\n\
         int main(void)\n{\n  RTMP *r = RTMP_Alloc();\n  RTMP_Init(r);\n\
           RTMP_Log(RTMP_LOGERROR, \"%s\", \"logged\");\n\
           printf(\"%x %d\\n\", (unsigned)RTMP_LibVersion(), RTMP_Socket(r));\n\
           RTMP_Close(r);\n  RTMP_Free(r);\n  return 0;\n}\n",
    )
    .unwrap();
    build(destination, &source, options)
}

#[test]
fn installed_files() {
    let destination = install("install-files");
    let mut found = Vec::new();
    files(&destination, &destination.join("opt/stream"), &mut found);
    found.sort();
    let expected = [
        "include/librtmp/amf.h",
        "include/librtmp/http.h",
        "include/librtmp/log.h",
        "include/librtmp/rtmp.h",
        "lib/librtmp.a",
        "lib/librtmp.so",
        "lib/librtmp.so.1",
        "lib/pkgconfig/librtmp.pc",
        "share/man/man3/librtmp.3",
    ];
    // The rest are documents (capi-tests/install names them).
    found.retain(|path| !path.starts_with("share/doc/librtmp/"));
    assert_eq!(found, expected);
    let link = fs::read_link(destination.join("opt/stream/lib/librtmp.so")).unwrap();
    assert_eq!(link, Path::new("librtmp.so.1"));
}

#[test]
fn version_is_a_number() {
    let destination = install("install-version");
    let file = fs::read_to_string(destination.join("opt/stream/lib/pkgconfig/librtmp.pc")).unwrap();
    let version = file
        .lines()
        .find_map(|line| line.strip_prefix("Version: "))
        .unwrap();
    assert!(
        env!("CARGO_PKG_VERSION").starts_with(&format!("{version}.")),
        "{version}"
    );
    // Nothing else has to be installed for a static link.
    assert!(!file.contains("Requires"), "{file}");
    success(&mut pkg_config(&destination, &["--atleast-version=2.3"]));
    success(&mut pkg_config(&destination, &["--exact-version=2.6"]));
    let is_newer = pkg_config(&destination, &["--atleast-version=3"])
        .status()
        .unwrap();
    assert!(!is_newer.success());
}

#[test]
fn shared_link() {
    let destination = install("install-shared");
    let probe = build_probe(&destination, &["--cflags", "--libs"]);
    let libraries = destination.join("opt/stream/lib");
    let printed = success(Command::new(probe).env("LD_LIBRARY_PATH", libraries));
    assert_eq!(printed, "20300 -1\n");
}

/// An installation without the shared library: the same options take the archive.
fn archive_only(name: &str) -> PathBuf {
    let destination = install(name);
    for file in ["librtmp.so", "librtmp.so.1"] {
        fs::remove_file(destination.join("opt/stream/lib").join(file)).unwrap();
    }
    destination
}

fn runs_alone(program: &Path) -> String {
    let needed = success(Command::new("readelf").arg("-dW").arg(program));
    assert!(!needed.contains("librtmp"), "{needed}");
    success(Command::new(program).env_remove("LD_LIBRARY_PATH"))
}

const STATIC: [&str; 3] = ["--static", "--cflags", "--libs"];

#[test]
fn archive_link() {
    let destination = archive_only("install-static");
    assert_eq!(
        runs_alone(&build_probe(&destination, &STATIC)),
        "20300 -1\n"
    );
}

#[test]
fn archive_link_of_every_symbol() {
    let destination = archive_only("install-static-all");
    let source = repository().join("capi-tests/abi/protos.c");
    assert_eq!(runs_alone(&build(&destination, &source, &STATIC)), "116\n");
}
