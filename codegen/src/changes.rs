//! What changed between two models, by method and field.
//!
//! In: the model before and after. Out: one line per change, as a client developer would name it:
//! `+ thread/start params.model?: string | null`.

use std::collections::{HashMap, HashSet};
use std::fmt;

use indexmap::IndexMap;

use crate::ir::{
    Content, DefName, Definition, Delivery, Marks, Method, MethodKind, Protocol, Shape, Struct, Tagging,
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
            changes.push((place, ChangeKind::Renamed, key, last_name(twin).to_owned()));
        } else {
            changes.push((place, ChangeKind::Removed, key, place.detail.clone()));
        }
    }
    let renamed: HashSet<&str> = renames.into_values().collect();
    for (key, place) in &new {
        match old.get(key) {
            Some(was) if was.detail != place.detail => {
                let detail = format!("{} -> {}", trim(&was.detail), trim(&place.detail));
                changes.push((place, ChangeKind::Changed, key, detail));
            }
            Some(_) => {}
            None if renamed.contains(key.as_str()) || place.goes_with_parent(&old) => {}
            None => changes.push((place, ChangeKind::Added, key, place.detail.clone())),
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

/// What left and what came in the same place with the same description, one of each, is the same thing renamed.
fn renames<'a>(old: &'a Places, new: &'a Places) -> HashMap<&'a str, &'a str> {
    let only_in = |one: &'a Places, other: &'a Places| {
        let mut found: HashMap<(&'a str, &'a str), Vec<&'a str>> = HashMap::new();
        for (key, place) in one.iter().filter(|(key, _)| !other.contains_key(*key)) {
            if let Some(parent) = &place.parent {
                found.entry((parent, &place.detail)).or_default().push(key);
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

/// One thing that can change, under a key that people can read.
struct Place {
    method: Option<String>,
    parent: Option<String>,
    detail: String,
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
            detail: describe_method(method),
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

    fn root(detail: String) -> Self {
        Self {
            method: None,
            parent: None,
            detail,
        }
    }
}

fn add_definition(places: &mut Places, method: Option<String>, base: &str, definition: &Definition) {
    let marks = describe_marks(&definition.marks);
    let parent = method.clone();
    let mut add = |key: String, parent: Option<String>, detail: String| {
        places.insert(
            key,
            Place {
                method: method.clone(),
                parent,
                detail,
            },
        );
    };
    let of = Some(base.to_owned());
    match &definition.shape {
        Shape::Struct(body) => {
            add(
                base.to_owned(),
                parent,
                format!("{}{marks}", describe_struct(body)),
            );
            add_fields(&mut add, base, body);
        }
        Shape::Error { code, data } => {
            add(
                base.to_owned(),
                parent,
                format!(" (error {code}{}){marks}", describe_struct(data)),
            );
            add_fields(&mut add, base, data);
        }
        Shape::Alias { ty } => add(base.to_owned(), parent, format!(" = {ty}{marks}")),
        Shape::Enum(body) => {
            add(
                base.to_owned(),
                parent,
                format!(" ({}enum){marks}", open(body.open)),
            );
            for member in &body.members {
                let detail = describe_marks(&member.marks);
                add(format!("{base} {:?}", member.name), of.clone(), detail);
            }
        }
        Shape::Union(body) => {
            let tagging = match &body.tagging {
                Tagging::Internal { tag } => format!("tagged {tag:?}"),
                Tagging::Adjacent { tag, content } => format!("tagged {tag:?} content {content:?}"),
                Tagging::External => "tagged outside".to_owned(),
                Tagging::Untagged => "untagged".to_owned(),
            };
            add(
                base.to_owned(),
                parent,
                format!(" ({}union {tagging}){marks}", open(body.open)),
            );
            for member in &body.members {
                let key = format!("{base}.{}", member.name);
                let marks = describe_marks(&member.marks);
                match &member.content {
                    Content::None => add(key, of.clone(), marks),
                    Content::Type { ty } => add(key, of.clone(), format!("({ty}){marks}")),
                    Content::Fields { body, .. } => {
                        add(
                            key.clone(),
                            of.clone(),
                            format!("{}{marks}", describe_struct(body)),
                        );
                        add_fields(&mut add, &key, body);
                    }
                }
            }
        }
    }
}

fn add_fields(add: &mut impl FnMut(String, Option<String>, String), base: &str, body: &Struct) {
    for field in &body.fields {
        let detail = format!("{}{}", field.spelling(), describe_marks(&field.marks));
        add(format!("{base}.{}", field.name), Some(base.to_owned()), detail);
    }
    for flatten in &body.flatten {
        add(
            format!("{base}...{}", flatten.target.name()),
            Some(base.to_owned()),
            String::new(),
        );
    }
    if let Some(rest) = &body.rest {
        add(
            format!("{base}...rest"),
            Some(base.to_owned()),
            format!(": {}", rest.values),
        );
    }
}

fn describe_struct(body: &Struct) -> String {
    if body.closed {
        " (closed)".to_owned()
    } else {
        String::new()
    }
}

fn describe_method(method: &Method) -> String {
    let mut text = match method.kind {
        MethodKind::ClientRequest => " (client request",
        MethodKind::ServerRequest => " (server request",
        MethodKind::ClientNotification => " (client notification",
        MethodKind::ServerNotification => " (server notification",
    }
    .to_owned();
    match &method.delivery {
        Some(Delivery::All) => text.push_str(" to all"),
        Some(Delivery::Caller) => text.push_str(" to caller"),
        Some(Delivery::Topic { path }) => text.push_str(&format!(" to topic {}", path.join("."))),
        None => {}
    }
    for (label, path) in [
        ("order", &method.order),
        ("subscribes", &method.subscribes),
        ("unsubscribes", &method.unsubscribes),
    ] {
        if let Some(path) = path {
            text.push_str(&format!(", {label} {}", path.join(".")));
        }
    }
    for (label, on) in [("lossy", method.lossy), ("cancel", method.cancel)] {
        if on {
            text.push_str(&format!(", {label}"));
        }
    }
    if !method.errors.is_empty() {
        let errors: Vec<_> = method.errors.iter().map(DefName::name).collect();
        text.push_str(&format!(", errors {}", errors.join(" ")));
    }
    for (label, definition) in [("takes", &method.params), ("gives", &method.result)] {
        if let Some(definition) = definition {
            text.push_str(&format!(", {label} {}", definition.name()));
        }
    }
    text.push(')');
    text + &describe_marks(&method.marks)
}

fn describe_marks(marks: &Marks) -> String {
    let mut text = String::new();
    if let Some(gate) = &marks.gate {
        text.push_str(&format!(", gate {}", gate.name));
    }
    if marks.deprecated.is_some() {
        text.push_str(", deprecated");
    }
    if marks.legacy {
        text.push_str(", legacy");
    }
    text
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
