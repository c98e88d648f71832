//! Compiling C programs against either set of headers and running them on either library.

use std::env;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// No program here takes that long, not even under valgrind on a busy machine.
const PATIENCE: Duration = Duration::from_secs(240);

/// Which librtmp: its headers and its shared library.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Side {
    Original,
    Ours,
}

impl Side {
    /// The shared library's file.
    pub(crate) fn library(self) -> PathBuf {
        match self {
            Self::Ours => built("librtmp.so"),
            Self::Original => original(),
        }
    }

    /// A directory that holds the library under the names that programs look for.
    pub(crate) fn directory(self) -> PathBuf {
        let directory = scratch(&format!("lib-{self:?}-{}", env!("CARGO_CRATE_NAME")));
        for name in ["librtmp.so", "librtmp.so.1"] {
            let link = directory.join(name);
            // Tests run in parallel: whoever comes second finds the link made.
            if fs::read_link(&link).ok() != Some(self.library()) {
                let _ = fs::remove_file(&link);
                let _ = symlink(self.library(), &link);
            }
        }
        directory
    }

    pub(crate) fn includes(self) -> Vec<String> {
        match self {
            Self::Ours => vec![format!("-I{}", repository().join("include").display())],
            Self::Original => Vec::new(),
        }
    }
}

/// The top directory of the sources.
pub(crate) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A directory of this name for the files of one test.
pub(crate) fn scratch(name: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&directory).unwrap();
    directory
}

/// The library in `LIBRARY_DIRECTORY`, or the one that cargo built together with this test.
pub(crate) fn built(name: &str) -> PathBuf {
    let directory = env::var_os("LIBRARY_DIRECTORY").map_or_else(
        || env::current_exe().unwrap().parent().unwrap().to_owned(),
        PathBuf::from,
    );
    let file = directory.join(name);
    assert!(file.exists(), "nobody has built {}", file.display());
    file
}

fn original() -> PathBuf {
    let printed = Command::new("cc")
        .arg("-print-file-name=librtmp.so")
        .output()
        .expect("cc is needed");
    let path = PathBuf::from(String::from_utf8(printed.stdout).unwrap().trim());
    fs::canonicalize(path).expect("the original librtmp with its development files is needed")
}

/// One program to be made.
pub(crate) struct Program<'a> {
    /// The source file, relative to the top directory.
    pub(crate) source: &'a str,
    /// Whose headers.
    pub(crate) headers: Side,
    /// Whose library it is linked to. It may run on the other.
    pub(crate) linked: Side,
    /// Further options of the compiler.
    pub(crate) flags: &'a [&'a str],
}

impl Program<'_> {
    /// Compiles and links the program; `name` tells it from others of the same source. Warnings are errors.
    pub(crate) fn build(&self, name: &str) -> PathBuf {
        let source = repository().join(self.source);
        let stem = source.file_stem().unwrap().to_string_lossy().into_owned();
        let executable = scratch(env!("CARGO_CRATE_NAME")).join(format!("{stem}-{name}"));
        let is_cxx = source.extension().is_some_and(|end| end == "cpp");
        let mut compiler = Command::new(if is_cxx { "c++" } else { "cc" });
        compiler
            .arg(if is_cxx { "-std=c++17" } else { "-std=gnu11" })
            .args(["-g", "-O1", "-Wall", "-Wextra", "-Werror", "-pthread"])
            .args(self.headers.includes())
            .args(self.flags)
            .arg("-o")
            .arg(&executable)
            .arg(&source)
            .arg(format!("-L{}", self.linked.directory().display()))
            .arg("-lrtmp");
        success(&mut compiler);
        executable
    }
}

/// Runs a command that must succeed; its standard output.
pub(crate) fn success(command: &mut Command) -> String {
    let output = finish(command);
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Runs a program on a library, inside `wrapper` if that is not empty; its standard output. It must succeed.
pub(crate) fn run(wrapper: &[&str], program: &Path, arguments: &[&str], side: Side) -> String {
    let mut command = match wrapper {
        [] => Command::new(program),
        [first, rest @ ..] => {
            let mut command = Command::new(first);
            command.args(rest).arg(program);
            command
        }
    };
    command
        .args(arguments)
        .env("LD_LIBRARY_PATH", side.directory())
        .env("HOME", scratch("home"))
        .env("UBSAN_OPTIONS", "halt_on_error=1:print_stacktrace=1");
    success(&mut command)
}

/// Waits for the end of a command, but not for ever.
fn finish(command: &mut Command) -> Output {
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let id = child.id();
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(child.wait_with_output()));
    receiver.recv_timeout(PATIENCE).map_or_else(
        |_| {
            // The program was started above and has not been waited for: its number is still its own.
            let _ = Command::new("kill")
                .args(["-KILL", &id.to_string()])
                .status();
            panic!("{command:?}: no end")
        },
        |output| output.unwrap(),
    )
}
