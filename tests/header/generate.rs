//! Makes the C headers: cbindgen prints the Rust sources, the parts in `cbindgen/` say what Rust cannot, and a few
//! rewritings turn the result into librtmp's C.

use std::fs;
use std::path::{Path, PathBuf};

use cbindgen::{Builder, Config};

use crate::comment::comments;
use crate::declaration::{
    function_lines, inline_union, parenthesise, short_names, variadic, without_private,
};

/// What one header is made of.
pub(crate) struct Header {
    /// File name in `include/librtmp` and in `cbindgen`.
    pub(crate) name: &'static str,
    /// Says what is inside, at the top.
    about: &'static str,
    guard: &'static str,
    includes: &'static str,
    /// Rust sources, files or directories below `src`; those that do not exist have nothing to declare.
    sources: &'static [&'static str],
}

/// The four headers of librtmp (spec 01 §2).
pub(crate) const HEADERS: [Header; 4] = [
    Header {
        name: "amf.h",
        about: "Action Message Format: the values inside RTMP and FLV.",
        guard: "__AMF_H__",
        includes: "#include <stdint.h>\n",
        sources: &[
            "abi/aval.rs",
            "abi/amf.rs",
            "abi/amf3.rs",
            "ffi/amf/encode.rs",
            "ffi/amf/decode.rs",
            "ffi/amf/amf3.rs",
            "ffi/amf/access.rs",
            "ffi/amf/property.rs",
        ],
    },
    Header {
        name: "rtmp.h",
        about: "RTMP connections: playing, publishing, and their packets.",
        guard: "__RTMP_H__",
        includes: "#include <errno.h>\n#include <stdint.h>\n#include <stddef.h>\n\n#include \"amf.h\"\n",
        sources: &[
            "abi/packet.rs",
            "abi/sockbuf.rs",
            "abi/link.rs",
            "abi/read.rs",
            "abi/rtmp.rs",
            "abi/reconnect.rs",
            "abi/capabilities.rs",
            "abi/payload.rs",
            "abi/error.rs",
            "abi/phase.rs",
            "abi/stats.rs",
            "abi/event.rs",
            "abi/config.rs",
            "abi/nonblocking.rs",
            "ffi/rtmp",
            "ffi/amf/search.rs",
        ],
    },
    Header {
        name: "log.h",
        about: "Log messages of the library and of the program.",
        guard: "__RTMP_LOG_H__",
        includes: "#include <stdio.h>\n#include <stdarg.h>\n#include <stdint.h>\n",
        sources: &["ffi/log.rs", "ffi/log/jump.rs"],
    },
    Header {
        name: "http.h",
        about: "The HTTP client that fetches SWF files.",
        guard: "__RTMP_HTTP_H__",
        includes: "#include <stddef.h>\n",
        sources: &["abi/http.rs", "ffi/http.rs"],
    },
];

impl Header {
    /// The whole text of the header.
    pub(crate) fn generate(&self) -> String {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut config = Config::from_root_or_default(root);
        if self.name == "http.h" {
            // The one struct that has no typedef.
            config.style = cbindgen::Style::Tag;
        }
        let builder = sources(root, self.sources)
            .iter()
            .fold(Builder::new().with_config(config), |builder, file| {
                builder.with_src(file)
            });
        let mut printed = Vec::new();
        builder
            .generate()
            .expect("cbindgen reads the sources")
            .write(&mut printed);
        let printed = String::from_utf8(printed).expect("headers are text");
        let by_hand = fs::read_to_string(root.join("cbindgen").join(self.name)).unwrap();
        self.frame(&by_hand, &in_c(&printed))
    }

    /// Everything around the declarations. The whole header has C linkage, the types of functions too.
    fn frame(&self, by_hand: &str, printed: &str) -> String {
        let Self {
            about,
            guard,
            includes,
            ..
        } = self;
        format!(
            "/* {about}\n *\n \
             * Part of librtmp-rs, MIT OR Apache-2.0. Generated from the Rust sources: do not edit. */\n\
             #ifndef {guard}\n#define {guard}\n\n{includes}\n\
             #ifdef __cplusplus\nextern \"C\" {{\n#endif\n\n\
             {}\n\n{}\n\n\
             #ifdef __cplusplus\n}}\n#endif\n\n#endif\n",
            by_hand.trim(),
            printed.trim(),
        )
    }
}

/// The source files, in the order of the list; those of a directory by name.
fn sources(root: &Path, list: &[&str]) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in list.iter().map(|entry| root.join("src").join(entry)) {
        if entry.is_dir() {
            let mut inside: Vec<_> = fs::read_dir(&entry)
                .unwrap()
                .map(|file| file.unwrap().path())
                .filter(|file| file.extension().is_some_and(|end| end == "rs"))
                .collect();
            inside.sort();
            files.extend(inside);
        } else if entry.is_file() {
            files.push(entry);
        }
    }
    files
}

/// Turns what cbindgen prints into librtmp's C.
fn in_c(printed: &str) -> String {
    let mut text = comments(printed);
    text = inline_union(&text);
    // CRYPTO decides, which a program may define together with NO_CRYPTO; one condition for all members.
    text = text
        .replace("#if !defined(NO_CRYPTO)", "#if defined(CRYPTO)")
        .replace("\n#endif\n  ;\n", ";\n#endif\n")
        .replace("#endif\n#if defined(CRYPTO)\n", "");
    // Cells are there to be written; the other exported data is not.
    for writable in ["int RTMP_ctrlC", "RTMP_LogLevel RTMP_debuglevel"] {
        text = text.replace(&format!("const {writable}"), writable);
    }
    // In C these are types of functions; the types of pointers to them are not named.
    text = text
        .replace("struct RTMP_LogCallback *", "RTMP_LogCallback *")
        .replace("struct Option_HTTP_read_callback;\n\n", "")
        .replace("struct Option_HTTP_read_callback ", "HTTP_read_callback *");
    // A word that only Rust reserves.
    text = text.replace(" *in_,", " *in,");
    text = without_private(&text);
    text = short_names(&text);
    text = variadic(&text);
    text = function_lines(&text);
    parenthesise(&text)
}
