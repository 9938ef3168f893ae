//! What each file sees: its own definitions and its imports.
//!
//! In: the collected items. Out: a lookup from a file and a name to an id, which reports names that mean nothing.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use super::collect::Collected;
use super::tree::{DefId, ModuleId};
use crate::ast::{Name, Use, UseName};
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::rules;
use crate::source::Span;
use crate::suggest;

/// The names that every file sees.
pub(super) struct Scopes {
    modules: Vec<Scope>,
    /// Module of each path with slashes: `v2/thread`.
    paths: HashMap<String, ModuleId>,
    /// Every definition by name, for hints.
    everywhere: HashMap<String, (DefId, ModuleId)>,
}

#[derive(Default)]
struct Scope {
    /// `v2/thread`
    path: String,
    own: HashMap<String, DefId>,
    imports: HashMap<String, Import>,
    /// Imports that something named.
    used: RefCell<HashSet<String>>,
}

struct Import {
    /// None for an import that was reported: what it names is not reported again.
    target: Option<DefId>,
    span: Span,
}

impl Scopes {
    /// Enters all definitions, then looks up all imports.
    pub(super) fn new(collected: &Collected, diagnostics: &mut Diagnostics) -> Self {
        let mut scopes = Self {
            modules: Vec::new(),
            paths: HashMap::new(),
            everywhere: HashMap::new(),
        };
        for (index, module) in collected.modules.iter().enumerate() {
            let path = module
                .path
                .strip_suffix(".idl")
                .unwrap_or(&module.path)
                .to_owned();
            scopes.paths.insert(path.clone(), ModuleId(index as u32));
            scopes.modules.push(Scope {
                path,
                ..Scope::default()
            });
        }
        for (index, unresolved) in collected.definitions.iter().enumerate() {
            let name = &unresolved.definition.name.text;
            let id = DefId(index as u32);
            let scope = &mut scopes.modules[unresolved.module.0 as usize];
            scope.own.entry(name.clone()).or_insert(id);
            scopes
                .everywhere
                .entry(name.clone())
                .or_insert((id, unresolved.module));
        }
        for (index, uses) in collected.uses.iter().enumerate() {
            let module = ModuleId(index as u32);
            for declaration in uses {
                scopes.import(collected, module, declaration, diagnostics);
            }
        }
        scopes
    }

    /// The definition that `name` means in `module`. None when that was or is now reported.
    pub(super) fn lookup(
        &self,
        module: ModuleId,
        name: &Name,
        diagnostics: &mut Diagnostics,
    ) -> Option<DefId> {
        let scope = &self.modules[module.0 as usize];
        if let Some(&id) = scope.own.get(&name.text) {
            return Some(id);
        }
        if let Some(import) = scope.imports.get(&name.text) {
            scope.used.borrow_mut().insert(name.text.clone());
            return import.target;
        }
        let mut report = Diagnostic::new(
            &rules::UNKNOWN_NAME,
            name.span,
            format!("cannot find a definition called `{}`", name.text),
        )
        .label("neither defined in this file nor imported");
        if let Some((_, home)) = self.everywhere.get(&name.text) {
            let hint = format!("add `use {}.{};`", self.path_from(module, *home), name.text);
            report = report.help(format!("it is defined in `{}`; {hint}", self.dotted(*home)));
        } else if let Some(near) = self.nearest(scope, &name.text) {
            report = report.help(near);
        }
        diagnostics.push(report);
        None
    }

    /// Warns of imports that nothing named.
    pub(super) fn report_unused(&self, diagnostics: &mut Diagnostics) {
        for scope in &self.modules {
            let used = scope.used.borrow();
            for (name, import) in &scope.imports {
                if import.target.is_some() && !used.contains(name) {
                    diagnostics.push(
                        Diagnostic::new(
                            &rules::UNUSED_IMPORT,
                            import.span,
                            format!("`{name}` is imported and not used"),
                        )
                        .label("nothing in this file names it")
                        .help("remove it from the `use`"),
                    );
                }
            }
        }
    }

    fn import(
        &mut self,
        collected: &Collected,
        module: ModuleId,
        declaration: &Use,
        diagnostics: &mut Diagnostics,
    ) {
        let from = self.module(module, declaration, diagnostics);
        for wanted in &declaration.names {
            let target = from.and_then(|from| self.exported(from, wanted, diagnostics));
            let local = wanted.alias.as_ref().unwrap_or(&wanted.name);
            let scope = &mut self.modules[module.0 as usize];
            let first = scope.own.get(&local.text).map(|id| {
                let own = collected.definitions[id.index()].definition.name.span;
                (own, "defined here")
            });
            let first = first.or_else(|| {
                let import = scope.imports.get(&local.text)?;
                Some((import.span, "first imported here"))
            });
            if let Some((first, note)) = first {
                diagnostics.push(
                    Diagnostic::new(
                        &rules::IMPORT_CONFLICT,
                        local.span,
                        format!("this file already has a `{}`", local.text),
                    )
                    .label("imported here")
                    .note_at(first, note)
                    .help("remove the import, or give it another name with `as`"),
                );
                continue;
            }
            let import = Import {
                target,
                span: local.span,
            };
            scope.imports.insert(local.text.clone(), import);
        }
    }

    /// The module that a `use` names: below the file's own folder, or below the root.
    fn module(&self, module: ModuleId, declaration: &Use, diagnostics: &mut Diagnostics) -> Option<ModuleId> {
        let segments: Vec<&str> = declaration.module.iter().map(|name| name.text.as_str()).collect();
        let path = segments.join("/");
        let span = match declaration.module.as_slice() {
            [] => declaration.span,
            [first, .., last] => first.span.to(last.span),
            [only] => only.span,
        };
        let own_folder = self.modules[module.0 as usize].path.rsplit_once('/');
        let nearby = own_folder.and_then(|(folder, _)| self.paths.get(&format!("{folder}/{path}")));
        let from_root = self.paths.get(&path);
        match (nearby, from_root) {
            (Some(&nearby), Some(&from_root)) if nearby != from_root => {
                let first = self.dotted(nearby);
                diagnostics.push(
                    Diagnostic::new(
                        &rules::AMBIGUOUS_IMPORT,
                        span,
                        format!("`{}` names two files", segments.join(".")),
                    )
                    .label(format!("either `{first}` or `{}`", self.dotted(from_root)))
                    .help(format!(
                        "write `{first}` for the one in this folder, or rename one of the files"
                    )),
                );
                None
            }
            (Some(&found), _) | (None, Some(&found)) => Some(found),
            (None, None) => {
                let mut report = Diagnostic::new(
                    &rules::UNKNOWN_MODULE,
                    span,
                    format!("cannot find a file for `{}`", segments.join(".")),
                )
                .label(format!(
                    "neither in this folder nor in the root is there a `{path}.idl`"
                ));
                let known = self.paths.keys().map(String::as_str);
                let tails = known.clone().filter_map(|path| Some(path.rsplit_once('/')?.1));
                if let Some(near) = suggest::nearest(&path, known.chain(tails)) {
                    report = report.help(format!("did you mean `{}`?", near.replace('/', ".")));
                }
                diagnostics.push(report);
                None
            }
        }
    }

    /// What `from` defines under the wanted name.
    fn exported(&self, from: ModuleId, wanted: &UseName, diagnostics: &mut Diagnostics) -> Option<DefId> {
        let scope = &self.modules[from.0 as usize];
        let name = &wanted.name;
        if let Some(&id) = scope.own.get(&name.text) {
            return Some(id);
        }
        let mut report = Diagnostic::new(
            &rules::UNKNOWN_IMPORT,
            name.span,
            format!("`{}` does not define `{}`", self.dotted(from), name.text),
        )
        .label("not defined there");
        if let Some((_, home)) = self.everywhere.get(&name.text) {
            report = report.help(format!(
                "it is defined in `{}`; import it from there",
                self.dotted(*home)
            ));
        } else if let Some(near) = suggest::nearest(&name.text, scope.own.keys().map(String::as_str)) {
            report = report.help(format!("did you mean `{near}`?"));
        }
        diagnostics.push(report);
        None
    }

    fn nearest(&self, scope: &Scope, name: &str) -> Option<String> {
        let visible = scope.own.keys().chain(scope.imports.keys()).map(String::as_str);
        if let Some(near) = suggest::nearest(name, visible) {
            return Some(format!("did you mean `{near}`?"));
        }
        let near = suggest::nearest(name, self.everywhere.keys().map(String::as_str))?;
        let (_, home) = self.everywhere[near];
        Some(format!(
            "did you mean `{near}`, which `{}` defines?",
            self.dotted(home)
        ))
    }

    fn dotted(&self, module: ModuleId) -> String {
        self.modules[module.0 as usize].path.replace('/', ".")
    }

    /// How `module` names `target` in a `use`.
    fn path_from(&self, module: ModuleId, target: ModuleId) -> String {
        let target = &self.modules[target.0 as usize].path;
        let own_folder = self.modules[module.0 as usize].path.rsplit_once('/');
        own_folder
            .and_then(|(folder, _)| target.strip_prefix(folder)?.strip_prefix('/'))
            .unwrap_or(target)
            .replace('/', ".")
    }
}
