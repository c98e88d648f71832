//! Makes the C headers: cbindgen prints the Rust sources, the parts in `cbindgen/` say what Rust cannot, and a few
//! rewritings turn the result into librtmp's C.

use std::fs;
use std::path::{Path, PathBuf};

use cbindgen::{Builder, Config};

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
            "ffi/amf.rs",
            "ffi/amf",
            "ffi/amf0.rs",
            "ffi/amf3.rs",
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
            "ffi/rtmp.rs",
            "ffi/rtmp",
        ],
    },
    Header {
        name: "log.h",
        about: "Log messages of the library and of the program.",
        guard: "__RTMP_LOG_H__",
        includes: "#include <stdio.h>\n#include <stdarg.h>\n#include <stdint.h>\n",
        sources: &["ffi/log.rs"],
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
    text = without_private(&text);
    text = short_names(&text);
    text = variadic(&text);
    parenthesise(&text)
}

/// Comments in the words of C: what concerns Rust callers only is left out.
fn comments(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some((code, comment)) = rest.split_once("/**\n") {
        let (comment, after) = comment.split_once("*/\n").expect("comments end");
        let indent = &code[code.rfind('\n').map_or(0, |end| end + 1)..];
        let declares_type =
            after.trim_start().starts_with("typedef") || after.trim_start().starts_with("struct ");
        kept.push_str(code.strip_suffix(indent).unwrap_or(code));
        kept.push_str(&comment_block(comment, indent, declares_type));
        rest = after;
    }
    kept + rest
}

/// One comment. Of a type only the first paragraph: the others are about its use from Rust.
fn comment_block(comment: &str, indent: &str, declares_type: bool) -> String {
    let lines: Vec<&str> = comment
        .lines()
        .map(|line| line.trim_start().trim_start_matches('*').trim())
        .take_while(|line| !line.starts_with("# "))
        .collect();
    let text = lines.join("\n").replace(['`'], "").replace("[RTMP", "RTMP");
    let mut paragraphs: Vec<&str> = text.trim().split("\n\n").collect();
    if declares_type {
        paragraphs.truncate(1);
    }
    let wrapped: Vec<String> = paragraphs
        .iter()
        .map(|paragraph| wrap(paragraph, 96 - indent.len()).join(&format!("\n{indent} * ")))
        .collect();
    let body = wrapped.join(&format!("\n{indent} *\n{indent} * "));
    format!("{indent}/** {body} */\n")
}

fn wrap(paragraph: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in paragraph.split_whitespace() {
        let last = lines.last_mut().expect("never empty");
        if !last.is_empty() && last.chars().count() + 1 + word.chars().count() > width {
            lines.push(word.into());
        } else {
            if !last.is_empty() {
                last.push(' ');
            }
            last.push_str(word);
        }
    }
    lines
}

/// The value union has no name of its own in C, and holds an object, which must therefore stand in front of it.
fn inline_union(text: &str) -> String {
    let mut text = text.to_string();
    let (Some(union), Some(object)) = (
        cut(&mut text, "typedef union PropertyValue {"),
        cut(&mut text, "typedef struct AMFObject {"),
    ) else {
        return text;
    };
    let members: String = union
        .lines()
        .skip_while(|line| !line.starts_with("typedef"))
        .skip(1)
        .take_while(|line| !line.starts_with('}'))
        .map(|line| format!("  {line}\n"))
        .collect();
    let text = text.replace(
        "union PropertyValue p_vu;",
        &format!("union {{\n{members}  }} p_vu;"),
    );
    let mut blocks: Vec<&str> = text.split("\n\n").collect();
    let property = blocks
        .iter()
        .position(|block| block.contains("typedef struct AMFObjectProperty {"));
    blocks.insert(property.expect("the union is a property's"), &object);
    blocks.join("\n\n")
}

/// Takes the block with `mark` out of the text. Blocks are separated by empty lines.
fn cut(text: &mut String, mark: &str) -> Option<String> {
    let (taken, kept): (Vec<&str>, Vec<&str>) =
        text.split("\n\n").partition(|block| block.contains(mark));
    let taken = taken.first().map(|block| (*block).to_string());
    *text = kept.join("\n\n");
    taken
}

/// Inside the header the short names of the structs, as soon as they are known.
fn short_names(text: &str) -> String {
    let mut known = Vec::new();
    let mut result = String::new();
    for line in text.lines() {
        let mut line = line.to_string();
        if let Some(name) = line
            .strip_prefix("} ")
            .and_then(|line| line.strip_suffix(';'))
        {
            known.push(format!("struct {name} "));
        } else if !line.starts_with("typedef") {
            for name in &known {
                line = line.replace(name, &name["struct ".len()..]);
            }
        }
        result.push_str(&line);
        result.push('\n');
    }
    result
}

/// The functions whose further arguments Rust does not see, with their formats checked by the compiler.
fn variadic(text: &str) -> String {
    text.split("\n\n")
        .map(|block| {
            let Some((comment, name)) = block.rsplit_once("\nvoid ") else {
                return block.to_string();
            };
            let (arguments, format) = match name.split_once('(') {
                Some(("RTMP_LogPrintf" | "RTMP_LogStatus", _)) => ("const char *format, ...", 1),
                Some(("RTMP_Log", _)) => ("int level, const char *format, ...", 2),
                _ => return block.to_string(),
            };
            let name = name.split('(').next().unwrap_or_default();
            let first = format + 1;
            format!("{comment}\nvoid {name}({arguments}) LIBRTMP_PRINTF({format}, {first});")
        })
        .collect::<Vec<_>>()
        .join("\n\n")
}

/// Negative numbers in macros.
fn parenthesise(text: &str) -> String {
    text.lines()
        .map(|line| match line.rsplit_once(" -") {
            Some((name, digits)) if name.starts_with("#define ") => format!("{name} (-{digits})\n"),
            _ => format!("{line}\n"),
        })
        .collect()
}

/// Functions that the Rust sources import are not exported, and Rust's associated constants are not C's.
fn without_private(text: &str) -> String {
    let mut kept = Vec::new();
    for block in text
        .split("\n\n")
        .filter(|block| !block.starts_with("extern void librtmp_rs_"))
    {
        kept.push(
            block
                .split("\n/** ")
                .filter(|item| !item.contains("#define AMFObjectProperty_"))
                .collect::<Vec<_>>()
                .join("\n/** "),
        );
    }
    kept.join("\n\n")
}
