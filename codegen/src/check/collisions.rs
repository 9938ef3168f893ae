//! Two things that would share a name in some artefact. Nothing is ever overwritten or numbered.
//!
//! In: the tree. Out: reports, each at the second of the two, with a note at the first.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;

use crate::ast::{Name, Tagging};
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::emit::names;
use crate::resolve::{MemberContent, Resolved, Shape, Struct, TypeKind};
use crate::rules::{self, Rule};
use crate::source::Span;

/// Names that the emitters give to types of their own, at the root of each target.
const GENERATED: &[&str] = &[
    "ClientNotification",
    "ClientRequest",
    "ClientResponse",
    "ServerNotification",
    "ServerRequest",
    "ServerResponse",
];

/// Reports collisions of every kind.
pub(super) fn check(resolved: &Resolved, out: &mut Diagnostics) {
    titles(resolved, out);
    files(resolved, out);
    rust_types(resolved, out);
    rust_modules(resolved, out);
    services(resolved, out);
    for definition in &resolved.definitions {
        inside(&definition.shape, out);
    }
}

/// What has a name: "field `cwd`", "member `text` of `Input`".
#[derive(Clone, Copy)]
struct Holder<'a> {
    what: &'static str,
    name: &'a str,
    of: Option<&'a str>,
}

impl<'a> Holder<'a> {
    fn new(what: &'static str, name: &'a str) -> Self {
        Self { what, name, of: None }
    }

    fn of(self, owner: &'a str) -> Self {
        Self {
            of: Some(owner),
            ..self
        }
    }
}

impl fmt::Display for Holder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what)?;
        if !self.name.is_empty() {
            write!(f, " `{}`", self.name)?;
        }
        self.of.map_or(Ok(()), |owner| write!(f, " of `{owner}`"))
    }
}

/// Names that are taken, and by what.
struct Taken<'a> {
    rule: &'static Rule,
    names: HashMap<Cow<'a, str>, (Span, Holder<'a>)>,
}

impl<'a> Taken<'a> {
    /// With room for so many names.
    fn new(rule: &'static Rule, count: usize) -> Self {
        Self {
            rule,
            names: HashMap::with_capacity(count),
        }
    }

    /// Takes `derived` for `holder`, or reports who has it and says false. `role` says what the name is: "the title `X`".
    fn take(
        &mut self,
        derived: impl Into<Cow<'a, str>>,
        span: Span,
        holder: Holder<'a>,
        role: impl Fn(&str) -> String,
        out: &mut Diagnostics,
    ) -> bool {
        let derived = derived.into();
        if derived.is_empty() {
            // Nothing could be derived, which is reported as that.
            return true;
        }
        match self.names.entry(derived) {
            Entry::Occupied(taken) => {
                let (first, earlier) = *taken.get();
                out.push(
                    Diagnostic::new(
                        self.rule,
                        span,
                        format!("{holder} and {earlier} would share {}", role(taken.key())),
                    )
                    .label("second use of it")
                    .note_at(first, format!("first taken by {earlier}"))
                    .help("rename one of them; `as` gives a name to targets and leaves the wire as it is"),
                );
                false
            }
            Entry::Vacant(free) => {
                free.insert((span, holder));
                true
            }
        }
    }
}

/// The flat bundle has one list of titles for definitions, members of unions and methods, whatever their namespaces.
fn titles(resolved: &Resolved, out: &mut Diagnostics) {
    let count = resolved.definitions.len() + 2 * resolved.methods.len() + 1;
    let mut taken = Taken::new(&rules::TITLE_COLLISION, count);
    let role = |title: &str| format!("the title `{title}` in the flat bundle");
    for definition in &resolved.definitions {
        let name = &definition.name;
        if GENERATED.contains(&name.text.as_str()) {
            out.push(
                Diagnostic::new(
                    &rules::TITLE_COLLISION,
                    name.span,
                    format!("definition `{0}` and the union of all methods of that kind would share the title `{0}`", name.text),
                )
                .label("every protocol has a type of this name")
                .help("give the definition another name"),
            );
            continue;
        }
        taken.take(
            &name.text,
            name.span,
            Holder::new("definition", &name.text),
            role,
            out,
        );
    }
    for definition in &resolved.definitions {
        let Shape::Union(union) = &definition.shape else {
            continue;
        };
        for member in union
            .members
            .iter()
            .filter(|member| has_title(&union.tagging, &member.content))
        {
            let base = member.rename.as_ref().unwrap_or(&member.name);
            let title = names::member_title(&definition.name.text, &base.text);
            let holder = Holder::new("member", &member.name.text).of(&definition.name.text);
            taken.take(title, base.span, holder, role, out);
        }
        if union.open.is_some() {
            let name = &definition.name;
            let fallback = names::fallback_title(&name.text);
            let holder = Holder::new("the fallback of open union", &name.text);
            let role = |title: &str| format!("the TypeScript name `{title}`");
            taken.take(fallback, name.span, holder, role, out);
        }
    }
    for method in &resolved.methods {
        let base = method.rename.as_ref().unwrap_or(&method.name);
        let title = names::method_title(&base.text);
        let holder = Holder::new("method", &method.name.text);
        let message = names::message_title(&title, method.kind);
        if taken.take(title, base.span, holder, role, out) {
            taken.take(message, base.span, holder, role, out);
        }
    }
    let protocol = &resolved.protocol.name;
    taken.take(
        names::bundle_title(&protocol.text),
        protocol.span,
        Holder::new("protocol", &protocol.text),
        role,
        out,
    );
}

/// A member has a title where its schema is an object: a bare string, and the name of a definition, need none.
fn has_title(tagging: &Tagging, content: &MemberContent) -> bool {
    match (tagging, content) {
        (Tagging::External(_), MemberContent::None) => false,
        (Tagging::Untagged(_), MemberContent::Type(ty)) => matches!(ty.kind, TypeKind::Map(..)),
        _ => true,
    }
}

/// One file per definition, on file systems that ignore case too.
fn files(resolved: &Resolved, out: &mut Diagnostics) {
    let mut seen: HashMap<String, &Name> = HashMap::new();
    for definition in &resolved.definitions {
        let name = &definition.name;
        if names::is_own_file(&name.text) {
            out.push(
                Diagnostic::new(
                    &rules::CASE_COLLISION,
                    name.span,
                    format!(
                        "the file of `{}` differs only in case from one that every package has",
                        name.text
                    ),
                )
                .label(format!("`{}.*` is taken", name.text.to_ascii_lowercase()))
                .help("give the definition another name"),
            );
        }
        match seen.get(&name.text.to_ascii_lowercase()) {
            Some(first) if first.text != name.text => out.push(
                Diagnostic::new(
                    &rules::CASE_COLLISION,
                    name.span,
                    format!(
                        "definitions `{}` and `{}` differ only in case",
                        name.text, first.text
                    ),
                )
                .label("its file would be the other's on a file system that ignores case")
                .note_at(first.span, format!("`{}` is defined here", first.text))
                .help("rename one of them"),
            ),
            Some(_) => {}
            None => {
                seen.insert(name.text.to_ascii_lowercase(), name);
            }
        }
    }
}

/// Definitions of one namespace, and the structs of members that are declared in place, share a Rust module.
fn rust_types(resolved: &Resolved, out: &mut Diagnostics) {
    let mut namespaces: HashMap<Option<&str>, Taken<'_>> = HashMap::new();
    let role = |ident: &str| format!("the Rust name `{ident}`");
    for definition in &resolved.definitions {
        let space = resolved[definition.module].namespace_text();
        let taken = namespaces
            .entry(space)
            .or_insert_with(|| Taken::new(&rules::RUST_NAME_COLLISION, 0));
        let name = &definition.name;
        let holder = Holder::new("definition", &name.text);
        taken.names.insert(name.text.as_str().into(), (name.span, holder));
    }
    for definition in &resolved.definitions {
        let Shape::Union(union) = &definition.shape else {
            continue;
        };
        let space = resolved[definition.module].namespace_text();
        let Some(taken) = namespaces.get_mut(&space) else {
            continue;
        };
        for member in &union.members {
            if matches!(member.content, MemberContent::Fields(_)) {
                let base = member.rename.as_ref().unwrap_or(&member.name);
                let ident = names::member_struct(&definition.name.text, &base.text);
                let holder = Holder::new("member", &member.name.text).of(&definition.name.text);
                taken.take(ident, base.span, holder, role, out);
            }
        }
    }
}

/// Files of one namespace are modules of one Rust module, and namespaces are modules of the crate.
fn rust_modules(resolved: &Resolved, out: &mut Diagnostics) {
    let collision = |span: Span, message: String| Diagnostic::new(&rules::MODULE_COLLISION, span, message);
    let mut seen: HashMap<(Option<&str>, String), &str> = HashMap::new();
    let mut spaces: Vec<&Name> = Vec::new();
    for module in &resolved.modules {
        let space = module.namespace_text();
        let ident = names::module(&module.path, space);
        let place = module
            .namespace
            .as_ref()
            .map_or(Span::new(module.file, 0..0), |name| name.span);
        if !module.path.is_ascii() || !names::has_identifier(&ident) {
            out.push(
                Diagnostic::new(
                    &rules::INVALID_NAME,
                    Span::new(module.file, 0..0),
                    format!("no Rust module can be called after the file `{}`", module.path),
                )
                .label("this file")
                .help("begin its name with an ASCII letter, and use ASCII letters, digits, `_` and `-`"),
            );
            continue;
        }
        if names::is_own_module(&ident) {
            out.push(
                collision(
                    place,
                    format!(
                        "file `{}` would be the Rust module `{ident}`, which every crate has",
                        module.path
                    ),
                )
                .label("this file")
                .help("rename the file"),
            );
        }
        if let Some(first) = seen.get(&(space, ident.clone())) {
            let files = format!("files `{first}` and `{}`", module.path);
            out.push(
                collision(place, format!("{files} would share the Rust module `{ident}`"))
                    .label(format!("`{}` puts its definitions here", module.path))
                    .help("rename one of the files, or put it in another namespace"),
            );
        } else {
            seen.insert((space, ident), &module.path);
        }
        if let Some(name) = &module.namespace
            && !spaces.iter().any(|known| known.text == name.text)
        {
            spaces.push(name);
        }
    }
    for name in spaces {
        let ident = names::namespace_module(&name.text);
        if names::is_own_module(&ident) {
            out.push(
                collision(
                    name.span,
                    format!("namespace `{ident}` would be a Rust module that every crate has"),
                )
                .label("taken")
                .help("give the namespace another name"),
            );
        }
        if let Some(file) = seen.get(&(None, ident.clone())) {
            let both = format!("namespace `{}` and file `{file}`", name.text);
            out.push(
                collision(name.span, format!("{both} would share the Rust module `{ident}`"))
                    .label("the namespace is a module of the crate, and so is the file")
                    .help("rename the file, or give it a namespace"),
            );
        }
    }
}

fn services(resolved: &Resolved, out: &mut Diagnostics) {
    let mut taken = Taken::new(&rules::RUST_NAME_COLLISION, resolved.services.len());
    for service in &resolved.services {
        let name = &service.name;
        taken.take(
            names::rust_field(&name.text),
            name.span,
            Holder::new("service", &name.text),
            |ident| format!("the Rust name `{ident}`"),
            out,
        );
    }
}

/// Fields of a struct, and members of an enum or union.
fn inside(shape: &Shape, out: &mut Diagnostics) {
    match shape {
        Shape::Alias(_) => {}
        Shape::Struct(body) | Shape::Error { data: body, .. } => fields(body, out),
        Shape::Enum(declared) => {
            let members = declared
                .members
                .iter()
                .map(|member| (&member.name, &member.rename));
            variants(declared.open, members, out);
        }
        Shape::Union(union) => {
            let members = union.members.iter().map(|member| (&member.name, &member.rename));
            variants(union.open, members, out);
            for member in &union.members {
                if let MemberContent::Fields(body) = &member.content {
                    fields(body, out);
                }
            }
        }
    }
}

fn fields(body: &Struct, out: &mut Diagnostics) {
    let count = body.fields.len() + body.spreads.len();
    let mut taken = Taken::new(&rules::RUST_NAME_COLLISION, count);
    let role = |ident: &str| format!("the Rust field `{ident}`");
    for field in &body.fields {
        let base = field.rename.as_ref().unwrap_or(&field.name);
        let holder = Holder::new("field", &field.name.text);
        taken.take(names::rust_field(&base.text), base.span, holder, role, out);
    }
    for spread in &body.spreads {
        let name = &spread.name;
        let holder = Holder::new("spread", &name.text);
        taken.take(names::rust_field(&name.text), name.span, holder, role, out);
    }
}

fn variants<'a>(
    open: Option<Span>,
    members: impl Iterator<Item = (&'a Name, &'a Option<Name>)>,
    out: &mut Diagnostics,
) {
    let mut taken = Taken::new(&rules::RUST_NAME_COLLISION, members.size_hint().0 + 1);
    if let Some(span) = open {
        let fallback = Holder::new("the fallback of an open type", "");
        taken.names.insert("Unknown".into(), (span, fallback));
    }
    for (name, rename) in members {
        let base = rename.as_ref().unwrap_or(name);
        let holder = Holder::new("member", &name.text);
        let role = |ident: &str| format!("the Rust variant `{ident}`");
        taken.take(names::rust_variant(&base.text), base.span, holder, role, out);
    }
}
