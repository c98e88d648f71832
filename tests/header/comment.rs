//! Doc comments in the words of C.

/// Columns of a header but for the beginning and the end of a comment.
const WIDTH: usize = 93;

/// Rewrites all comments. What concerns Rust callers only is left out.
pub(crate) fn comments(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some((code, comment)) = rest.split_once("/**\n") {
        let (comment, after) = comment.split_once("*/\n").expect("comments end");
        let indent = &code[code.rfind('\n').map_or(0, |end| end + 1)..];
        let next = after.trim_start();
        let declares_type = next.starts_with("typedef") || next.starts_with("struct ");
        kept.push_str(code.strip_suffix(indent).unwrap_or(code));
        kept.push_str(&block(comment, indent, declares_type));
        rest = after;
    }
    kept + rest
}

/// One comment. Of a type only the first paragraph: the others are about its use from Rust.
fn block(comment: &str, indent: &str, declares_type: bool) -> String {
    let lines: Vec<&str> = comment
        .lines()
        .map(|line| {
            let line = line.trim_start();
            line.strip_prefix('*').unwrap_or(line).trim()
        })
        .take_while(|line| !line.starts_with("# "))
        .collect();
    let text = lines.join("\n").replace('`', "").replace(" in_ ", " in ");
    let mut paragraphs: Vec<&str> = text.trim().split("\n\n").collect();
    if declares_type {
        paragraphs.truncate(1);
    }
    let wrapped: Vec<String> = paragraphs
        .iter()
        .map(|paragraph| wrap(paragraph, WIDTH - indent.len()).join(&format!("\n{indent} * ")))
        .collect();
    let body = wrapped.join(&format!("\n{indent} *\n{indent} * "));
    format!("{indent}/** {body} */\n")
}

/// Fills lines with words. What is said of an argument and of the result begins a new line.
fn wrap(paragraph: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for source in paragraph.lines() {
        let mut fresh =
            lines.is_empty() || names_argument(source) || source.starts_with("Returns ");
        for word in source.split_whitespace() {
            match lines.last_mut() {
                Some(last) if !fresh && last.chars().count() + word.chars().count() < width => {
                    last.push(' ');
                    last.push_str(word);
                }
                _ => lines.push(word.into()),
            }
            fresh = false;
        }
    }
    lines
}

/// True for a line such as `buf, size: where to store the bytes`.
fn names_argument(line: &str) -> bool {
    line.split_once(": ").is_some_and(|(names, _)| {
        names.split(", ").all(|name| {
            name.chars()
                .all(|letter| letter.is_alphanumeric() || letter == '_')
        })
    })
}
