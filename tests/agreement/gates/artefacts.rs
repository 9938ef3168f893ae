//! What clients take of a set of gates names nothing that is behind another.
//!
//! In: the model, and the JSON Schema and TypeScript of every set of gates. Out: each hidden name that stands in them,
//! comments included, and each hidden part that a definition shows.
//!
//! A name is hidden where no part that the set sees has it: of methods, definitions, fields and members, and titles that are
//! made of them. In code (members, strings, identifiers, paths) and between backticks a hidden name counts wherever it is a
//! whole word, or a whole part of a path. In running text it counts unless it could be an ordinary word, letters of which at
//! most the first is a capital: `store` is English, `live_logs` is not. A name that some visible part has too cannot be told by itself. It is looked for
//! in the definition that has the hidden part: its schema and its module must not show the name, unless a part of that very
//! definition that is visible has it.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde_json::Value;
use wiregate_codegen::emit::{EmitOptions, emit_profile};
use wiregate_codegen::gates::profile;
use wiregate_codegen::ir::{Content, DefName, Marks, Protocol, Shape, Struct, Tagging, Type};

use super::{Open, combinations};
use crate::repository::{Emitted, protocols, report};

/// Words of JSON Schema and TypeScript themselves, which a name may be too.
const VOCABULARY: &[&str] = &[
    "array",
    "boolean",
    "default",
    "definitions",
    "description",
    "enum",
    "error",
    "errors",
    "export",
    "format",
    "import",
    "integer",
    "items",
    "kind",
    "method",
    "methods",
    "name",
    "null",
    "number",
    "object",
    "params",
    "properties",
    "required",
    "result",
    "string",
    "title",
    "type",
    "undefined",
    "unknown",
    "version",
];

#[test]
fn no_artefact_names_what_its_reader_did_not_opt_into() {
    for protocol in protocols() {
        let model = &protocol.model;
        let mut count = 0;
        let mut wrong = Vec::new();
        for open in combinations(model) {
            let files = artefacts(protocol, &open);
            let seen = Seen::of(model, &open);
            let hidden = seen.hidden(model);
            assert_eq!(hidden.is_empty(), open.len() == model.gates.len());
            count += files.len();
            for (path, text) in &files {
                let mut found = BTreeSet::new();
                look(path, text, &mut |word| {
                    if hidden.contains(word) {
                        found.insert(word.to_owned());
                    }
                });
                let each = found.into_iter();
                wrong.extend(each.map(|name| format!("{open:?}: {path} names {name}")));
                // A validator is taught all our keywords in every profile, by `formats.js`.
                let marks = ["x-gate", "@experimental"];
                if open.is_empty() && !path.ends_with(".js") && marks.iter().any(|mark| text.contains(mark)) {
                    wrong.push(format!("{open:?}: {path} speaks of a gate"));
                }
            }
            wrong.extend(seen.shared(model, &files));
        }
        report("artefacts without hidden names", count, &wrong);
    }
}

/// Otherwise the test above could look for what is never written.
#[test]
fn every_hidden_name_is_found_where_it_may_stand() {
    for protocol in protocols() {
        let model = &protocol.model;
        let all = model.gates.keys().map(String::as_str).collect();
        let none = Open::new();
        let mut missing = Seen::of(model, &none).hidden(model);
        let count = missing.len();
        for (path, text) in &artefacts(protocol, &all) {
            look(path, text, &mut |word| {
                missing.remove(word);
            });
        }
        let wrong: Vec<String> = missing.into_iter().map(str::to_owned).collect();
        report("hidden names", count, &wrong);
    }
}

/// A definition that is gated is named by nothing that its gate does not hide.
#[test]
fn gated_definitions_are_out_of_reach_without_their_gate() {
    for protocol in protocols() {
        let model = &protocol.model;
        let mut count = 0;
        let mut wrong = Vec::new();
        for open in combinations(model) {
            let seen = Seen::of(model, &open);
            for (name, definition) in &model.definitions {
                count += 1;
                if !seen.shows(&definition.marks) && seen.definitions.contains(name) {
                    wrong.push(format!("{open:?}: {name}"));
                }
            }
        }
        report("definitions out of reach", count, &wrong);
    }
}

/// The names that who has opened these gates does not see anywhere.
pub(super) fn hidden<'a>(model: &'a Protocol, open: &'a Open<'a>) -> BTreeSet<&'a str> {
    Seen::of(model, open).hidden(model)
}

/// The JSON Schema and TypeScript of a set of gates, by path. Sets that are in the repository are read from there.
fn artefacts(protocol: &Emitted, open: &Open<'_>) -> BTreeMap<String, String> {
    if open.is_empty() || open.len() == protocol.model.gates.len() {
        let name = if open.is_empty() { "stable" } else { "experimental" };
        let mut files = BTreeMap::new();
        for target in ["json", "typescript"] {
            protocol.read_below(&format!("{target}/{name}"), target, &mut files);
        }
        return files;
    }
    let profile = profile(&protocol.model, |gate| open.contains(gate));
    let files = emit_profile(&profile, &EmitOptions::default());
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("it is text");
    files
        .iter()
        .map(|(path, bytes)| (path.to_owned(), text(bytes)))
        .collect()
}

/// What a set of gates sees of a model.
struct Seen<'a> {
    open: &'a Open<'a>,
    definitions: HashSet<&'a DefName>,
    names: HashSet<&'a str>,
}

impl<'a> Seen<'a> {
    fn of(model: &'a Protocol, open: &'a Open<'a>) -> Self {
        let mut this = Self {
            open,
            definitions: HashSet::new(),
            names: HashSet::new(),
        };
        let mut next: Vec<&'a DefName> = model.envelope.message.iter().collect();
        for (wire, method) in &model.methods {
            if this.shows(&method.marks) {
                this.names
                    .extend([wire, &method.title, &method.message_title].map(String::as_str));
                this.names.insert(&method.service);
                next.extend(method.params.iter().chain(&method.result).chain(&method.errors));
            }
        }
        while let Some(name) = next.pop() {
            if this.definitions.insert(name) {
                this.names.extend(name.namespace());
                this.names.extend(model.definitions[name].file.split('/'));
                let mut names = Vec::new();
                of_definition(model, name, &|marks| this.shows(marks), &mut names, &mut next);
                this.names.extend(names);
            }
        }
        this
    }

    fn shows(&self, marks: &Marks) -> bool {
        marks
            .gate
            .as_ref()
            .is_none_or(|gate| self.open.contains(gate.name.as_str()))
    }

    /// The names that only those see who have all gates.
    fn hidden(&self, model: &'a Protocol) -> BTreeSet<&'a str> {
        let mut names = Vec::new();
        for (wire, method) in &model.methods {
            if is_shown(&method.marks) {
                names.extend([wire, &method.title, &method.message_title].map(String::as_str));
            }
        }
        for (name, definition) in &model.definitions {
            if is_shown(&definition.marks) {
                of_definition(model, name, &is_shown, &mut names, &mut Vec::new());
            }
        }
        let seen = |name: &&str| self.names.contains(*name) || VOCABULARY.contains(name);
        names.retain(|name| !seen(name));
        names.into_iter().collect()
    }

    /// Hidden parts that a visible definition shows, of those whose name others have too.
    fn shared(&self, model: &'a Protocol, files: &BTreeMap<String, String>) -> Vec<String> {
        let flat = files.iter().find(|(path, _)| path.ends_with(".flat.json"));
        let (_, flat) = flat.expect("there is a flat bundle");
        let flat: Value = serde_json::from_str(flat).expect("a bundle is JSON");
        let mut wrong = Vec::new();
        for name in &self.definitions {
            let (mut all, mut seen) = (Vec::new(), Vec::new());
            of_definition(model, name, &|_| true, &mut all, &mut Vec::new());
            // What is flattened, and who is referred to, is named there too.
            let mut others = Vec::new();
            of_definition(model, name, &|marks| self.shows(marks), &mut seen, &mut others);
            for other in others {
                seen.push(other.name());
                of_definition(
                    model,
                    other,
                    &|marks| self.shows(marks),
                    &mut seen,
                    &mut Vec::new(),
                );
            }
            let hidden: Vec<&str> = all.into_iter().filter(|name| !seen.contains(name)).collect();
            if hidden.is_empty() {
                continue;
            }
            let schema = &flat["definitions"][name.name()];
            let module = files.get(&format!("typescript/{name}.ts"));
            for (where_, text) in [("schema", Some(schema.to_string())), ("module", module.cloned())] {
                // What only Rust knows has neither.
                let path = if where_ == "schema" { ".json" } else { ".ts" };
                in_code(path, &text.unwrap_or_default(), &mut |word| {
                    if hidden.contains(&word) && !VOCABULARY.contains(&word) {
                        wrong.push(format!("{:?}: the {where_} of {name} shows {word}", self.open));
                    }
                });
            }
        }
        wrong
    }
}

/// Whether clients are shown it at all.
fn is_shown(marks: &Marks) -> bool {
    marks.visibility == wiregate_codegen::ir::Visibility::Everywhere
}

/// The names in a definition, of what is shown, and the definitions that it needs.
fn of_definition<'a>(
    model: &'a Protocol,
    name: &'a DefName,
    shows: &dyn Fn(&Marks) -> bool,
    names: &mut Vec<&'a str>,
    needed: &mut Vec<&'a DefName>,
) {
    names.push(name.name());
    match &model.definitions[name].shape {
        Shape::Struct(body) | Shape::Error { data: body, .. } => of_body(body, shows, names, needed),
        Shape::Alias { ty } => of_type(ty, names, needed),
        Shape::Enum(body) => {
            let shown = body.members.iter().filter(|member| shows(&member.marks));
            names.extend(shown.map(|member| member.name.as_str()));
        }
        Shape::Union(body) => {
            names.extend(body.fallback.as_deref());
            match &body.tagging {
                Tagging::Internal { tag } => names.push(tag),
                Tagging::Adjacent { tag, content } => names.extend([tag.as_str(), content]),
                Tagging::External | Tagging::Untagged => {}
            }
            for member in body.members.iter().filter(|member| shows(&member.marks)) {
                // Members without a tag are called by nobody.
                if body.tagging != Tagging::Untagged {
                    names.extend([member.name.as_str(), &member.title]);
                }
                match &member.content {
                    Content::None => {}
                    Content::Fields { body, .. } => of_body(body, shows, names, needed),
                    Content::Type { ty } => of_type(ty, names, needed),
                }
            }
        }
    }
}

fn of_body<'a>(
    body: &'a Struct,
    shows: &dyn Fn(&Marks) -> bool,
    names: &mut Vec<&'a str>,
    needed: &mut Vec<&'a DefName>,
) {
    for field in body.fields.iter().filter(|field| shows(&field.marks)) {
        names.push(&field.name);
        of_type(&field.ty, names, needed);
    }
    needed.extend(body.flatten.iter().map(|flat| &flat.target));
    if let Some(rest) = &body.rest {
        of_type(&rest.values, names, needed);
    }
}

fn of_type<'a>(ty: &'a Type, names: &mut Vec<&'a str>, needed: &mut Vec<&'a DefName>) {
    match ty {
        Type::Scalar(_) => {}
        Type::Constant(value) => names.extend(value.as_str()),
        Type::Ref(name) => needed.push(name),
        Type::Nullable(inner) | Type::List(inner) => of_type(inner, names, needed),
        Type::Map(key, value) => {
            of_type(key, names, needed);
            of_type(value, names, needed);
        }
        Type::Tuple(items) => items.iter().for_each(|item| of_type(item, names, needed)),
    }
}

/// Every word of a file that could be a name.
fn look(path: &str, text: &str, found: &mut dyn FnMut(&str)) {
    words(path, found);
    in_code(path, text, found);
    in_prose(path, text, found);
}

/// The words of what is no comment.
fn in_code(path: &str, text: &str, found: &mut dyn FnMut(&str)) {
    if path.ends_with(".json") {
        of_json(text, &mut |is_prose, text| {
            if !is_prose {
                words(text, found)
            }
        });
    } else {
        of_module(text, &mut |is_prose, text| {
            if !is_prose {
                words(text, found)
            }
        });
    }
}

/// The words of comments that are no ordinary ones.
fn in_prose(path: &str, text: &str, found: &mut dyn FnMut(&str)) {
    let mut look = |is_prose: bool, text: &str| {
        if !is_prose {
            return;
        }
        for (index, span) in text.split('`').enumerate() {
            words(span, &mut |word| {
                let is_ordinary = word.chars().skip(1).all(|letter| letter.is_ascii_lowercase());
                if index % 2 == 1 || !is_ordinary {
                    found(word);
                }
            });
        }
    };
    if path.ends_with(".json") {
        of_json(text, &mut look);
    } else {
        of_module(text, &mut look);
    }
}

/// Members and strings of a document, with whether they are prose.
fn of_json(text: &str, see: &mut dyn FnMut(bool, &str)) {
    fn walk(value: &Value, is_prose: bool, see: &mut dyn FnMut(bool, &str)) {
        match value {
            Value::String(text) => see(is_prose, text),
            Value::Array(items) => items.iter().for_each(|item| walk(item, false, see)),
            Value::Object(members) => {
                for (name, value) in members {
                    see(false, name);
                    walk(value, matches!(name.as_str(), "description" | "deprecated"), see);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    walk(
        &serde_json::from_str(text).expect("the document is JSON"),
        false,
        see,
    );
}

/// Code and comments of a module.
fn of_module(text: &str, see: &mut dyn FnMut(bool, &str)) {
    let mut rest = text;
    while let Some(start) = rest.find("/*").into_iter().chain(rest.find("//")).min() {
        // Strings of ours hold neither.
        let (end, close) = if rest[start..].starts_with("/*") {
            ("*/", 2)
        } else {
            ("\n", 1)
        };
        let length = rest[start..]
            .find(end)
            .map_or(rest.len() - start, |at| at + close);
        see(false, &rest[..start]);
        see(true, &rest[start..start + length]);
        rest = &rest[start + length..];
    }
    see(false, rest);
}

/// The words of a text as they stand, such as `thread/start` and `./ThreadStartParams.js`, and their parts.
pub(super) fn words(text: &str, found: &mut dyn FnMut(&str)) {
    let is_joint = |letter: char| matches!(letter, '/' | '.' | '-');
    let in_word = |letter: char| letter.is_alphanumeric() || letter == '_' || is_joint(letter);
    for word in text.split(|letter| !in_word(letter)) {
        let word = word.trim_matches(is_joint);
        if word.contains(is_joint) {
            found(word);
        }
        word.split(is_joint).for_each(&mut *found);
    }
}
