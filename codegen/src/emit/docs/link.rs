//! Links between pages, and types as readers see them.
//!
//! In: names and types, and the page that they are read on. Out: Markdown, of one line.

use super::placed::Users;
use crate::exchanges::Exchanges;
use crate::ir::{DefName, Protocol, Scalar, Type, Visibility};
use std::borrow::Cow;
use std::collections::HashMap;

/// The anchor of the errors that no method declares.
pub(super) const GENERAL_ERRORS: &str = "general-errors";

/// The page that is being written.
pub(super) struct Page<'a> {
    /// The model.
    pub(super) protocol: &'a Protocol,
    /// Who uses each definition.
    pub(super) users: &'a Users<'a>,
    /// What is shown with its method rather than on its own, and that method.
    pub(super) with_method: &'a HashMap<&'a DefName, &'a str>,
    /// What messages look like.
    pub(super) exchanges: &'a Exchanges,
    /// Definitions by their names without namespace, which are unique.
    pub(super) by_name: &'a HashMap<&'a str, &'a DefName>,
    /// The methods whose exchanges show a message of another one.
    pub(super) seen_in: &'a HashMap<&'a str, Vec<&'a str>>,
    /// Its path below `docs/`.
    pub(super) path: String,
}

impl<'a> Page<'a> {
    /// Whether a definition is shown with its method.
    pub(super) fn is_with_method(&self, name: &DefName) -> bool {
        self.with_method.contains_key(name)
    }

    /// A link to the index.
    pub(super) fn index(&self) -> String {
        format!("[Index]({})", self.href("README.md", ""))
    }

    /// A link to the page of an IDL file.
    pub(super) fn file(&self, label: &str, file: &str) -> String {
        format!("[{label}]({})", self.href(&path(file), ""))
    }

    /// A link to a definition.
    pub(super) fn definition(&self, name: &DefName) -> String {
        let label = name.name();
        match self.protocol.definitions.get(name) {
            Some(definition) if definition.marks.visibility != Visibility::OnlyRust => {
                let anchor = definition_anchor(name);
                // Most are on the same page.
                if self.path.strip_suffix(".md") == definition.file.strip_suffix(".idl") {
                    return ["[`", label, "`](#", &anchor, ")"].concat();
                }
                let href = self.href(&path(&definition.file), &anchor);
                ["[`", label, "`](", &href, ")"].concat()
            }
            _ => format!("`{label}`"),
        }
    }

    /// A link to a method.
    pub(super) fn method(&self, wire: &str) -> String {
        match self.protocol.methods.get(wire) {
            Some(method) if method.marks.visibility != Visibility::OnlyRust => {
                let href = self.href(&path(&method.file), &method_anchor(wire));
                ["[`", wire, "`](", &href, ")"].concat()
            }
            _ => format!("`{wire}`"),
        }
    }

    /// A link to a gate's row in the index.
    pub(super) fn gate(&self, name: &str) -> String {
        format!("[`{name}`]({})", self.href("README.md", &gate_anchor(name)))
    }

    /// Text of the author: what stands in backticks and names a method, a definition or a file becomes a link. The name of a method
    /// counts where it could be nothing else, `turn/start` but not `error`.
    pub(super) fn prose<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut linked = String::new();
        let mut done = 0;
        let mut at = 0;
        while let Some(begin) = text[at..].find('`').map(|found| at + found) {
            let Some(end) = text[begin + 1..].find('`').map(|found| begin + 1 + found) else {
                break;
            };
            let name = &text[begin + 1..end];
            at = end + 1;
            let link = if let Some(definition) = self.by_name.get(name) {
                self.definition(definition)
            } else if name.contains('/') && self.protocol.methods.contains_key(name) {
                self.method(name)
            } else if let Some(file) = self.idl_file(name) {
                self.file(&format!("`{name}`"), file)
            } else {
                continue;
            };
            linked += &text[done..begin];
            linked += &link;
            done = at;
        }
        if done == 0 {
            return Cow::Borrowed(text);
        }
        linked += &text[done..];
        Cow::Owned(linked)
    }

    /// The interface file that a name means on this page, where it has a page itself: one in the same folder, or else from
    /// the top.
    fn idl_file(&self, name: &str) -> Option<&'a str> {
        if !name.ends_with(".idl") {
            return None;
        }
        let folder = self.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let beside = format!("{folder}/{name}");
        let mut files = self
            .protocol
            .modules
            .iter()
            .filter(|module| super::has_page(self.protocol, module))
            .map(|module| module.file.as_str());
        files
            .clone()
            .find(|file| *file == beside)
            .or_else(|| files.find(|file| *file == name))
    }

    /// The same as a paragraph: with an empty line after it, and nothing where there is none.
    pub(super) fn paragraph(&self, docs: &str) -> String {
        let docs = docs.trim();
        if docs.is_empty() {
            String::new()
        } else {
            format!("{}\n\n", self.prose(docs))
        }
    }

    /// A link to what any request may be answered with.
    pub(super) fn general_errors(&self, label: &str) -> String {
        format!("[{label}]({})", self.href("README.md", GENERAL_ERRORS))
    }

    /// A type in words.
    pub(super) fn ty(&self, ty: &Type) -> Cow<'static, str> {
        match ty {
            Type::Scalar(scalar) => scalar_text(*scalar).into(),
            Type::Constant(value) => code(&value.to_string()).into(),
            Type::Ref(name) => self.definition(name).into(),
            Type::List(element) => format!("list of {}", self.ty(element)).into(),
            Type::Map(key, value) => format!("map from {} to {}", self.ty(key), self.ty(value)).into(),
            Type::Tuple(elements) => {
                let elements: Vec<_> = elements.iter().map(|element| self.ty(element)).collect();
                format!("tuple of ({})", elements.join(", ")).into()
            }
            Type::Nullable(inner) => format!("({} or `null`)", self.ty(inner)).into(),
        }
    }

    fn href(&self, to: &str, anchor: &str) -> String {
        if to == self.path {
            return ["#", anchor].concat();
        }
        let folder = self.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut href = relative(folder, to);
        if !anchor.is_empty() {
            href.extend(["#", anchor]);
        }
        href
    }
}

/// The page of an IDL file: `v2/thread.md`.
pub(super) fn path(file: &str) -> String {
    [file.strip_suffix(".idl").unwrap_or(file), ".md"].concat()
}

/// `definition-thread`. Names of definitions differ in more than case.
pub(super) fn definition_anchor(name: &DefName) -> String {
    let mut anchor = ["definition-", name.name()].concat();
    anchor.make_ascii_lowercase();
    anchor
}

/// `method-thread-start`
pub(super) fn method_anchor(wire: &str) -> String {
    ["method-", &dashed(wire)].concat()
}

/// `gate-experimental`
pub(super) fn gate_anchor(name: &str) -> String {
    format!("gate-{}", dashed(name))
}

/// Text in a code span, whatever it holds.
pub(super) fn code(text: &str) -> String {
    if text.contains('`') {
        ["`` ", text, " ``"].concat()
    } else {
        ["`", text, "`"].concat()
    }
}

/// The way from a folder to a file, both below the same root.
fn relative(folder: &str, to: &str) -> String {
    let (mut from, mut to) = (folder, to);
    while let (Some((folder, rest)), false) = (to.split_once('/'), from.is_empty()) {
        let (first, deeper) = from.split_once('/').unwrap_or((from, ""));
        if first != folder {
            break;
        }
        (from, to) = (deeper, rest);
    }
    let up = from.split('/').filter(|part| !part.is_empty()).count();
    "../".repeat(up) + to
}

fn dashed(name: &str) -> String {
    name.chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '_' {
                c
            } else {
                '-'
            }
        })
        .collect()
}

fn scalar_text(scalar: Scalar) -> &'static str {
    match scalar {
        Scalar::String => "string",
        Scalar::Bool => "boolean",
        Scalar::I8 => "integer (8 bits, signed)",
        Scalar::I16 => "integer (16 bits, signed)",
        Scalar::I32 => "integer (32 bits, signed)",
        Scalar::I64 => "integer (within 2^53)",
        Scalar::U8 => "integer (8 bits)",
        Scalar::U16 => "integer (16 bits)",
        Scalar::U32 => "integer (32 bits)",
        Scalar::U64 => "integer (0 to 2^53)",
        Scalar::F64 => "number",
        Scalar::BigInt => "integer (64 bits, signed)",
        Scalar::Json => "any JSON",
        Scalar::Path => "absolute path",
        Scalar::Base64 => "bytes in base64",
        Scalar::Uuid => "UUID",
    }
}
