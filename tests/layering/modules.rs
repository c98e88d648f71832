//! The modules of a crate, and which file a path leads to.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::{self, Body};

/// The files of a crate: path below `src` and text.
pub(crate) type Files = BTreeMap<String, String>;

/// A module by its place in [`Crate::modules`].
type Id = usize;

struct Module {
    file: String,
    parent: Id,
    /// By name; several where `cfg` chooses among files.
    children: BTreeMap<String, Vec<Id>>,
    body: Body,
}

pub(crate) struct Crate {
    modules: Vec<Module>,
    /// `macro_rules!` by name.
    macros: BTreeMap<String, Id>,
}

/// Where a path ends.
#[derive(Default)]
struct Reached {
    /// Modules on whose text the path depends: where it ends, and those whose imports it goes through.
    uses: BTreeSet<Id>,
    /// Where it ends, when this is a module.
    modules: Vec<Id>,
    /// Where it ends, when this is something inside a module.
    item_of: Vec<Id>,
}

/// One file uses another.
pub(crate) struct Use {
    pub(crate) from: String,
    pub(crate) to: String,
    /// By which paths, for people.
    pub(crate) paths: String,
}

/// Imports of imports of imports: more than this is a circle.
const DEEPEST: usize = 16;

impl Crate {
    /// The modules that `lib.rs` leads to.
    pub(crate) fn new(files: &Files) -> Self {
        let mut new = Self {
            modules: Vec::new(),
            macros: BTreeMap::new(),
        };
        new.add(files, "lib.rs", "", 0);
        new
    }

    /// Adds the module of a file whose children are in `folder`.
    fn add(&mut self, files: &Files, file: &str, folder: &str, parent: Id) -> Id {
        let text = &files[file];
        let body = source::read(text).unwrap_or_else(|error| panic!("{file}: {error}"));
        let beside = file.rsplit_once('/').map_or("", |(beside, _)| beside);
        self.add_body(files, file, [folder, beside], parent, body)
    }

    /// Adds a module that stands in `file`, whose children are in the first folder; `#[path]` counts from the second.
    fn add_body(
        &mut self,
        files: &Files,
        file: &str,
        [folder, beside]: [&str; 2],
        parent: Id,
        mut body: Body,
    ) -> Id {
        let id = self.modules.len();
        let children = std::mem::take(&mut body.children);
        let inline = std::mem::take(&mut body.inline);
        for name in &body.own_macros {
            self.macros.insert(name.clone(), id);
        }
        self.modules.push(Module {
            file: file.to_owned(),
            parent,
            children: BTreeMap::new(),
            body,
        });
        for (name, given) in children {
            let candidates = match given {
                Some(given) => vec![join(beside, &given)],
                None => vec![
                    join(folder, &format!("{name}.rs")),
                    join(folder, &format!("{name}/mod.rs")),
                ],
            };
            let found = candidates.iter().find(|path| files.contains_key(*path));
            let found = found.unwrap_or_else(|| panic!("{file}: no file of `mod {name};`"));
            let child = self.add(files, found, &join(folder, &name), id);
            self.hang(id, name, child);
        }
        for (name, body) in inline {
            let inside = join(folder, &name);
            let child = self.add_body(files, file, [&inside, &inside], id, body);
            self.hang(id, name, child);
        }
        id
    }

    fn hang(&mut self, parent: Id, name: String, child: Id) {
        let children = &mut self.modules[parent].children;
        children.entry(name).or_default().push(child);
    }

    /// The files that make the crate, without those of tests.
    pub(crate) fn files(&self) -> BTreeSet<&str> {
        self.modules
            .iter()
            .map(|module| module.file.as_str())
            .collect()
    }

    /// Each use of a file by another, once.
    pub(crate) fn uses(&self) -> Vec<Use> {
        let mut found: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
        for (id, module) in self.modules.iter().enumerate() {
            let mut note = |to: Id, path: String| {
                let (from, to) = (&module.file, &self.modules[to].file);
                if from != to {
                    found.entry((from, to)).or_default().insert(path);
                }
            };
            let imports = module.body.imports.values().flatten();
            for path in imports.chain(&module.body.globs) {
                for to in self.find(id, path, DEEPEST).uses {
                    note(to, path.join("::"));
                }
            }
            for path in &module.body.paths {
                // The last word of a path in code is a function, a type or a value.
                let all_but_last = &path[..path.len() - 1];
                for to in self.find(id, all_but_last, DEEPEST).uses {
                    note(to, path.join("::"));
                }
            }
            for name in &module.body.macros {
                if let Some(&to) = self.macros.get(name) {
                    note(to, format!("{name}!"));
                }
            }
        }
        let uses = found.into_iter().map(|((from, to), paths)| Use {
            from: from.clone(),
            to: to.clone(),
            paths: paths.into_iter().collect::<Vec<_>>().join(", "),
        });
        uses.collect()
    }

    /// The paths of a file that lead out of the crate.
    pub(crate) fn foreign(&self, file: &str) -> Vec<String> {
        let mut found = Vec::new();
        for (id, module) in self.modules.iter().enumerate() {
            if module.file == file {
                let body = &module.body;
                let all = body.imports.values().flatten();
                let all = all.chain(&body.globs).chain(&body.paths);
                let foreign = all.filter(|path| self.find(id, path, DEEPEST).uses.is_empty());
                found.extend(foreign.map(|path| path.join("::")));
            }
        }
        found
    }

    /// Follows a path that stands in a module.
    fn find(&self, from: Id, path: &[String], deep: usize) -> Reached {
        let mut reached = Reached::default();
        let mut words = path;
        let mut here = vec![from];
        let mut rooted = false;
        while let Some((word, rest)) = words.split_first() {
            match word.as_str() {
                "crate" => here = vec![0],
                "self" => {}
                "super" => here = here.iter().map(|&id| self.modules[id].parent).collect(),
                _ => break,
            }
            rooted = true;
            words = rest;
        }
        for (place, word) in words.iter().enumerate() {
            let step = self.step(&here, word, deep);
            reached.uses.extend(step.uses);
            if step.modules.is_empty() {
                if rooted || place > 0 {
                    reached.uses.extend(&here);
                    reached.item_of = here;
                } else {
                    reached.uses.extend(&step.item_of);
                    reached.item_of = step.item_of;
                }
                return reached;
            }
            here = step.modules;
        }
        reached.uses.extend(&here);
        reached.modules = here;
        reached
    }

    /// One word further.
    fn step(&self, here: &[Id], word: &str, deep: usize) -> Reached {
        let mut reached = Reached::default();
        for &id in here {
            let module = &self.modules[id];
            if let Some(children) = module.children.get(word) {
                reached.modules.extend(children);
            } else if module.body.items.contains(word) {
                reached.item_of.push(id);
            } else if deep > 0 {
                self.step_by_import(id, word, deep - 1, &mut reached);
            }
        }
        reached
    }

    /// One word further by an import of `id`. What goes through an import depends on it.
    fn step_by_import(&self, id: Id, word: &str, deep: usize, reached: &mut Reached) {
        let body = &self.modules[id].body;
        let named = body.imports.get(word).into_iter().flatten();
        let mut found: Vec<_> = named.map(|path| self.find(id, path, deep)).collect();
        if found.is_empty() {
            let far = body.globs.iter().map(|path| self.find(id, path, deep));
            found.extend(far.map(|far| self.step(&far.modules, word, deep)));
        }
        for far in found {
            if !far.modules.is_empty() || !far.item_of.is_empty() {
                reached.uses.insert(id);
            }
            reached.item_of.extend(far.item_of);
            reached.modules.extend(far.modules);
        }
    }
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() {
        name.to_owned()
    } else {
        format!("{folder}/{name}")
    }
}
