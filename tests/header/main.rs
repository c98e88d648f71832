//! The committed C headers are what the sources say, and every compiler accepts them.

mod comment;
mod declaration;
mod generate;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use generate::HEADERS;

fn include() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("include")
}

#[test]
fn committed_headers_are_up_to_date() {
    for header in HEADERS {
        let path = include().join("librtmp").join(header.name);
        let generated = header.generate();
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&path, &generated).unwrap();
        }
        let committed = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            committed == generated,
            "{}: run `UPDATE=1 cargo test --test header`",
            header.name
        );
    }
}

/// What the compiler says against `source` with all warnings as errors; `None` when it is content.
fn complaints(compiler: &[&str], source: &str) -> Option<String> {
    let mut child = Command::new(compiler[0])
        .args(&compiler[1..])
        .args([
            "-Wall",
            "-Wextra",
            "-Werror",
            "-pedantic",
            "-fsyntax-only",
            "-I",
        ])
        .arg(include())
        .arg("-")
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a compiler is needed");
    child
        .stdin
        .take()
        .unwrap()
        .write_all(source.as_bytes())
        .unwrap();
    let result = child.wait_with_output().unwrap();
    (!result.status.success()).then(|| String::from_utf8_lossy(&result.stderr).into_owned())
}

fn compiles(compiler: &[&str], source: &str) {
    if let Some(complaints) = complaints(compiler, source) {
        panic!("{compiler:?}:\n{source}\n{complaints}");
    }
}

const C99: [&str; 3] = ["cc", "-std=c99", "-xc"];
const CXX17: [&str; 3] = ["c++", "-std=c++17", "-xc++"];

#[test]
fn each_header_compiles_alone() {
    for header in HEADERS {
        let source = format!("#include <librtmp/{}>\n", header.name);
        compiles(&C99, &source);
        compiles(&CXX17, &source);
        compiles(&C99, &format!("#define NO_CRYPTO\n{source}"));
        // Twice: the guards.
        compiles(&C99, &source.repeat(2));
    }
}

#[test]
fn macros_for_the_preprocessor() {
    // Programs ask for these to see what a library knows.
    for name in [
        "RTMP_LF_FAPU",
        "RTMP_READ_SEEKING",
        "RTMP_SWF_HASHLEN",
        "CRYPTO",
        "TRUE",
        "FALSE",
    ] {
        compiles(
            &C99,
            &format!("#include <librtmp/rtmp.h>\n#ifndef {name}\n#error\n#endif\n"),
        );
    }
    for name in ["CRYPTO", "RTMP_SWF_HASHLEN"] {
        let source = format!(
            "#define NO_CRYPTO\n#include <librtmp/rtmp.h>\n#ifdef {name}\n#error\n#endif\n"
        );
        compiles(&C99, &source);
    }
    compiles(
        &C99,
        "#define FALSE 0\n#include <librtmp/amf.h>\nint yes = TRUE;\n",
    );
    compiles(
        &C99,
        "#define TRUE 1\n#include <librtmp/amf.h>\nint no = FALSE;\n",
    );
    compiles(
        &C99,
        "#define NO_CRYPTO\n#define CRYPTO\n#include <librtmp/rtmp.h>\nint size = RTMP_SWF_HASHLEN;\n",
    );
}

#[test]
fn tags_are_the_names() {
    let source = "struct RTMP; struct RTMPPacket; struct AVal; struct AMFObject; struct HTTP_ctx;\n\
        #include <librtmp/rtmp.h>\n#include <librtmp/http.h>\n\
        int same(struct RTMP *a, RTMP *b, struct RTMPPacket *c, RTMPPacket *d, struct AVal *e, AVal *f,\n\
                 struct HTTP_ctx *h);\n\
        int same(struct RTMP *a, RTMP *b, struct RTMPPacket *c, RTMPPacket *d, struct AVal *e, AVal *f,\n\
                 struct HTTP_ctx *h)\n\
        { return a == b && c == d && e == f && h; }\n";
    compiles(&C99, source);
    compiles(&CXX17, source);
}

#[test]
fn formats_are_checked() {
    // A wrong argument must be an error under -Wall -Werror.
    for call in [
        "RTMP_Log(1, \"%d\", \"x\")",
        "RTMP_LogPrintf(\"%s\", 1)",
        "RTMP_LogStatus(\"%s\", 1)",
    ] {
        let source =
            format!("#include <librtmp/log.h>\nvoid f(void);\nvoid f(void) {{ {call}; }}\n");
        let complaints = complaints(&C99, &source).unwrap_or_default();
        assert!(
            complaints.contains("-Werror=format"),
            "{call}: {complaints}"
        );
    }
}
