//! The crates that are linked into the library, as cargo knows them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Systems that need different crates. Crates for others, Windows and WebAssembly, are never linked in.
const SYSTEMS: [&str; 4] = [
    "x86_64-unknown-linux-gnu",
    "aarch64-apple-darwin",
    "x86_64-unknown-freebsd",
    "aarch64-linux-android",
];

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Crate {
    pub(crate) name: String,
    pub(crate) version: String,
    /// An SPDX expression.
    pub(crate) licence: String,
    pub(crate) folder: PathBuf,
}

impl Crate {
    fn new(package: &Value) -> Self {
        let field = |name: &str| package[name].as_str().unwrap_or_default().to_string();
        let manifest = field("manifest_path");
        Self {
            name: field("name"),
            version: field("version"),
            licence: field("license"),
            folder: Path::new(&manifest).parent().unwrap().to_path_buf(),
        }
    }

    /// Whether it may be had under terms that `accepts` takes: alternatives of licences that all hold.
    pub(crate) fn may_be_had_under(&self, accepts: impl Fn(&str) -> bool) -> bool {
        assert!(!self.licence.is_empty(), "{self:?} names no licence");
        assert!(!self.licence.contains(['(', '/']), "{self:?}");
        let mut alternatives = self.licence.split(" OR ");
        alternatives.any(|all| all.split(" AND ").all(&accepts))
    }
}

fn metadata(options: &[&str]) -> Value {
    let mut command = Command::new(env!("CARGO"));
    command
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["metadata", "--format-version", "1", "--locked"])
        .args(options);
    for system in SYSTEMS {
        command.args(["--filter-platform", system]);
    }
    let output = command.output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What other packages a package is linked with: neither what builds it nor what tests it.
fn linked_with(node: &Value) -> Vec<String> {
    let links = |dependency: &&Value| {
        let kinds = dependency["dep_kinds"].as_array().unwrap();
        kinds.iter().any(|kind| kind["kind"].is_null())
    };
    let dependencies = node["deps"].as_array().unwrap().iter().filter(links);
    let names = dependencies.map(|dependency| dependency["pkg"].as_str().unwrap());
    names.map(str::to_string).collect()
}

/// All crates in the library, but the library's own, when cargo is given `options`.
pub(crate) fn linked_in(options: &[&str]) -> BTreeSet<Crate> {
    let metadata = metadata(options);
    let array = |value: &'_ Value| value.as_array().unwrap().clone();
    let id = |value: &Value| value["id"].as_str().unwrap().to_string();
    let packages: BTreeMap<_, _> = array(&metadata["packages"])
        .iter()
        .map(|package| (id(package), Crate::new(package)))
        .collect();
    let nodes: BTreeMap<_, _> = array(&metadata["resolve"]["nodes"])
        .iter()
        .map(|node| (id(node), linked_with(node)))
        .collect();
    let root = metadata["resolve"]["root"].as_str().unwrap();
    let (mut found, mut open) = (BTreeSet::new(), nodes[root].clone());
    while let Some(package) = open.pop() {
        if found.insert(packages[&package].clone()) {
            open.extend(nodes[&package].iter().cloned());
        }
    }
    found
}
