//! Declarations as C programs know them.

/// The value union has no name of its own in C, and holds an object, which must therefore stand in front of it.
pub(crate) fn inline_union(text: &str) -> String {
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
pub(crate) fn short_names(text: &str) -> String {
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
pub(crate) fn variadic(text: &str) -> String {
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
pub(crate) fn parenthesise(text: &str) -> String {
    text.lines()
        .map(|line| match line.rsplit_once(" -") {
            Some((name, digits)) if name.starts_with("#define ") => format!("{name} (-{digits})\n"),
            _ => format!("{line}\n"),
        })
        .collect()
}

/// Functions that the Rust sources import are not exported, and Rust's associated constants are not C's.
pub(crate) fn without_private(text: &str) -> String {
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

/// Functions on one line, or with their arguments filling lines behind the parenthesis.
pub(crate) fn function_lines(text: &str) -> String {
    text.lines()
        .map(|line| {
            let Some((head, arguments)) = line.split_once('(') else {
                return format!("{line}\n");
            };
            let is_function = line.ends_with(");")
                && head.contains(' ')
                && !line.starts_with([' ', '#', '/', 't']);
            if line.len() <= WIDTH || !is_function {
                return format!("{line}\n");
            }
            let indent = " ".repeat(head.len() + 1);
            let mut result = format!("{head}(");
            let mut column = result.len();
            for argument in arguments.split_inclusive(", ") {
                if column + argument.trim_end().len() > WIDTH {
                    result = format!("{}\n{indent}", result.trim_end());
                    column = indent.len();
                }
                result.push_str(argument);
                column += argument.len();
            }
            result + "\n"
        })
        .collect()
}

const WIDTH: usize = 100;
