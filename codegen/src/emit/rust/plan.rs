//! What is known of a protocol as a whole before any file is written.
//!
//! In: the model. Out: which definition lies in which module, what must be boxed, which structs can be made of nothing,
//! and which are written as part of another object.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::blanks;
use super::recursion::Boxes;
use crate::emit::names;
use crate::gates::Closure;
use crate::ir::{
    Content, DefName, Definition, Field, Presence, Protocol, Shape, Struct, Tagging, Type, Union,
};

/// The plan.
pub(super) struct Plan<'a> {
    pub(super) protocol: &'a Protocol,
    pub(super) boxes: Boxes,
    /// What gates reach.
    pub(super) gates: Closure<'a>,
    /// Rust names of definitions whose members are written into an object that another one opens.
    pub(super) embedded: HashSet<&'a str>,
    /// Tags of the unions that a struct is a member of.
    pub(super) tags: HashMap<&'a DefName, BTreeSet<&'a str>>,
    /// Rust names that definitions and inline members take.
    taken: HashSet<&'a str>,
    /// Constants that stand where Rust needs a type, with the name of that type.
    pub(super) constants: BTreeMap<String, String>,
    /// The member, by index, that a blank of each closed union has; by the union's Rust name.
    pub(super) blanks: HashMap<&'a str, usize>,
}

impl<'a> Plan<'a> {
    pub(super) fn new(protocol: &'a Protocol) -> Self {
        let mut plan = Self {
            protocol,
            boxes: Boxes::new(protocol),
            gates: Closure::new(protocol),
            embedded: HashSet::new(),
            tags: HashMap::new(),
            taken: HashSet::new(),
            constants: BTreeMap::new(),
            blanks: HashMap::new(),
        };
        for definition in protocol.definitions.values() {
            plan.taken.insert(&definition.rust);
            plan.note(definition);
        }
        plan.blanks = blanks::find(&plan);
        plan
    }

    /// The definition that a name means, aliases of definitions followed.
    pub(super) fn definition(&self, name: &'a DefName) -> &'a Definition {
        let mut definition = &self.protocol.definitions[name];
        // `resolve` refuses cyclic aliases.
        while let Shape::Alias { ty: Type::Ref(next) } = &definition.shape {
            definition = &self.protocol.definitions[next];
        }
        definition
    }

    /// The struct that a name means; none where it means something else.
    pub(super) fn struct_of(&self, name: &'a DefName) -> Option<&'a Struct> {
        match &self.definition(name).shape {
            Shape::Struct(body) | Shape::Error { data: body, .. } => Some(body),
            _ => None,
        }
    }

    /// The union that a name means; none where it means something else.
    pub(super) fn union_of(&self, name: &'a DefName) -> Option<&'a Union> {
        match &self.definition(name).shape {
            Shape::Union(body) => Some(body),
            _ => None,
        }
    }

    /// A type without the aliases around it.
    pub(super) fn resolved(&self, ty: &'a Type) -> &'a Type {
        match ty {
            Type::Ref(name) => match &self.protocol.definitions[name].shape {
                Shape::Alias { ty } => self.resolved(ty),
                _ => ty,
            },
            _ => ty,
        }
    }

    /// Whether a runtime type goes by its plain name.
    pub(super) fn is_free(&self, name: &str) -> bool {
        !self.taken.contains(name)
    }

    /// Whether a caller must give something to make this struct.
    pub(super) fn needs_something(&self, body: &'a Struct) -> bool {
        body.fields.iter().any(|field| self.is_required(field))
            || body
                .flatten
                .iter()
                .any(|flat| self.flat_needs_something(&flat.target))
    }

    /// Whether a caller must give something to make what a struct flattens.
    pub(super) fn flat_needs_something(&self, target: &'a DefName) -> bool {
        self.struct_of(target)
            .is_none_or(|body| self.needs_something(body))
    }

    /// Whether a caller must give a value for this field.
    pub(super) fn is_required(&self, field: &'a Field) -> bool {
        field.presence == Presence::Required && self.constant(field).is_none()
    }

    /// The value of a field that has one value only and always stands there. Rust has no field for it.
    pub(super) fn constant(&self, field: &'a Field) -> Option<&'a serde_json::Value> {
        match self.resolved(&field.ty) {
            Type::Constant(value) if field.presence == Presence::Required => Some(value),
            _ => None,
        }
    }

    /// Every name that an object of this struct may have, old spellings and flattened ones included.
    pub(super) fn all_names(&self, body: &'a Struct) -> Vec<&'a str> {
        let mut names: Vec<&str> = body.fields.iter().flat_map(spellings).collect();
        for flat in &body.flatten {
            names.extend(self.flattened_names(&flat.target));
        }
        names
    }

    /// Every name that a flattened struct or union may bring.
    pub(super) fn flattened_names(&self, target: &'a DefName) -> Vec<&'a str> {
        if let Some(body) = self.struct_of(target) {
            return self.all_names(body);
        }
        let Some(union) = self.union_of(target) else {
            return Vec::new();
        };
        let mut names = Vec::new();
        if let Tagging::Internal { tag } = &union.tagging {
            names.push(tag.as_str());
        }
        for member in &union.members {
            match &member.content {
                Content::None => {}
                Content::Fields { body, .. } => names.extend(self.all_names(body)),
                Content::Type { ty } => {
                    if let Type::Ref(name) = ty {
                        names.extend(self.flattened_names(name));
                    }
                }
            }
        }
        names
    }

    /// Whether an object of this struct or union takes unknown members into a map.
    pub(super) fn has_rest(&self, target: &'a DefName) -> bool {
        if let Some(body) = self.struct_of(target) {
            return body.rest.is_some() || body.flatten.iter().any(|flat| self.has_rest(&flat.target));
        }
        let members = self.union_of(target).map_or(&[][..], |union| &union.members);
        members.iter().any(|member| match &member.content {
            Content::Fields { body, .. } => body.rest.is_some(),
            Content::Type { ty: Type::Ref(name) } => self.has_rest(name),
            _ => false,
        })
    }

    /// The same text for types that are the same in Rust.
    pub(super) fn type_key(&self, ty: &'a Type) -> String {
        match self.resolved(ty) {
            Type::List(item) => format!("list<{}>", self.type_key(item)),
            Type::Nullable(inner) => format!("{} | null", self.type_key(inner)),
            Type::Map(key, value) => format!("map<{}, {}>", self.type_key(key), self.type_key(value)),
            Type::Tuple(items) => items.iter().map(|item| self.type_key(item) + ", ").collect(),
            other => other.to_string(),
        }
    }

    /// Gathers what a definition says of others and of constants.
    fn note(&mut self, definition: &'a Definition) {
        match &definition.shape {
            Shape::Struct(body) | Shape::Error { data: body, .. } => self.note_struct(body),
            Shape::Enum(_) => {}
            Shape::Alias { ty } => self.note_constants(ty),
            Shape::Union(union) => {
                for member in &union.members {
                    match &member.content {
                        Content::None => {}
                        Content::Fields { rust, body } => {
                            self.taken.insert(rust);
                            self.note_struct(body);
                        }
                        Content::Type {
                            ty: Type::Constant(_),
                        } => {}
                        Content::Type { ty } => {
                            self.note_constants(ty);
                            if let (Tagging::Internal { tag }, Type::Ref(name)) = (&union.tagging, ty) {
                                self.embed(name);
                                self.tags.entry(name).or_default().insert(tag);
                            }
                        }
                    }
                }
            }
        }
    }

    fn note_struct(&mut self, body: &'a Struct) {
        for field in &body.fields {
            if self.constant(field).is_none() {
                self.note_constants(&field.ty);
            }
        }
        for flat in &body.flatten {
            self.embed(&flat.target);
        }
        if let Some(rest) = &body.rest {
            self.note_constants(&rest.values);
        }
    }

    fn embed(&mut self, name: &'a DefName) {
        let definition = self.definition(name);
        self.embedded.insert(&definition.rust);
    }

    fn note_constants(&mut self, ty: &Type) {
        match ty {
            Type::Constant(value) => {
                let text = value.to_string();
                let mut name = constant_name(value);
                while self
                    .constants
                    .iter()
                    .any(|(other, taken)| *taken == name && *other != text)
                {
                    name.push('_');
                }
                self.constants.insert(text, name);
            }
            Type::List(item) | Type::Nullable(item) => self.note_constants(item),
            Type::Map(key, value) => {
                self.note_constants(key);
                self.note_constants(value);
            }
            Type::Tuple(items) => items.iter().for_each(|item| self.note_constants(item)),
            Type::Scalar(_) | Type::Ref(_) => {}
        }
    }
}

/// The name of a field and all that is read for it.
pub(super) fn spellings(field: &Field) -> impl Iterator<Item = &str> {
    let old = field.accepts.iter().chain(&field.accepts_not);
    std::iter::once(&field.name).chain(old).map(String::as_str)
}

/// What the type of a constant is called.
fn constant_name(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) if names::has_identifier(text) => names::rust_variant(text),
        serde_json::Value::Bool(value) => if *value { "True" } else { "False" }.to_owned(),
        serde_json::Value::Number(number) => format!("Integer{}", number.to_string().replace('-', "Minus")),
        _ => "Text".to_owned(),
    }
}
