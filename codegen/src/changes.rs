//! What changed between two models, by method and field.
//!
//! In: the model before and after. Out: one line per change, as a client developer would name it:
//! `+ thread/start params.model?: string | null`.

use std::collections::{HashMap, HashSet};
use std::fmt;

use indexmap::{IndexMap, IndexSet};
use serde_json::Value;

use crate::ir::{
    Content, DefName, Definition, Delivery, Marks, Method, MethodKind, Protocol, Shape, Struct, Tagging,
    Visibility,
};

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The method that it belongs to, where it belongs to one alone.
    pub method: Option<String>,
    /// What happened.
    pub kind: ChangeKind,
    /// The place: `thread/start params.model`, `Thread.name`, `SandboxMode "read-only"`.
    pub place: String,
    /// What stands there: `?: string | null`; `old -> new` where it was changed; the new place where it was renamed.
    pub detail: String,
}

/// What happened to a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It is another now.
    Changed,
    /// It has another name now.
    Renamed,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            ChangeKind::Added => write!(f, "+ {}{}", self.place, self.detail),
            ChangeKind::Removed => write!(f, "- {}{}", self.place, self.detail),
            ChangeKind::Changed => write!(f, "~ {}: {}", self.place, self.detail),
            ChangeKind::Renamed => write!(f, "~ {} is now {}", self.place, self.detail),
        }
    }
}

/// The changes from `before` to `after`, in the order of `after`, removals where they stood. Doc comments do not count.
pub fn between(before: &Protocol, after: &Protocol) -> Vec<Change> {
    let (old, new) = (places(before), places(after));
    let mut changes = Vec::new();
    let renames = renames(&old, &new);
    for (key, place) in &old {
        if new.contains_key(key) || place.goes_with_parent(&new) {
            continue;
        }
        if let Some(twin) = renames.get(key.as_str()) {
            let name = match place.parent {
                Some(_) => last_name(twin),
                None => twin,
            };
            changes.push((place, ChangeKind::Renamed, key, name.to_owned()));
        } else {
            changes.push((place, ChangeKind::Removed, key, place.detail()));
        }
    }
    let renamed: HashSet<&str> = renames.values().copied().collect();
    for (key, place) in &new {
        match old.get(key) {
            Some(was) => {
                if let Some(detail) = difference(was, place, &renames) {
                    changes.push((place, ChangeKind::Changed, key, detail));
                }
            }
            None if renamed.contains(key.as_str()) || place.goes_with_parent(&old) => {}
            None => changes.push((place, ChangeKind::Added, key, place.detail())),
        }
    }
    changes
        .into_iter()
        .map(|(place, kind, key, detail)| Change {
            method: place.method.clone(),
            kind,
            place: key.clone(),
            detail,
        })
        .collect()
}

/// What to say of two models between which no method and no field changed; none where they are the same.
pub fn beside(before: &Protocol, after: &Protocol) -> Option<&'static str> {
    if before == after {
        None
    } else if without(before, &["docs"]) == without(after, &["docs"]) {
        Some("only comments changed")
    } else {
        Some("no message changed: only comments, order, services, files or reasons")
    }
}

/// A model as data, without the members of these names.
fn without(model: &impl serde::Serialize, names: &[&str]) -> Value {
    fn strip(value: &mut Value, names: &[&str]) {
        match value {
            Value::Object(members) => {
                members.retain(|name, _| !names.contains(&name.as_str()));
                members.values_mut().for_each(|value| strip(value, names));
            }
            Value::Array(items) => items.iter_mut().for_each(|item| strip(item, names)),
            _ => {}
        }
    }
    let mut value = serde_json::to_value(model).unwrap_or_default();
    strip(&mut value, names);
    value
}

/// What left and what came in the same group with the same description, one of each, is the same thing renamed.
fn renames<'a>(old: &'a Places, new: &'a Places) -> HashMap<&'a str, &'a str> {
    let only_in = |one: &'a Places, other: &'a Places| {
        let mut found: HashMap<(&'a str, String), Vec<&'a str>> = HashMap::new();
        for (key, place) in one.iter().filter(|(key, _)| !other.contains_key(*key)) {
            if let Some(group) = place.group.as_ref().or(place.parent.as_ref()) {
                found.entry((group, place.detail())).or_default().push(key);
            }
        }
        found
    };
    let (gone, come) = (only_in(old, new), only_in(new, old));
    gone.iter()
        .filter_map(
            |(what, gone)| match (gone.as_slice(), come.get(what)?.as_slice()) {
                ([gone], [come]) => Some((*gone, *come)),
                _ => None,
            },
        )
        .collect()
}

/// What is different of a place that stayed.
fn difference(was: &Place, is: &Place, renames: &HashMap<&str, &str>) -> Option<String> {
    let mut found = Vec::new();
    if renamed_words(&was.head, renames) != is.head {
        found.push(format!("{} -> {}", trim(&was.head), trim(&is.head)));
    }
    let all = was.parts.iter().chain(&is.parts);
    let labels: IndexSet<&str> = all.map(|part| part.label.as_str()).collect();
    for label in labels {
        match (was.part(label), is.part(label)) {
            (Some(was), Some(is)) if was.value != is.value => {
                found.push(format!("{label} {} -> {}", was.value, is.value));
            }
            (Some(_), Some(_)) | (None, None) => {}
            (Some(was), None) => found.push(format!("- {was}")),
            (None, Some(is)) => found.push(format!("+ {is}")),
        }
    }
    (!found.is_empty()).then(|| found.join(", "))
}

/// `text` with the new names in it.
fn renamed_words(text: &str, renames: &HashMap<&str, &str>) -> String {
    if renames.is_empty() {
        return text.to_owned();
    }
    text.split_inclusive(|c: char| !c.is_alphanumeric() && c != '_')
        .map(|piece| {
            let word = piece.trim_end_matches(|c: char| !c.is_alphanumeric() && c != '_');
            let name = renames.get(word).copied().unwrap_or(word);
            format!("{name}{}", &piece[word.len()..])
        })
        .collect()
}

/// One thing that can change, under a key that people can read.
#[derive(Default)]
struct Place {
    method: Option<String>,
    parent: Option<String>,
    /// Places of one group that look the same are the same, where they have another name; the parent where it is none.
    group: Option<String>,
    /// What it is: `?: string | null`, ` (enum)`.
    head: String,
    /// What else is said of it.
    parts: Vec<Part>,
}

/// Something that is said of a place.
struct Part {
    label: String,
    value: String,
    /// Whether it is told of a new place too, or only where it changes.
    always: bool,
}

impl Part {
    fn new(label: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            value: value.into(),
            always: true,
        }
    }

    /// Told only where it changes.
    fn aside(label: &str, value: impl Into<String>) -> Self {
        Self {
            always: false,
            ..Self::new(label, value)
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let space = if self.value.is_empty() { "" } else { " " };
        write!(f, "{}{space}{}", self.label, self.value)
    }
}

type Places = IndexMap<String, Place>;

fn places(protocol: &Protocol) -> Places {
    let mut places = Places::new();
    let mut owners: HashMap<&DefName, Vec<(&str, &str)>> = HashMap::new();
    places.insert(
        "protocol version".to_owned(),
        Place::root(format!(" {}", protocol.version)),
    );
    places.insert(
        "handshake".to_owned(),
        Place::root(format!(" {}", json(&protocol.handshake))),
    );
    places.insert(
        "envelope".to_owned(),
        Place::root(format!(" {}", json(&protocol.envelope))),
    );
    for (name, gate) in &protocol.gates {
        places.insert(
            format!("gate {name}"),
            Place::root(format!(" {}", json(&gate.capability))),
        );
    }
    for (name, method) in &protocol.methods {
        let place = Place {
            method: Some(name.clone()),
            parent: None,
            group: (method.params.is_some() || method.result.is_some())
                .then(|| format!("service {}", method.service)),
            head: describe_method(method),
            parts: method_parts(method),
        };
        places.insert(name.clone(), place);
        for (definition, part) in [(&method.params, "params"), (&method.result, "result")] {
            if let Some(definition) = definition {
                owners.entry(definition).or_default().push((name, part));
            }
        }
    }
    for (name, definition) in &protocol.definitions {
        // A definition that is the params or the result of one method alone is spoken of as that.
        let (method, base) = match owners.get(name).map(Vec::as_slice) {
            Some([(method, part)]) => (Some((*method).to_owned()), format!("{method} {part}")),
            _ => (None, name.name().to_owned()),
        };
        add_definition(&mut places, method, &base, definition);
    }
    places
}

impl Place {
    /// Whether it came or went with the thing that it is part of, which says enough.
    fn goes_with_parent(&self, other: &Places) -> bool {
        self.parent
            .as_ref()
            .is_some_and(|parent| !other.contains_key(parent))
    }

    fn root(head: String) -> Self {
        Self {
            head,
            ..Self::default()
        }
    }

    fn part(&self, label: &str) -> Option<&Part> {
        self.parts.iter().find(|part| part.label == label)
    }

    fn detail(&self) -> String {
        let parts = self.parts.iter().filter(|part| part.always);
        parts.fold(self.head.clone(), |text, part| format!("{text}, {part}"))
    }
}

fn add_definition(places: &mut Places, method: Option<String>, base: &str, definition: &Definition) {
    let parent = method.clone();
    // Apart from the names that come of its own, a definition with another name is what it was.
    let group = match method {
        Some(_) => None,
        None => Some(without(&definition.shape, &["docs", "rust", "title"]).to_string()),
    };
    let mut add = |key: String, parent: Option<String>, head: String, parts: Vec<Part>| {
        let place = Place {
            method: method.clone(),
            group: group.clone().filter(|_| parent.is_none()),
            parent,
            head,
            parts,
        };
        places.insert(key, place);
    };
    let of = Some(base.to_owned());
    let mut parts = mark_parts(&definition.marks);
    match &definition.shape {
        Shape::Struct(body) => {
            parts.extend(struct_parts(body));
            add(base.to_owned(), parent, String::new(), parts);
            add_fields(&mut add, base, body);
        }
        Shape::Error { code, data } => {
            parts.extend(struct_parts(data));
            add(base.to_owned(), parent, format!(" (error {code})"), parts);
            add_fields(&mut add, base, data);
        }
        Shape::Alias { ty } => add(base.to_owned(), parent, format!(" = {ty}"), parts),
        Shape::Enum(body) => {
            add(
                base.to_owned(),
                parent,
                format!(" ({}enum)", open(body.open)),
                parts,
            );
            for member in &body.members {
                let parts = member_parts(&member.marks, &member.accepts, &member.rust);
                add(
                    format!("{base} {:?}", member.name),
                    of.clone(),
                    String::new(),
                    parts,
                );
            }
        }
        Shape::Union(body) => {
            let tagging = match &body.tagging {
                Tagging::Internal { tag } => format!("tagged {tag:?}"),
                Tagging::Adjacent { tag, content } => format!("tagged {tag:?} content {content:?}"),
                Tagging::External => "tagged outside".to_owned(),
                Tagging::Untagged => "untagged".to_owned(),
            };
            let head = format!(" ({}union {tagging})", open(body.open));
            add(base.to_owned(), parent, head, parts);
            for member in &body.members {
                let key = format!("{base}.{}", member.name);
                let mut parts = member_parts(&member.marks, &member.accepts, &member.rust);
                match &member.content {
                    Content::None => add(key, of.clone(), String::new(), parts),
                    Content::Type { ty } => add(key, of.clone(), format!("({ty})"), parts),
                    Content::Fields { body, .. } => {
                        parts.extend(struct_parts(body));
                        add(key.clone(), of.clone(), String::new(), parts);
                        add_fields(&mut add, &key, body);
                    }
                }
            }
        }
    }
}

fn add_fields(add: &mut impl FnMut(String, Option<String>, String, Vec<Part>), base: &str, body: &Struct) {
    let of = Some(base.to_owned());
    for field in &body.fields {
        let mut parts = member_parts(&field.marks, &field.accepts, &field.rust);
        parts.extend(
            field
                .accepts_not
                .iter()
                .map(|old| Part::new(format!("accepts not {old:?}"), "")),
        );
        add(
            format!("{base}.{}", field.name),
            of.clone(),
            field.spelling(),
            parts,
        );
    }
    for flatten in &body.flatten {
        add(
            format!("{base}...{}", flatten.target.name()),
            of.clone(),
            String::new(),
            vec![Part::aside("in Rust", &flatten.rust)],
        );
    }
    if let Some(rest) = &body.rest {
        add(
            format!("{base}...rest"),
            of,
            format!(": {}", rest.values),
            vec![Part::aside("in Rust", &rest.rust)],
        );
    }
}

fn struct_parts(body: &Struct) -> Vec<Part> {
    let closed = body.closed.then(|| Part::new("closed", ""));
    let bare = body.bare.as_ref().map(|field| Part::new("accepts bare", field));
    closed.into_iter().chain(bare).collect()
}

fn describe_method(method: &Method) -> String {
    let mut text = match method.kind {
        MethodKind::ClientRequest => " (client request",
        MethodKind::ServerRequest => " (server request",
        MethodKind::ClientNotification => " (client notification",
        MethodKind::ServerNotification => " (server notification",
    }
    .to_owned();
    for (label, definition) in [("takes", &method.params), ("gives", &method.result)] {
        if let Some(definition) = definition {
            text.push_str(&format!(", {label} {}", definition.name()));
        }
    }
    text.push(')');
    text
}

fn method_parts(method: &Method) -> Vec<Part> {
    let mut parts = Vec::new();
    match &method.delivery {
        Some(Delivery::All) => parts.push(Part::new("to", "all")),
        Some(Delivery::Caller) => parts.push(Part::new("to", "caller")),
        Some(Delivery::Topic { path }) => {
            parts.push(Part::new("to", format!("topic {}", path.join("."))));
        }
        None => {}
    }
    for (label, path) in [
        ("order", &method.order),
        ("subscribes", &method.subscribes),
        ("unsubscribes", &method.unsubscribes),
    ] {
        parts.extend(path.iter().map(|path| Part::new(label, path.join("."))));
    }
    for (label, on) in [("lossy", method.lossy), ("cancel", method.cancel)] {
        if on {
            parts.push(Part::new(label, ""));
        }
    }
    let errors = method.errors.iter();
    parts.extend(errors.map(|error| Part::new(format!("error {}", error.name()), "")));
    parts.extend(mark_parts(&method.marks));
    parts.push(Part::aside("in Rust", &method.rust));
    parts
}

fn member_parts(marks: &Marks, accepts: &[String], rust: &str) -> Vec<Part> {
    let mut parts = mark_parts(marks);
    parts.extend(
        accepts
            .iter()
            .map(|old| Part::new(format!("accepts {old:?}"), "")),
    );
    parts.push(Part::aside("in Rust", rust));
    parts
}

fn mark_parts(marks: &Marks) -> Vec<Part> {
    let mut parts = Vec::new();
    if let Some(gate) = &marks.gate {
        parts.push(Part::new("gate", &gate.name));
        parts.extend(
            gate.otherwise
                .iter()
                .map(|value| Part::new("otherwise", value.to_string())),
        );
    }
    for (label, on) in [
        ("droppable", marks.droppable),
        ("deprecated", marks.deprecated.is_some()),
        ("legacy", marks.legacy),
    ] {
        if on {
            parts.push(Part::new(label, ""));
        }
    }
    parts.extend(marks.since.iter().map(|version| Part::new("since", version)));
    match marks.visibility {
        Visibility::Everywhere => {}
        Visibility::OmitJson => parts.push(Part::new("not in JSON Schema", "")),
        Visibility::OnlyRust => parts.push(Part::new("only in Rust", "")),
    }
    parts
}

fn open(open: bool) -> &'static str {
    if open { "open " } else { "" }
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

fn trim(detail: &str) -> &str {
    let detail = detail.trim_start_matches([':', ' ']);
    if detail.is_empty() { "plain" } else { detail }
}

fn last_name(key: &str) -> &str {
    let from = key.rfind(['.', ' ']).map_or(0, |at| at + 1);
    &key[from..]
}
