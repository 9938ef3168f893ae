//! Random messages, made from the model alone.
//!
//! In: the name of a definition. Out: a message that its readers must take, and what a writer must make of it: nothing
//! here knows the emitted types.

use std::collections::HashMap;

use serde_json::{Map, Value, json};
use wiregate_codegen::ir::{
    Content, DefName, Field, Member, Presence, Protocol, Scalar, Shape, Struct, Tagging, Type, Union,
    Visibility,
};

use crate::random::Random;

/// A message, and what is written by whoever has read it.
#[derive(Clone)]
pub(crate) struct Sample {
    pub(crate) given: Value,
    pub(crate) written: Value,
}

impl Sample {
    fn same(value: Value) -> Self {
        Self {
            given: value.clone(),
            written: value,
        }
    }

    fn into_pair(self) -> (Value, Value) {
        (self.given, self.written)
    }
}

/// Makes messages of one protocol.
pub(crate) struct Instances<'a> {
    model: &'a Protocol,
    /// How many definitions deep the smallest message of each is.
    heights: HashMap<&'a DefName, usize>,
    random: Random,
    /// Whether members that open definitions do not know occur.
    pub(crate) unknown: bool,
}

/// How deep definitions are nested where they need not be.
const DEPTH: usize = 4;

const TEXTS: &[&str] = &[
    "",
    "a",
    "two words",
    "Zürich \u{1F6B2}",
    "\"quoted\" \\ \n\t\u{1}\u{2028}",
    "0",
];

impl<'a> Instances<'a> {
    pub(crate) fn new(model: &'a Protocol) -> Self {
        Self {
            model,
            heights: heights(model),
            random: Random::of(""),
            unknown: false,
        }
    }

    /// As many messages of a definition, the same in every run.
    pub(crate) fn of(&mut self, name: &'a DefName, count: usize) -> Vec<Sample> {
        self.random = Random::of(name.as_str());
        (0..count).map(|_| self.definition(name, DEPTH)).collect()
    }

    fn definition(&mut self, name: &'a DefName, depth: usize) -> Sample {
        match &self.model.definitions[name].shape {
            Shape::Struct(body) | Shape::Error { data: body, .. } => self.whole(body, depth),
            Shape::Alias { ty } => self.ty(ty, depth),
            Shape::Union(body) => self.union(body, depth),
            Shape::Enum(body) => {
                if body.open && self.unknown && self.random.chance(30) {
                    return Sample::same(json!("unheard-of"));
                }
                let shown: Vec<&str> = body
                    .members
                    .iter()
                    .filter(|member| member.marks.visibility == Visibility::Everywhere)
                    .map(|member| member.name.as_str())
                    .collect();
                Sample::same(json!(self.random.pick(&shown)))
            }
        }
    }

    fn union(&mut self, body: &'a Union, depth: usize) -> Sample {
        if body.open
            && self.unknown
            && self.random.chance(30)
            && let Some(stranger) = self.stranger(&body.tagging)
        {
            return Sample::same(stranger);
        }
        let member = self.member(body, depth);
        match &body.tagging {
            Tagging::Untagged => self.content(&member.content, depth),
            Tagging::External if member.content == Content::None => Sample::same(json!(member.name)),
            Tagging::External => {
                let (given, written) = self.content(&member.content, depth).into_pair();
                Sample {
                    given: json!({ member.name.as_str(): given }),
                    written: json!({ member.name.as_str(): written }),
                }
            }
            Tagging::Adjacent { tag, .. } if member.content == Content::None => {
                Sample::same(json!({ tag.as_str(): member.name }))
            }
            Tagging::Adjacent { tag, content } => {
                let (given, written) = self.content(&member.content, depth).into_pair();
                Sample {
                    given: json!({ content.as_str(): given, tag.as_str(): member.name }),
                    written: json!({ tag.as_str(): member.name, content.as_str(): written }),
                }
            }
            Tagging::Internal { tag } => {
                let mut object = Object::default();
                self.tagged(tag, member, &mut object, depth);
                object.into_sample()
            }
        }
    }

    /// A member that an open union does not know.
    fn stranger(&mut self, tagging: &Tagging) -> Option<Value> {
        let content = json!({ "since": [2027, null] });
        match tagging {
            Tagging::Internal { tag } => Some(json!({ "more": content, tag.as_str(): "unheard-of" })),
            Tagging::Adjacent { tag, content: name } => {
                Some(json!({ tag.as_str(): "unheard-of", name.as_str(): content }))
            }
            Tagging::External if self.random.chance(50) => Some(json!("unheard-of")),
            Tagging::External => Some(json!({ "unheard-of": content })),
            // What is unknown depends on the members.
            Tagging::Untagged => None,
        }
    }

    /// A member to make, one of the smallest where there is no room for more.
    fn member(&mut self, body: &'a Union, depth: usize) -> &'a Member {
        let mut members: Vec<&Member> = body
            .members
            .iter()
            .filter(|member| member.marks.visibility == Visibility::Everywhere)
            .collect();
        if depth == 0 {
            let height = |member: &Member| content_height(&self.heights, &member.content);
            let least = members.iter().map(|member| height(member)).min();
            members.retain(|member| Some(height(member)) == least);
        }
        members[self.random.below(members.len())]
    }

    fn tagged(&mut self, tag: &str, member: &'a Member, object: &mut Object, depth: usize) {
        let first = self.random.chance(60);
        if first {
            object.both(tag, json!(member.name));
        }
        match &member.content {
            Content::None => {}
            Content::Fields { body, .. } => self.members(body, object, depth),
            Content::Type { ty } => self.spread(ty, object, depth),
        }
        if !first {
            object.both(tag, json!(member.name));
        }
    }

    /// The members of a struct or tagged union that stand among others.
    fn spread(&mut self, ty: &'a Type, object: &mut Object, depth: usize) {
        let Type::Ref(name) = ty else {
            panic!("only definitions are spread");
        };
        self.spread_definition(name, object, depth);
    }

    fn spread_definition(&mut self, name: &'a DefName, object: &mut Object, depth: usize) {
        match &self.model.definitions[name].shape {
            Shape::Struct(body) | Shape::Error { data: body, .. } => self.members(body, object, depth),
            Shape::Alias { ty } => self.spread(ty, object, depth),
            Shape::Union(body) => {
                let Tagging::Internal { tag } = &body.tagging else {
                    panic!("only unions with a tag are spread");
                };
                let member = self.member(body, depth);
                self.tagged(tag, member, object, depth);
            }
            Shape::Enum(_) => panic!("an enum has no members"),
        }
    }

    fn content(&mut self, content: &'a Content, depth: usize) -> Sample {
        match content {
            Content::None => Sample::same(Value::Null),
            Content::Fields { body, .. } => self.whole(body, depth),
            Content::Type { ty } => self.ty(ty, depth),
        }
    }

    fn whole(&mut self, body: &'a Struct, depth: usize) -> Sample {
        let mut object = Object::default();
        self.members(body, &mut object, depth);
        object.into_sample()
    }

    fn members(&mut self, body: &'a Struct, object: &mut Object, depth: usize) {
        for field in &body.fields {
            self.field(field, object, depth.saturating_sub(1));
        }
        for flat in &body.flatten {
            self.spread_definition(&flat.target, object, depth);
        }
        if let Some(rest) = &body.rest {
            for name in ["extra member", "\u{e9}xtra"] {
                if depth > 0 && self.random.chance(40) {
                    let (given, written) = self.ty(&rest.values, depth - 1).into_pair();
                    object.given.insert(name.to_owned(), given);
                    object.written.insert(name.to_owned(), written);
                }
            }
        }
    }

    fn field(&mut self, field: &'a Field, object: &mut Object, depth: usize) {
        let name = field.name.as_str();
        let absent = depth == 0 || self.random.chance(35) || field.marks.visibility != Visibility::Everywhere;
        let null = self.random.chance(25);
        match field.presence {
            Presence::Required => {}
            Presence::Nullable if absent => return object.written(name, Value::Null),
            Presence::Nullable if null => return object.both(name, Value::Null),
            Presence::OptionalNullable | Presence::OptionalAcceptsNull if null => {
                return object.given(name, Value::Null);
            }
            Presence::Patch if null => return object.both(name, Value::Null),
            Presence::Default if absent => {
                return object.written(name, field.default.clone().unwrap_or_default());
            }
            Presence::OmittedDefault if null => {
                return object.given(name, field.default.clone().unwrap_or_default());
            }
            _ if absent => return,
            _ => {}
        }
        let (given, written) = self.ty(&field.ty, depth).into_pair();
        object.given(name, given);
        if field.presence != Presence::OmittedDefault || Some(&written) != field.default.as_ref() {
            object.written(name, written);
        }
    }

    fn ty(&mut self, ty: &'a Type, depth: usize) -> Sample {
        match ty {
            Type::Scalar(scalar) => self.scalar(*scalar),
            Type::Constant(value) => Sample::same(value.clone()),
            Type::Ref(name) => self.definition(name, depth.saturating_sub(1)),
            Type::Nullable(_) if self.random.chance(30) => Sample::same(Value::Null),
            Type::Nullable(inner) => self.ty(inner, depth),
            Type::List(item) => {
                let (given, written) = self.several(depth, |this| this.ty(item, depth - 1).into_pair());
                Sample {
                    given: Value::Array(given),
                    written: Value::Array(written),
                }
            }
            Type::Tuple(items) => {
                let items = items.iter().map(|item| self.ty(item, depth).into_pair());
                let (given, written) = items.collect();
                Sample {
                    given: Value::Array(given),
                    written: Value::Array(written),
                }
            }
            Type::Map(key, value) => {
                let (given, written): (Vec<_>, Vec<_>) = self.several(depth, |this| {
                    let key = this.ty(key, depth - 1).into_pair();
                    let value = this.ty(value, depth - 1).into_pair();
                    ((text(key.0), value.0), (text(key.1), value.1))
                });
                Sample {
                    given: Value::Object(given.into_iter().collect()),
                    written: Value::Object(written.into_iter().collect()),
                }
            }
        }
    }

    /// Up to three, none where there is no room.
    fn several<T, U>(&mut self, depth: usize, mut one: impl FnMut(&mut Self) -> (T, U)) -> (Vec<T>, Vec<U>) {
        let count = if depth == 0 { 0 } else { self.random.below(4) };
        (0..count).map(|_| one(self)).collect()
    }

    fn scalar(&mut self, scalar: Scalar) -> Sample {
        let random = &mut self.random;
        let least_and_most = |least: i64, most: i64, random: &mut Random| {
            Sample::same(json!(random.pick(&[least, most, 0, 1, 7])))
        };
        // The largest integer that JavaScript does not round.
        const MOST: i64 = (1 << 53) - 1;
        match scalar {
            Scalar::String => Sample::same(json!(random.pick(TEXTS))),
            Scalar::Bool => Sample::same(json!(random.chance(50))),
            Scalar::I8 => least_and_most(i8::MIN.into(), i8::MAX.into(), random),
            Scalar::I16 => least_and_most(i16::MIN.into(), i16::MAX.into(), random),
            Scalar::I32 => least_and_most(i32::MIN.into(), i32::MAX.into(), random),
            Scalar::I64 => least_and_most(-MOST, MOST, random),
            Scalar::U8 => least_and_most(0, u8::MAX.into(), random),
            Scalar::U16 => least_and_most(0, u16::MAX.into(), random),
            Scalar::U32 => least_and_most(0, u32::MAX.into(), random),
            Scalar::U64 => least_and_most(0, MOST, random),
            Scalar::BigInt => least_and_most(i64::MIN, i64::MAX, random),
            Scalar::F64 => Sample::same(
                random
                    .pick(&[json!(0.5), json!(-1.25e-7), json!(3), json!(1.5e300)])
                    .clone(),
            ),
            Scalar::Json => Sample::same(
                random
                    .pick(&[
                        json!(true),
                        json!("text"),
                        json!(12),
                        json!([]),
                        json!({ "a": [null, { "b": -0.5 }] }),
                    ])
                    .clone(),
            ),
            Scalar::Path => Sample {
                given: json!(random.pick(&["/srv/wire", "/srv/./x/../wire/"])),
                written: json!("/srv/wire"),
            },
            Scalar::Base64 => Sample::same(json!(random.pick(&["", "aGVsbG8=", "/+8="]))),
            Scalar::Uuid => Sample {
                given: json!(random.pick(&[
                    "0199a3c4-8d5e-7a11-9b0c-3f2d6c1e5a70",
                    "0199A3C4-8D5E-7A11-9B0C-3F2D6C1E5A70"
                ])),
                written: json!("0199a3c4-8d5e-7a11-9b0c-3f2d6c1e5a70"),
            },
        }
    }
}

/// An object that is being made.
#[derive(Default)]
struct Object {
    given: Map<String, Value>,
    written: Map<String, Value>,
}

impl Object {
    fn given(&mut self, name: &str, value: Value) {
        self.given.insert(name.to_owned(), value);
    }

    fn written(&mut self, name: &str, value: Value) {
        self.written.insert(name.to_owned(), value);
    }

    fn both(&mut self, name: &str, value: Value) {
        self.given(name, value.clone());
        self.written(name, value);
    }

    fn into_sample(self) -> Sample {
        Sample {
            given: Value::Object(self.given),
            written: Value::Object(self.written),
        }
    }
}

fn text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => panic!("{other} is no name of a member"),
    }
}

/// How many definitions deep the smallest message of each is. Every definition has one: `check` refuses others.
fn heights(model: &Protocol) -> HashMap<&DefName, usize> {
    let mut heights: HashMap<&DefName, usize> = HashMap::new();
    loop {
        let known = heights.len();
        for (name, definition) in &model.definitions {
            let height = match &definition.shape {
                Shape::Struct(body) | Shape::Error { data: body, .. } => struct_height(&heights, body),
                Shape::Alias { ty } => type_height(&heights, ty),
                Shape::Enum(_) => Some(0),
                Shape::Union(body) => {
                    let members = body.members.iter();
                    members
                        .filter_map(|member| content_height(&heights, &member.content))
                        .min()
                }
            };
            // The first height that is found is the least, since each round adds those of one more.
            if let Some(height) = height {
                heights.entry(name).or_insert(height + 1);
            }
        }
        if heights.len() == known {
            return heights;
        }
    }
}

fn struct_height(heights: &HashMap<&DefName, usize>, body: &Struct) -> Option<usize> {
    let required = body
        .fields
        .iter()
        .filter(|field| field.presence == Presence::Required);
    let fields = required.map(|field| type_height(heights, &field.ty));
    let flattened = body.flatten.iter().map(|flat| heights.get(&flat.target).copied());
    fields
        .chain(flattened)
        .try_fold(0, |most, height| Some(most.max(height?)))
}

fn content_height(heights: &HashMap<&DefName, usize>, content: &Content) -> Option<usize> {
    match content {
        Content::None => Some(0),
        Content::Fields { body, .. } => struct_height(heights, body),
        Content::Type { ty } => type_height(heights, ty),
    }
}

fn type_height(heights: &HashMap<&DefName, usize>, ty: &Type) -> Option<usize> {
    match ty {
        Type::Ref(name) => heights.get(name).copied(),
        Type::Tuple(items) => {
            let items = items.iter().map(|item| type_height(heights, item));
            items
                .into_iter()
                .try_fold(0, |most, height| Some(most.max(height?)))
        }
        Type::Scalar(_) | Type::Constant(_) | Type::List(_) | Type::Map(..) | Type::Nullable(_) => Some(0),
    }
}
