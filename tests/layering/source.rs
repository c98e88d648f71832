//! What one source file says about other files: its modules, its imports and the paths in its code. Comments, texts,
//! attributes and the code that only tests need say nothing.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, ImplItem, Item, ItemMod, ItemUse, Macro, Meta, Path, UseTree, Visibility};

/// A path as it is written: `["super", "send", "message"]`.
pub(crate) type Words = Vec<String>;

/// What stands between the braces of one module.
#[derive(Default)]
pub(crate) struct Body {
    /// Names that are defined here, modules aside.
    pub(crate) items: BTreeSet<String>,
    /// `mod child;`: its name, and its file if `#[path]` gives one.
    pub(crate) children: Vec<(String, Option<String>)>,
    /// `mod child { ... }`
    pub(crate) inline: Vec<(String, Self)>,
    /// `use a::b as c`: `c` and where it comes from.
    pub(crate) imports: BTreeMap<String, Vec<Words>>,
    /// `use a::b::*`
    pub(crate) globs: Vec<Words>,
    /// Paths of at least two words in the code.
    pub(crate) paths: Vec<Words>,
    /// `name!(...)`: macros are also found by their name alone.
    pub(crate) macros: Vec<String>,
    /// `macro_rules! name`
    pub(crate) own_macros: Vec<String>,
}

/// Reads the text of a file.
pub(crate) fn read(text: &str) -> syn::Result<Body> {
    let mut body = Body::default();
    body.visit_file(&syn::parse_file(text)?);
    Ok(body)
}

impl Body {
    fn import(&mut self, before: &Words, tree: &UseTree) {
        let with = |word: &syn::Ident| {
            let mut path = before.clone();
            // `a::{self}` is `a`.
            if word != "self" || path.is_empty() {
                path.push(word.to_string());
            }
            path
        };
        match tree {
            UseTree::Path(part) => self.import(&with(&part.ident), &part.tree),
            UseTree::Group(group) => group
                .items
                .iter()
                .for_each(|item| self.import(before, item)),
            UseTree::Glob(_) => self.globs.push(before.clone()),
            UseTree::Name(name) => {
                let path = with(&name.ident);
                let own = path.last().cloned().unwrap_or_default();
                self.imports.entry(own).or_default().push(path);
            }
            UseTree::Rename(name) => {
                let path = with(&name.ident);
                let own = name.rename.to_string();
                self.imports.entry(own).or_default().push(path);
            }
        }
    }

    /// Takes the paths out of what a macro is given or stands for.
    fn scan(&mut self, tokens: TokenStream) {
        let mut path = Words::new();
        let mut colons = 0;
        let mut tokens = tokens.into_iter().peekable();
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Ident(word) => {
                    if colons != 2 {
                        self.keep(&mut path);
                    }
                    path.push(word.to_string());
                    colons = 0;
                }
                TokenTree::Punct(sign) if sign.as_char() == ':' => colons += 1,
                TokenTree::Punct(sign) if sign.as_char() == '!' => {
                    if let (Some(name), Some(TokenTree::Group(_))) = (path.last(), tokens.peek()) {
                        self.macros.push(name.clone());
                    }
                    self.keep(&mut path);
                }
                TokenTree::Group(group) => {
                    self.keep(&mut path);
                    self.scan(group.stream());
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => self.keep(&mut path),
            }
        }
        self.keep(&mut path);
    }

    fn keep(&mut self, path: &mut Words) {
        if path.len() > 1 {
            self.paths.push(std::mem::take(path));
        }
        path.clear();
    }
}

impl<'ast> Visit<'ast> for Body {
    fn visit_item(&mut self, item: &'ast Item) {
        let (attributes, name) = head(item);
        if attributes.iter().any(is_for_tests) {
            return;
        }
        self.items.extend(name.map(ToString::to_string));
        visit::visit_item(self, item);
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        let attributes = match item {
            ImplItem::Fn(item) => &item.attrs,
            ImplItem::Const(item) => &item.attrs,
            _ => return visit::visit_impl_item(self, item),
        };
        if !attributes.iter().any(is_for_tests) {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        let name = item.ident.to_string();
        if let Some((_, items)) = &item.content {
            let mut body = Self::default();
            items.iter().for_each(|item| body.visit_item(item));
            self.inline.push((name, body));
        } else {
            self.children.push((name, file_given(&item.attrs)));
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.import(&Words::new(), &item.tree);
    }

    fn visit_path(&mut self, path: &'ast Path) {
        let words: Words = path
            .segments
            .iter()
            .map(|part| part.ident.to_string())
            .collect();
        if words.len() > 1 {
            self.paths.push(words);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, of: &'ast Macro) {
        if let Some(last) = of.path.segments.last() {
            self.macros.push(last.ident.to_string());
        }
        self.scan(of.tokens.clone());
        visit::visit_macro(self, of);
    }

    fn visit_item_macro(&mut self, item: &'ast syn::ItemMacro) {
        if let Some(name) = &item.ident {
            self.own_macros.push(name.to_string());
        }
        visit::visit_item_macro(self, item);
    }

    /// `pub(in crate::session)` allows, it does not use.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    fn visit_attribute(&mut self, _: &'ast Attribute) {}
}

/// The attributes of an item and the name that it defines.
fn head(item: &Item) -> (&[Attribute], Option<&syn::Ident>) {
    match item {
        Item::Const(item) => (&item.attrs, Some(&item.ident)),
        Item::Enum(item) => (&item.attrs, Some(&item.ident)),
        Item::Fn(item) => (&item.attrs, Some(&item.sig.ident)),
        Item::Macro(item) => (&item.attrs, item.ident.as_ref()),
        Item::Static(item) => (&item.attrs, Some(&item.ident)),
        Item::Struct(item) => (&item.attrs, Some(&item.ident)),
        Item::Trait(item) => (&item.attrs, Some(&item.ident)),
        Item::Type(item) => (&item.attrs, Some(&item.ident)),
        Item::Union(item) => (&item.attrs, Some(&item.ident)),
        Item::Impl(item) => (&item.attrs, None),
        Item::ForeignMod(item) => (&item.attrs, None),
        Item::Mod(item) => (&item.attrs, None),
        Item::Use(item) => (&item.attrs, None),
        _ => (&[], None),
    }
}

fn is_for_tests(attribute: &Attribute) -> bool {
    attribute.path().is_ident("cfg")
        && attribute
            .parse_args::<Meta>()
            .is_ok_and(|condition| condition.path().is_ident("test"))
}

fn file_given(attributes: &[Attribute]) -> Option<String> {
    let path = attributes
        .iter()
        .find(|attribute| attribute.path().is_ident("path"))?;
    let Meta::NameValue(pair) = &path.meta else {
        return None;
    };
    match &pair.value {
        syn::Expr::Lit(literal) => match &literal.lit {
            syn::Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}
