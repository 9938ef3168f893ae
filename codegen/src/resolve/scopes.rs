//! What each file sees: its own definitions and its imports.
//!
//! In: the collected items. Out: a lookup from a file and a name to an id, which reports names that mean nothing.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use indexmap::IndexMap;

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
    /// Where each name that means nothing stands: one import that was forgotten is one fault.
    unknown: RefCell<IndexMap<String, Vec<Span>>>,
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

    /// The definition that `name` means in `module`. None when that was reported, or will be by `report_unknown`.
    pub(super) fn lookup(&self, module: ModuleId, name: &Name) -> Option<DefId> {
        let scope = &self.modules[module.0 as usize];
        if let Some(&id) = scope.own.get(&name.text) {
            return Some(id);
        }
        if let Some(import) = scope.imports.get(&name.text) {
            scope.used.borrow_mut().insert(name.text.clone());
            return import.target;
        }
        let mut unknown = scope.unknown.borrow_mut();
        unknown.entry(name.text.clone()).or_default().push(name.span);
        None
    }

    /// Reports names that mean nothing, each once in a file.
    pub(super) fn report_unknown(&self, diagnostics: &mut Diagnostics) {
        for (index, scope) in self.modules.iter().enumerate() {
            let unknown = scope.unknown.take();
            for (name, mut places) in unknown {
                places.sort();
                diagnostics.push(self.unknown(ModuleId(index as u32), &name, &places));
            }
        }
    }

    fn unknown(&self, module: ModuleId, name: &str, places: &[Span]) -> Diagnostic {
        let mut report = Diagnostic::new(
            &rules::UNKNOWN_NAME,
            places.first().copied(),
            format!("cannot find a definition called `{name}`"),
        )
        .label("neither defined in this file nor imported");
        match places.len() - 1 {
            0 => {}
            1 => report = report.note("1 more place in this file names it"),
            more => report = report.note(format!("{more} more places in this file name it")),
        }
        let scope = &self.modules[module.0 as usize];
        if let Some((_, home)) = self.everywhere.get(name) {
            let hint = format!("add `use {}.{name};`", self.path_from(module, *home));
            return report.help(format!("it is defined in `{}`; {hint}", self.dotted(*home)));
        }
        match self.nearest(scope, name) {
            Some(near) => report.help(near),
            None => report,
        }
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
            let target = match from.map(|from| self.exported(from, wanted, diagnostics)) {
                Some(Ok(found)) => Some(found),
                Some(Err(Some(meant))) => {
                    // The file names what it meant to import; that is not reported again.
                    let import = Import {
                        target: None,
                        span: wanted.name.span,
                    };
                    let scope = &mut self.modules[module.0 as usize];
                    scope.imports.entry(meant).or_insert(import);
                    None
                }
                Some(Err(None)) | None => None,
            };
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
                if let Some(near) = self.nearest_module(module, &path) {
                    report = report.help(format!("did you mean `{near}`?"));
                }
                diagnostics.push(report);
                None
            }
        }
    }

    /// What `from` defines under the wanted name; else, having reported it, the name that was probably meant.
    fn exported(
        &self,
        from: ModuleId,
        wanted: &UseName,
        diagnostics: &mut Diagnostics,
    ) -> Result<DefId, Option<String>> {
        let scope = &self.modules[from.0 as usize];
        let name = &wanted.name;
        if let Some(&id) = scope.own.get(&name.text) {
            return Ok(id);
        }
        let mut meant = None;
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
            meant = Some(near.to_owned());
        }
        diagnostics.push(report);
        Err(meant)
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

    /// The module whose path, or the last part of it, is nearest to `path`, as `module` names it.
    fn nearest_module(&self, module: ModuleId, path: &str) -> Option<String> {
        let paths = self.paths.iter();
        let mut spellings: HashMap<&str, ModuleId> = paths.map(|(path, id)| (path.as_str(), *id)).collect();
        let mut modules: Vec<_> = self.modules.iter().enumerate().collect();
        modules.sort_by_key(|(_, scope)| &scope.path);
        for (index, scope) in modules {
            let tail = scope
                .path
                .rsplit_once('/')
                .map_or(scope.path.as_str(), |(_, tail)| tail);
            spellings.entry(tail).or_insert(ModuleId(index as u32));
        }
        let near = suggest::nearest(path, spellings.keys().copied())?;
        Some(self.path_from(module, spellings[near]))
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
