//! Whole documents, put together from the texts of definitions.
//!
//! In: the schema of every definition, and the roots. Out: the file of each root and the bundles. A definition stands in
//! many documents, so its text is made once for each layout.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use indexmap::IndexMap;

use crate::emit::EmitOptions;
use crate::emit::json::write_text;
use crate::files::Files;
use crate::ir::{DefName, Protocol};

use super::node::{Layout, Members, Node, member};

const DRAFT: &str = "http://json-schema.org/draft-07/schema#";

/// Every definition as a schema, and what reaches what.
pub(super) struct Schemas<'a> {
    protocol: &'a Protocol,
    options: &'a EmitOptions,
    schemas: IndexMap<&'a DefName, Node<'a>>,
    roots: Vec<&'a DefName>,
    /// What each definition refers to.
    refs: HashMap<&'a DefName, Vec<&'a DefName>>,
    /// What the roots reach, themselves included, by name.
    reached: BTreeMap<&'a str, &'a DefName>,
    /// The text of each definition in the flat layout, as a member of `definitions`.
    flat: HashMap<&'a DefName, String>,
}

impl<'a> Schemas<'a> {
    /// Works out what `roots` reach.
    pub(super) fn new(
        protocol: &'a Protocol,
        options: &'a EmitOptions,
        schemas: IndexMap<&'a DefName, Node<'a>>,
        roots: Vec<&'a DefName>,
    ) -> Self {
        let refs: HashMap<&DefName, Vec<&DefName>> = schemas
            .iter()
            .map(|(name, schema)| (*name, refs(schema)))
            .collect();
        let mut this = Self {
            protocol,
            options,
            schemas,
            roots,
            refs,
            reached: BTreeMap::new(),
            flat: HashMap::new(),
        };
        this.reached = this.held(&this.roots);
        this.flat = this
            .reached
            .values()
            .map(|name| {
                let mut text = String::new();
                this.definition(name, Layout::Flat, 2, &mut text);
                (*name, text)
            })
            .collect();
        this
    }

    /// Writes the file of each root.
    pub(super) fn write_roots(&self, files: &mut Files) {
        for root in &self.roots {
            let reached = self.reach(&[root]);
            let mut members = self.head(
                self.protocol
                    .definitions
                    .get(*root)
                    .map(|root| root.file.as_str()),
            );
            if reached.contains_key(root.name()) {
                members.push(member("allOf", vec![Node::Ref(root)]));
            } else if let Node::Object(own) = &self.schemas[root] {
                members.extend(own.iter().cloned());
            }
            files.add(format!("{root}.json"), self.flat_document(members, &reached));
        }
    }

    /// The bundle in which every definition is at `#/definitions/Name`.
    pub(super) fn flat(&self) -> String {
        self.flat_document(self.bundle_head(), &self.reached)
    }

    fn flat_document(&self, own: Members<'_>, reached: &BTreeMap<&str, &DefName>) -> String {
        let texts: Vec<&str> = reached.values().map(|name| self.flat[name].as_str()).collect();
        let length = texts.iter().map(|text| text.len() + 2).sum();
        document(own, length, texts.into_iter(), |definition, text| {
            text.push_str(definition)
        })
    }

    /// A bundle in which the definitions of a namespace are at `#/definitions/namespace/Name`: `roots` and all that they
    /// reach.
    pub(super) fn namespaced(&self, roots: &[&'a DefName]) -> String {
        let held = self.held(roots);
        // Each line stands a level deeper than in the flat layout, and each reference names a namespace.
        let length: usize = held.values().map(|name| self.flat[name].len()).sum();
        // A name of the root, or a namespace with the names in it.
        let mut root: BTreeMap<&str, Vec<&DefName>> = BTreeMap::new();
        for name in held.into_values() {
            let first = name.namespace().unwrap_or_else(|| name.name());
            root.entry(first).or_default().push(name);
        }
        document(
            self.bundle_head(),
            length + length / 3,
            root.iter(),
            |(first, names), text| {
                if let [name] = names[..]
                    && name.namespace().is_none()
                {
                    return self.definition(name, Layout::Namespaced, 2, text);
                }
                text.push_str("    ");
                write_text(first, text);
                let mut before = ": {\n";
                for name in names {
                    text.push_str(before);
                    before = ",\n";
                    self.definition(name, Layout::Namespaced, 3, text);
                }
                text.push_str("\n    }");
            },
        )
    }

    /// The formats that the reached definitions use.
    pub(super) fn formats(&self) -> BTreeSet<String> {
        let mut formats = BTreeSet::new();
        for name in self.reached.values() {
            self.schemas[name].walk(&mut |node| {
                let Node::Object(members) = node else { return };
                for (name, value) in members {
                    if let ("format", Node::Text(format)) = (name.as_ref(), value) {
                        formats.insert(format.to_string());
                    }
                }
            });
        }
        formats
    }

    /// `roots` and what they reach, by name.
    fn held(&self, roots: &[&'a DefName]) -> BTreeMap<&'a str, &'a DefName> {
        let mut held = self.reach(roots);
        held.extend(roots.iter().map(|root| (root.name(), *root)));
        held
    }

    /// What `from` refers to, directly or not.
    fn reach(&self, from: &[&'a DefName]) -> BTreeMap<&'a str, &'a DefName> {
        let mut reached = BTreeMap::new();
        let mut open = from.to_vec();
        while let Some(name) = open.pop() {
            for target in &self.refs[name] {
                if reached.insert(target.name(), *target).is_none() {
                    open.push(target);
                }
            }
        }
        reached
    }

    fn bundle_head(&self) -> Members<'_> {
        let mut head = self.head(None);
        head.push(member("title", self.protocol.title.as_str()));
        if !self.protocol.docs.is_empty() {
            head.push(member("description", self.protocol.docs.as_str()));
        }
        head.push(member("type", "object"));
        head
    }

    fn head(&self, file: Option<&str>) -> Members<'_> {
        vec![
            member("$schema", DRAFT),
            member("$comment", self.options.note(file)),
            member(
                "x-protocol",
                vec![
                    member("name", self.protocol.name.as_str()),
                    member("version", self.protocol.version.as_str()),
                ],
            ),
        ]
    }

    /// Adds a definition as a member of an object whose members stand `depth` levels deep.
    fn definition(&self, name: &DefName, layout: Layout, depth: usize, text: &mut String) {
        (0..depth).for_each(|_| text.push_str("  "));
        write_text(name.name(), text);
        text.push_str(": ");
        self.schemas[name].write(layout, depth, text);
    }
}

/// What a schema refers to.
fn refs<'a>(schema: &Node<'a>) -> Vec<&'a DefName> {
    let mut refs = BTreeSet::new();
    schema.walk(&mut |node| {
        if let Node::Ref(target) = node {
            refs.insert(*target);
        }
    });
    refs.into_iter().collect()
}

/// A document: its own members, then `definitions`, each written by `write` two levels deep; `length` is about theirs
/// altogether.
fn document<T>(
    own: Members<'_>,
    length: usize,
    definitions: impl Iterator<Item = T>,
    write: impl Fn(T, &mut String),
) -> String {
    let mut text = String::with_capacity(length + 1024);
    // The layout does not matter to what refers to nothing but flat definitions.
    Node::Object(own).write(Layout::Flat, 0, &mut text);
    let mut before = ",\n  \"definitions\": {\n";
    text.truncate(text.len() - "\n}".len());
    for definition in definitions {
        text.push_str(before);
        write(definition, &mut text);
        before = ",\n";
    }
    if before == ",\n" {
        text.push_str("\n  }");
    }
    text.push_str("\n}\n");
    text
}
