//! Hands out an id to every module, service and definition, before anything is looked up.
//!
//! In: the files. Out: their items by kind, in order, with the definitions that foreign schemas bring.

use std::collections::HashMap;

use super::tree::{DefId, Gate, Handshake, Module, ModuleId, Service, ServiceId};
use crate::ast::{self, Docs, ItemKind, Marks, Name};
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::foreign;
use crate::rules::{self, Rule};
use crate::source::{SourceMap, Span};

/// Items by kind.
#[derive(Default)]
pub(super) struct Collected {
    pub(super) modules: Vec<Module>,
    /// The imports of each module.
    pub(super) uses: Vec<Vec<ast::Use>>,
    pub(super) protocol: Option<(ast::Protocol, Docs)>,
    pub(super) handshake: Option<Handshake>,
    pub(super) envelope: Option<(ast::Envelope, ModuleId, Span)>,
    pub(super) gates: Vec<Gate>,
    pub(super) services: Vec<Service>,
    pub(super) methods: Vec<(ServiceId, ast::Method)>,
    pub(super) definitions: Vec<Unresolved>,
}

/// A definition whose names are still text.
pub(super) struct Unresolved {
    pub(super) module: ModuleId,
    pub(super) foreign: Option<String>,
    pub(super) docs: Docs,
    pub(super) marks: Marks,
    pub(super) definition: ast::Definition,
    pub(super) span: Span,
}

/// Sorts the items of all files by kind and reports what is declared twice.
pub(super) fn collect(
    sources: &SourceMap,
    files: Vec<ast::File>,
    diagnostics: &mut Diagnostics,
) -> Collected {
    let mut collector = Collector {
        sources,
        out: Collected::default(),
        blocks: HashMap::new(),
        diagnostics,
    };
    for file in files {
        collector.file(file);
    }
    let Collector { out, diagnostics, .. } = collector;
    report_duplicates(&out, diagnostics);
    out
}

struct Collector<'a> {
    sources: &'a SourceMap,
    out: Collected,
    /// Where `protocol`, `handshake` and `envelope` stand first.
    blocks: HashMap<&'static str, Span>,
    diagnostics: &'a mut Diagnostics,
}

impl Collector<'_> {
    fn file(&mut self, file: ast::File) {
        let module = ModuleId(self.out.modules.len() as u32);
        let mut reserved = Vec::new();
        for item in file.items {
            let ast::Item {
                docs,
                marks,
                kind,
                span,
            } = item;
            if let Some(what) = never_marked(&kind) {
                self.no_marks(&marks, what);
            }
            match kind {
                ItemKind::Protocol(protocol) => {
                    if self.is_first("protocol", protocol.name.span) {
                        let docs = if file.docs.text.is_empty() {
                            docs
                        } else {
                            file.docs.clone()
                        };
                        self.out.protocol = Some((protocol, docs));
                    }
                }
                ItemKind::Handshake(declared) => {
                    if self.is_first("handshake", span) {
                        self.out.handshake = Some(Handshake { declared, span });
                    }
                }
                ItemKind::Envelope(declared) => {
                    if self.is_first("envelope", span) {
                        self.out.envelope = Some((declared, module, span));
                    }
                }
                ItemKind::Gate(declared) => self.out.gates.push(Gate {
                    docs,
                    marks,
                    declared,
                    span,
                }),
                ItemKind::Service(service) => {
                    let id = ServiceId(self.out.services.len() as u32);
                    let ast::Service {
                        name,
                        methods,
                        reserved,
                    } = service;
                    self.out
                        .methods
                        .extend(methods.into_iter().map(|method| (id, method)));
                    self.out.services.push(Service {
                        module,
                        docs,
                        marks,
                        name,
                        reserved,
                        span,
                    });
                }
                ItemKind::Definition(definition) => self.out.definitions.push(Unresolved {
                    module,
                    foreign: None,
                    docs,
                    marks,
                    definition,
                    span,
                }),
                ItemKind::Foreign(schema) => self.foreign(module, &schema, &marks),
                ItemKind::Reserved(names) => reserved.extend(names),
            }
        }
        self.out.uses.push(file.uses);
        self.out.modules.push(Module {
            file: file.id,
            path: self.sources.file(file.id).path.clone(),
            namespace: file.namespace,
            docs: file.docs,
            reserved,
        });
    }

    /// The definitions of a foreign schema belong to the file that names it, and `@allow` before the item is for all.
    fn foreign(&mut self, module: ModuleId, schema: &ast::Foreign, marks: &Marks) {
        for item in foreign::read(self.sources, schema, self.diagnostics) {
            if let ItemKind::Definition(definition) = item.kind {
                let mut own = item.marks;
                own.allow.extend(marks.allow.iter().cloned());
                self.out.definitions.push(Unresolved {
                    module,
                    foreign: Some(schema.alias.text.clone()),
                    docs: item.docs,
                    marks: own,
                    definition,
                    span: item.span,
                });
            }
        }
    }

    fn no_marks(&mut self, marks: &Marks, what: &str) {
        let allow = marks.allow.first().map(|allow| allow.code.span);
        // What a foreign schema brings may be allowed as a whole.
        let allow = allow.filter(|_| what != "`foreign`");
        let Some(span) = marks.first_but_allow().or(allow) else {
            return;
        };
        self.diagnostics.push(
            Diagnostic::new(
                &rules::MISPLACED_MARK,
                span,
                format!("a mark means nothing on {what}"),
            )
            .label("marks say who sees a definition, field, member or method")
            .help("remove it"),
        );
    }

    fn is_first(&mut self, block: &'static str, span: Span) -> bool {
        let Some(&first) = self.blocks.get(block) else {
            self.blocks.insert(block, span);
            return true;
        };
        self.diagnostics.push(
            Diagnostic::new(
                &rules::DUPLICATE_BLOCK,
                span,
                format!("`{block}` is declared twice"),
            )
            .label("second declaration")
            .note_at(first, "first declared here")
            .help("keep one of them"),
        );
        false
    }
}

/// Items that are about the whole protocol or a file, so that no mark applies.
fn never_marked(kind: &ItemKind) -> Option<&'static str> {
    match kind {
        ItemKind::Protocol(_) => Some("`protocol`"),
        ItemKind::Handshake(_) => Some("`handshake`"),
        ItemKind::Envelope(_) => Some("`envelope`"),
        ItemKind::Foreign(_) => Some("`foreign`"),
        ItemKind::Reserved(_) => Some("`reserved`"),
        ItemKind::Gate(_) | ItemKind::Service(_) | ItemKind::Definition(_) => None,
    }
}

fn report_duplicates(collected: &Collected, diagnostics: &mut Diagnostics) {
    let mut definitions = HashMap::new();
    for (index, unresolved) in collected.definitions.iter().enumerate() {
        let name = &unresolved.definition.name;
        let module = &collected.modules[unresolved.module.0 as usize];
        let first = *definitions
            .entry((module.namespace_text(), name.text.as_str()))
            .or_insert(DefId(index as u32));
        if first.index() != index {
            let first = collected.definitions[first.index()].definition.name.span;
            duplicate(
                &rules::DUPLICATE_DEFINITION,
                "definition",
                name,
                first,
                diagnostics,
            );
        }
    }
    let gates = collected.gates.iter().map(|gate| &gate.declared.name);
    report_twice(&rules::DUPLICATE_GATE, "gate", gates, diagnostics);
    let services = collected.services.iter().map(|service| &service.name);
    report_twice(&rules::DUPLICATE_SERVICE, "service", services, diagnostics);
    let methods = collected.methods.iter().map(|(_, method)| &method.name);
    report_twice(&rules::DUPLICATE_METHOD, "method", methods, diagnostics);
}

/// Reports each name that stands twice.
pub(super) fn report_twice<'a>(
    rule: &'static Rule,
    what: &str,
    names: impl Iterator<Item = &'a Name>,
    diagnostics: &mut Diagnostics,
) {
    let mut seen: HashMap<&str, Span> = HashMap::with_capacity(names.size_hint().0);
    for name in names {
        match seen.get(name.text.as_str()) {
            Some(&first) => duplicate(rule, what, name, first, diagnostics),
            None => {
                seen.insert(&name.text, name.span);
            }
        }
    }
}

fn duplicate(rule: &'static Rule, what: &str, name: &Name, first: Span, diagnostics: &mut Diagnostics) {
    diagnostics.push(
        Diagnostic::new(
            rule,
            name.span,
            format!("{what} `{}` is declared twice", name.text),
        )
        .label("second declaration")
        .note_at(first, "first declared here")
        .help("give one of them another name, or remove it"),
    );
}
