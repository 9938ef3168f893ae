//! Everything of a model that can change, as places with names of their own.
//!
//! In: a model, who carries what, and new names for what has another name later. Out: places in the order in which a client
//! reads: each method with its params and result, then the types that they share.

use indexmap::IndexMap;

use crate::ir::{Content, DefName, Definition, Flatten, Protocol, Shape, Struct};

use super::describe::{self, Part};
use super::reach::{Carried, Reach};
use super::renames::Renames;
use super::{Subject, without};

/// One thing that can change.
pub(super) struct Place<'a> {
    pub(super) subject: Subject,
    /// What it was called before a rename, where it is a method or a definition.
    pub(super) own_name: String,
    pub(super) local: String,
    /// What it is called within its parent: `model`, `"read-only"`.
    pub(super) name: String,
    /// The key of what it is part of.
    pub(super) parent: Option<String>,
    /// Which of the members of its parent it is.
    pub(super) at: usize,
    /// What it is: `?: string | null`, ` (enum)`.
    pub(super) head: String,
    /// What it holds, where that is told of a new place.
    pub(super) members: String,
    /// What else is said of it.
    pub(super) parts: Vec<Part>,
    /// What it holds, exactly. A member with another name has the same.
    pub(super) content: String,
    pub(super) carried: Option<&'a Carried<'a>>,
}

impl Place<'_> {
    pub(super) fn part(&self, label: &str) -> Option<&Part> {
        self.parts.iter().find(|part| part.label == label)
    }

    /// All that is said of it where it is new or gone.
    pub(super) fn detail(&self) -> String {
        let parts = self.parts.iter().filter(|part| part.always);
        let text = format!("{}{}", self.head, self.members);
        parts.fold(text, |text, part| format!("{text}, {part}"))
    }

    /// Whether it is a method or a definition, rather than a part of one.
    pub(super) fn is_whole(&self) -> bool {
        self.parent.is_none()
    }
}

pub(super) type Places<'a> = IndexMap<String, Place<'a>>;

pub(super) fn of<'a>(protocol: &'a Protocol, reach: &'a Reach<'a>, renames: &'a Renames) -> Places<'a> {
    let mut walk = Walk {
        protocol,
        reach,
        renames,
        places: Places::new(),
    };
    walk.once();
    for (name, method) in &protocol.methods {
        walk.method(name);
        for definition in [&method.params, &method.result].into_iter().flatten() {
            if matches!(walk.subject(definition), (Subject::Method(_), _)) {
                walk.definition(definition, &protocol.definitions[definition]);
            }
        }
    }
    for (name, definition) in &protocol.definitions {
        if matches!(walk.subject(name), (Subject::Definition(_), _)) {
            walk.definition(name, definition);
        }
    }
    walk.places
}

struct Walk<'a> {
    protocol: &'a Protocol,
    reach: &'a Reach<'a>,
    renames: &'a Renames,
    places: Places<'a>,
}

/// The definition whose members are added.
struct Within<'a> {
    key: String,
    subject: Subject,
    /// `params`, or nothing.
    base: &'static str,
    carried: Option<&'a Carried<'a>>,
}

impl<'a> Walk<'a> {
    /// What is there once.
    fn once(&mut self) {
        let protocol = self.protocol;
        let add = |words: String, head: String, parts: Vec<Part>| {
            let place = Place {
                subject: Subject::Protocol(words.clone()),
                own_name: words.clone(),
                local: String::new(),
                name: String::new(),
                parent: None,
                at: 0,
                head,
                members: String::new(),
                parts: self.reworded(parts),
                content: String::new(),
                carried: None,
            };
            (format!("once {words}"), place)
        };
        let mut places = vec![
            add(
                "protocol name".to_owned(),
                format!(" {}", protocol.name),
                vec![Part::aside("title", &protocol.title)],
            ),
            add(
                "protocol version".to_owned(),
                format!(" {}", protocol.version),
                Vec::new(),
            ),
            add(
                "envelope".to_owned(),
                String::new(),
                describe::envelope(&protocol.envelope),
            ),
        ];
        let handshake = protocol.handshake.iter();
        places.extend(
            handshake.map(|each| add("handshake".to_owned(), String::new(), describe::handshake(each))),
        );
        let gates = protocol.gates.iter();
        places
            .extend(gates.map(|(name, gate)| add(format!("gate {name}"), describe::gate(gate), Vec::new())));
        self.places.extend(places);
    }

    fn method(&mut self, name: &'a str) {
        let method = &self.protocol.methods[name];
        let now = self.renames.method(name);
        let place = Place {
            subject: Subject::Method(now.to_owned()),
            own_name: name.to_owned(),
            local: String::new(),
            name: String::new(),
            parent: None,
            at: 0,
            head: describe::kind(method).to_owned(),
            members: String::new(),
            parts: self.reworded(describe::method(method)),
            content: String::new(),
            carried: None,
        };
        self.places.insert(format!("method {now}"), place);
    }

    /// What a definition is spoken of as: the params or the result of the one method that carries it, or itself.
    fn subject(&self, name: &'a DefName) -> (Subject, &'static str) {
        match self.reach.get(name) {
            Some(Carried {
                methods,
                role: Some(role),
                ..
            }) if methods.len() == 1 => (Subject::Method(self.renames.method(methods[0]).to_owned()), role),
            _ => (
                Subject::Definition(self.renames.definition(name).name().to_owned()),
                "",
            ),
        }
    }

    fn definition(&mut self, name: &'a DefName, definition: &'a Definition) {
        let (subject, base) = self.subject(name);
        let now = self.renames.definition(name);
        let within = Within {
            key: format!("definition {}", now.name()),
            subject,
            base,
            carried: self.reach.get(name),
        };
        let mut parts = describe::marks(&definition.marks);
        match &definition.shape {
            Shape::Struct(body) | Shape::Error { data: body, .. } => parts.extend(describe::structure(body)),
            Shape::Union(body) => {
                // It ends with the name of the definition, like the titles of members.
                let title = body
                    .fallback
                    .iter()
                    .map(|title| title.strip_suffix(name.name()).unwrap_or(title));
                parts.extend(title.map(|title| Part::aside("title of others", title)));
            }
            Shape::Alias { .. } | Shape::Enum(_) => {}
        }
        parts.push(Part::aside("namespace", name.namespace().unwrap_or("root")));
        parts.push(Part::aside("in Rust", &definition.rust));
        let place = Place {
            subject: within.subject.clone(),
            own_name: name.name().to_owned(),
            local: base.to_owned(),
            name: String::new(),
            parent: None,
            at: 0,
            head: self.renames.reword(&describe::shape(&definition.shape)),
            members: describe::members(&definition.shape),
            parts,
            content: String::new(),
            carried: within.carried,
        };
        self.places.insert(within.key.clone(), place);
        match &definition.shape {
            Shape::Struct(body) | Shape::Error { data: body, .. } => self.fields(&within, "", body),
            Shape::Alias { .. } => {}
            Shape::Enum(body) => {
                for (at, member) in body.members.iter().enumerate() {
                    let parts = describe::member(&member.marks, &member.accepts, &member.rust);
                    let name = format!("{:?}", member.name);
                    self.part(&within, "", (at, " ", name), String::new(), parts);
                }
            }
            Shape::Union(body) => {
                for (at, member) in body.members.iter().enumerate() {
                    let mut parts = describe::member(&member.marks, &member.accepts, &member.rust);
                    // The title ends with the name of the definition, which is told on its own.
                    let title = member.title.strip_suffix(name.name()).unwrap_or(&member.title);
                    parts.push(Part::aside("title", title));
                    let head = match &member.content {
                        Content::Type { ty } => format!("({ty})"),
                        Content::None | Content::Fields { .. } => String::new(),
                    };
                    let key = self.part(&within, "", (at, ".", member.name.clone()), head, parts);
                    if let Content::Fields { body, .. } = &member.content {
                        let place = &mut self.places[&key];
                        place.parts.extend(describe::structure(body));
                        place.members = describe::fields(body);
                        place.content = without(body, &["docs", "rust", "title"]).to_string();
                        self.fields(&within, &format!(".{}", member.name), body);
                    }
                }
            }
        }
    }

    fn fields(&mut self, within: &Within<'a>, below: &str, body: &'a Struct) {
        for (at, field) in body.fields.iter().enumerate() {
            let mut parts = describe::member(&field.marks, &field.accepts, &field.rust);
            let opposites = field.accepts_not.iter();
            parts.extend(opposites.map(|old| Part::new(format!("accepts not {old:?}"), "")));
            self.part(
                within,
                below,
                (at, ".", field.name.clone()),
                field.spelling(),
                parts,
            );
        }
        let fields = body.fields.len();
        for (at, Flatten { target, rust, .. }) in body.flatten.iter().enumerate() {
            let name = self.renames.definition(target).name().to_owned();
            let parts = vec![Part::aside("in Rust", rust)];
            self.part(within, below, (fields + at, "...", name), String::new(), parts);
        }
        if let Some(rest) = &body.rest {
            let name = (fields + body.flatten.len(), "...", "rest".to_owned());
            let droppable = rest.droppable.then(|| Part::new("droppable", ""));
            let rust = Part::aside("in Rust", &rest.rust);
            let parts = droppable.into_iter().chain([rust]).collect();
            self.part(within, below, name, format!(": {}", rest.values), parts);
        }
    }

    /// Adds a member of a definition, or one of a member; gives its key.
    fn part(
        &mut self,
        within: &Within<'a>,
        below: &str,
        (at, sign, name): (usize, &str, String),
        head: String,
        parts: Vec<Part>,
    ) -> String {
        let parent = format!("{}{below}", within.key);
        let key = format!("{parent}{sign}{name}");
        let place = Place {
            subject: within.subject.clone(),
            own_name: String::new(),
            local: format!("{}{below}{sign}{name}", within.base),
            name,
            parent: Some(parent),
            at,
            head: self.renames.reword(&head),
            members: String::new(),
            parts: self.reworded(parts),
            content: String::new(),
            carried: within.carried,
        };
        self.places.insert(key.clone(), place);
        key
    }

    fn reworded(&self, mut parts: Vec<Part>) -> Vec<Part> {
        for part in &mut parts {
            // What only Rust shows is derived, and no name of a definition.
            if part.always {
                part.label = self.renames.reword(&part.label);
                part.value = self.renames.reword(&part.value);
            }
        }
        parts
    }
}
