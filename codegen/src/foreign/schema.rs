//! One schema as a type, or as a shape that needs a name.
//!
//! In: a schema at a JSON pointer. Out: what it means, its default and its comment. What is declared in place and needs
//! a name becomes a definition of its own, called by its `title`.

use std::collections::{HashMap, HashSet, VecDeque};

use serde_json::Value;

use crate::ast::{
    Definition, Docs, Enum, EnumMember, Foreign, ForeignName, Item, ItemKind, Literal, Marks, Name, Scalar,
    Shape, Type, TypeKind,
};
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::emit::names;
use crate::rules;
use crate::source::Span;
use crate::suggest;

use super::json::{Json, Kind};
use super::keywords::{Keywords, below};
use super::{object, union};

/// Deeper schemas are refused, as deeper types are in the language.
const MAX_DEPTH: usize = 64;

/// Reads the schemas of one file.
pub(super) struct Reader<'a> {
    /// The names of definitions that the item renames.
    renames: HashMap<String, String>,
    /// The names of all definitions.
    known: HashSet<&'a str>,
    /// Definitions that were met and not read yet.
    queue: VecDeque<String>,
    /// Definitions that were read or are in the queue.
    met: HashSet<String>,
    depth: usize,
    pub(super) diagnostics: &'a mut Diagnostics,
}

/// What a schema says.
pub(super) struct Read {
    pub(super) meaning: Meaning,
    /// Whether null is allowed too.
    pub(super) nullable: bool,
    pub(super) default: Option<Literal>,
    pub(super) docs: Docs,
    pub(super) marks: Marks,
    /// What a shape that is declared in place is called.
    pub(super) title: Option<Name>,
}

/// What a schema takes.
pub(super) enum Meaning {
    /// A type that needs no name.
    Type(TypeKind),
    /// A struct, enum or union.
    Shape(Shape),
}

impl From<TypeKind> for Meaning {
    fn from(kind: TypeKind) -> Self {
        Self::Type(kind)
    }
}

impl From<Scalar> for Meaning {
    fn from(scalar: Scalar) -> Self {
        Self::Type(TypeKind::Scalar(scalar))
    }
}

impl<'a> Reader<'a> {
    /// A reader of the schemas called `known`, of which `item` reads those that it lists itself.
    pub(super) fn new(item: &Foreign, known: HashSet<&'a str>, diagnostics: &'a mut Diagnostics) -> Self {
        let rename = |wanted: &ForeignName| Some((wanted.name.text.clone(), wanted.alias.clone()?.text));
        Self {
            renames: item.names.iter().filter_map(rename).collect(),
            known,
            queue: VecDeque::new(),
            met: item.names.iter().map(|wanted| wanted.name.text.clone()).collect(),
            depth: 0,
            diagnostics,
        }
    }

    /// The next definition that was met and not read.
    pub(super) fn next(&mut self) -> Option<String> {
        self.queue.pop_front()
    }

    /// Reads a definition; what it declares in place follows it in `items`.
    pub(super) fn definition(&mut self, name: &Name, schema: &Json, items: &mut Vec<Item>) {
        let pointer = below("/definitions", &name.text);
        let name = Name {
            text: self.renames.get(&name.text).unwrap_or(&name.text).clone(),
            span: name.span,
        };
        let mut inline = Vec::new();
        // Where it cannot be read, any JSON stands for it: the names that refer to it are not at fault.
        let (shape, docs, marks) = match self.read(schema, &pointer, &mut inline) {
            Some(Read {
                meaning: Meaning::Shape(shape),
                nullable: false,
                docs,
                marks,
                ..
            }) => (shape, docs, marks),
            Some(read) => {
                let (docs, marks) = (read.docs.clone(), read.marks.clone());
                let ty = self.named_type(read, schema.span, &pointer, &mut inline);
                (Shape::Alias(ty), docs, marks)
            }
            None => (Shape::Alias(any(schema.span)), Docs::default(), Marks::default()),
        };
        items.push(Item {
            docs,
            marks,
            span: name.span,
            kind: ItemKind::Definition(Definition { name, shape }),
        });
        items.append(&mut inline);
    }

    /// What `schema` says. None where that was reported.
    pub(super) fn read(&mut self, schema: &Json, pointer: &str, inline: &mut Vec<Item>) -> Option<Read> {
        if let Kind::Other(Value::Bool(true)) = schema.kind {
            return Some(Read::any());
        }
        let Some(keywords) = Keywords::new(schema, pointer) else {
            let message = match schema.kind {
                Kind::Other(Value::Bool(false)) => {
                    format!("the schema `false` at `{pointer}`, which takes nothing, is not supported")
                }
                _ => format!("what stands at `{pointer}` is no schema"),
            };
            self.unsupported(schema.span, message);
            return None;
        };
        if self.depth == MAX_DEPTH {
            let message = format!("schemas nested deeper than {MAX_DEPTH} are not supported");
            self.unsupported(schema.span, message);
            return None;
        }
        self.depth += 1;
        let read = self.read_object(schema, keywords, inline);
        self.depth -= 1;
        read
    }

    fn read_object<'j>(
        &mut self,
        schema: &'j Json,
        mut keywords: Keywords<'j>,
        inline: &mut Vec<Item>,
    ) -> Option<Read> {
        let default = keywords.take("default").map(|default| Literal {
            value: default.value(),
            span: default.span,
        });
        let (meaning, nullable) = self.meaning(schema, &mut keywords, inline)?;
        let read = Read {
            meaning,
            nullable,
            default,
            docs: keywords.docs.clone(),
            marks: keywords.marks(),
            title: keywords.title.and_then(|title| {
                Some(Name {
                    text: title.as_text()?.to_owned(),
                    span: title.span,
                })
            }),
        };
        keywords.finish(self).then_some(read)
    }

    fn meaning<'j>(
        &mut self,
        schema: &'j Json,
        keywords: &mut Keywords<'j>,
        inline: &mut Vec<Item>,
    ) -> Option<(Meaning, bool)> {
        if let Some(target) = keywords.take("$ref") {
            return Some((
                TypeKind::Name(self.reference(target, &keywords.pointer)?).into(),
                false,
            ));
        }
        let place = keywords.place("allOf").unwrap_or(schema.span);
        if let Some(all) = keywords.take("allOf") {
            let [one] = all.as_list().unwrap_or_default() else {
                let message = format!(
                    "`allOf` at `{}` of other than one schema is not supported",
                    keywords.pointer
                );
                self.unsupported(place, message);
                return None;
            };
            let read = self.read(one, &(keywords.below("allOf") + "/0"), inline)?;
            return Some((read.meaning, read.nullable));
        }
        if let Some(values) = keywords.take("enum") {
            keywords.take("type");
            return self.values(values, keywords);
        }
        if let Some(value) = keywords.take("const") {
            keywords.take("type");
            return Some((self.constant(value, &keywords.pointer)?.into(), false));
        }
        for word in ["oneOf", "anyOf"] {
            if let Some(members) = keywords.take(word) {
                return union::read(self, members, &keywords.below(word), keywords.open, inline);
            }
        }
        let place = keywords.place("type").unwrap_or(schema.span);
        let (word, nullable) = match keywords.take("type") {
            Some(kind) => self.type_word(kind, place, &keywords.pointer)?,
            None if keywords.has("properties") => ("object", false),
            None => return Some((Scalar::Json.into(), false)),
        };
        let meaning = match word {
            "string" => self.string(keywords)?.into(),
            "integer" => self.integer(keywords)?.into(),
            "number" => self.number(keywords)?.into(),
            "boolean" => Scalar::Bool.into(),
            "array" => self.array(schema, keywords, inline)?.into(),
            "object" => object::read(self, schema, keywords, inline)?,
            other => {
                let message = format!(
                    "the type `{other}` at `{}` is not supported here",
                    keywords.pointer
                );
                self.unsupported(place, message);
                return None;
            }
        };
        Some((meaning, nullable))
    }

    fn array<'j>(
        &mut self,
        schema: &'j Json,
        keywords: &mut Keywords<'j>,
        inline: &mut Vec<Item>,
    ) -> Option<TypeKind> {
        let pointer = keywords.below("items");
        match keywords.take("items") {
            None => Some(TypeKind::List(Box::new(any(schema.span)))),
            Some(items) => match items.as_list() {
                None => Some(TypeKind::List(Box::new(self.inner(items, &pointer, inline)?))),
                Some(items) => {
                    let length = Value::from(items.len());
                    let is_fixed = ["minItems", "maxItems"]
                        .map(|word| keywords.take(word).is_some_and(|bound| bound.value() == length));
                    if is_fixed != [true, true] {
                        let message = format!(
                            "a list of schemas at `{pointer}` is supported only with as many `minItems` and `maxItems`"
                        );
                        self.unsupported(schema.span, message);
                        return None;
                    }
                    let read = |(at, item)| self.inner(item, &format!("{pointer}/{at}"), inline);
                    let items: Option<Vec<Type>> = items.iter().enumerate().map(read).collect();
                    Some(TypeKind::Tuple(items?))
                }
            },
        }
    }

    fn values(&mut self, list: &Json, keywords: &Keywords<'_>) -> Option<(Meaning, bool)> {
        let is_null = |value: &&Json| matches!(value.kind, Kind::Other(Value::Null));
        let all = list.as_list().unwrap_or_default();
        let nullable = all.iter().any(|value| is_null(&value));
        let values: Vec<&Json> = all.iter().filter(|value| !is_null(value)).collect();
        if values.is_empty() {
            let message = format!("`enum` at `{}` lists no value", keywords.pointer);
            self.unsupported(list.span, message);
            return None;
        }
        if let [one] = values[..] {
            return Some((self.constant(one, &keywords.pointer)?.into(), nullable));
        }
        let mut members = Vec::new();
        for value in values {
            let Some(text) = value.as_text() else {
                let message = format!(
                    "`enum` at `{}` of other values than strings is not supported",
                    keywords.pointer
                );
                self.unsupported(value.span, message);
                return None;
            };
            members.push(enum_member(text, value.span, Docs::default(), Marks::default()));
        }
        let shape = Shape::Enum(Enum {
            open: keywords.open,
            members,
            reserved: Vec::new(),
        });
        Some((Meaning::Shape(shape), nullable))
    }

    fn constant(&mut self, value: &Json, pointer: &str) -> Option<TypeKind> {
        match value.value() {
            Value::Null | Value::Array(_) | Value::Object(_) => {
                let message = format!(
                    "a constant at `{pointer}` that is no string, integer or boolean is not supported"
                );
                self.unsupported(value.span, message);
                None
            }
            constant => Some(TypeKind::Constant(Box::new(Literal {
                value: constant,
                span: value.span,
            }))),
        }
    }

    /// The definition that a `$ref` names; it is read later.
    fn reference(&mut self, target: &Json, pointer: &str) -> Option<Name> {
        let Some(text) = target.as_text() else {
            self.unsupported(target.span, format!("`$ref` at `{pointer}` is no text"));
            return None;
        };
        let Some(name) = text.strip_prefix("#/definitions/") else {
            let is_remote = !text.starts_with('#');
            let (rule, message) = if is_remote {
                (
                    &rules::FOREIGN_REMOTE,
                    format!("`$ref` at `{pointer}` leads to another document, `{text}`"),
                )
            } else {
                (
                    &rules::FOREIGN_UNSUPPORTED,
                    format!("`$ref` at `{pointer}` leads outside of `definitions`, to `{text}`"),
                )
            };
            self.diagnostics.push(
                Diagnostic::new(rule, target.span, message)
                    .label("not followed")
                    .help("copy what it names into `definitions`"),
            );
            return None;
        };
        let name = Name {
            text: name.replace("~1", "/").replace("~0", "~"),
            span: target.span,
        };
        if !self.known.contains(name.text.as_str()) {
            self.unknown(&name);
            return None;
        }
        if self.met.insert(name.text.clone()) {
            self.queue.push_back(name.text.clone());
        }
        let renamed = self.renames.get(&name.text).cloned();
        Some(Name {
            text: renamed.unwrap_or(name.text),
            span: name.span,
        })
    }

    /// The type of a schema that stands inside another one, null included; none where that was reported.
    pub(super) fn inner(&mut self, schema: &Json, pointer: &str, inline: &mut Vec<Item>) -> Option<Type> {
        let read = self.read(schema, pointer, inline)?;
        Some(self.named_type(read, schema.span, pointer, inline))
    }

    /// What was read as a type. A shape becomes a definition, which its title names.
    pub(super) fn named_type(
        &mut self,
        read: Read,
        span: Span,
        pointer: &str,
        inline: &mut Vec<Item>,
    ) -> Type {
        let kind = match read.meaning {
            Meaning::Type(kind) => kind,
            Meaning::Shape(shape) => match read.title {
                Some(name) if names::is_definition_name(&name.text) => {
                    inline.push(Item {
                        docs: read.docs,
                        marks: read.marks,
                        span: name.span,
                        kind: ItemKind::Definition(Definition {
                            name: name.clone(),
                            shape,
                        }),
                    });
                    TypeKind::Name(name)
                }
                title => {
                    self.unnamed(title, span, pointer);
                    TypeKind::Scalar(Scalar::Json)
                }
            },
        };
        let ty = Type { kind, span };
        if !read.nullable || matches!(ty.kind, TypeKind::Scalar(Scalar::Json)) {
            return ty;
        }
        Type {
            kind: TypeKind::Nullable(Box::new(ty)),
            span,
        }
    }

    fn unnamed(&mut self, title: Option<Name>, span: Span, pointer: &str) {
        let report = match title {
            Some(title) => Diagnostic::new(
                &rules::FOREIGN_UNNAMED,
                title.span,
                format!(
                    "the title `{}` at `{pointer}` cannot name a definition",
                    title.text
                ),
            )
            .label("not of the form `[A-Z][A-Za-z0-9]*`"),
            None => Diagnostic::new(
                &rules::FOREIGN_UNNAMED,
                span,
                format!("the schema at `{pointer}` needs a name"),
            )
            .label("an object, enum or union that is declared in place"),
        };
        self.diagnostics
            .push(report.help("give it a `title` like `ThreadItem`, or move it to `definitions`"));
    }

    /// Reports a name that the file does not define; answers the one that was probably meant.
    pub(super) fn unknown(&mut self, name: &Name) -> Option<String> {
        let mut report = Diagnostic::new(
            &rules::FOREIGN_UNKNOWN_NAME,
            name.span,
            format!("the schema defines no `{}`", name.text),
        )
        .label("not in `definitions`");
        let nearest = suggest::nearest(&name.text, self.known.iter().copied());
        if let Some(nearest) = nearest {
            report = report.help(format!("did you mean `{nearest}`?"));
        }
        self.diagnostics.push(report);
        nearest.map(str::to_owned)
    }

    /// Reports what a schema says and the language cannot.
    pub(super) fn unsupported(&mut self, span: Span, message: String) {
        self.diagnostics.push(
            Diagnostic::new(&rules::FOREIGN_UNSUPPORTED, span, message)
                .label("not supported")
                .help("`wiregate explain foreign-unsupported` lists what is"),
        );
    }
}

impl Read {
    fn any() -> Self {
        Self {
            meaning: Scalar::Json.into(),
            nullable: false,
            default: None,
            docs: Docs::default(),
            marks: Marks::default(),
            title: None,
        }
    }
}

/// Any JSON.
pub(super) fn any(span: Span) -> Type {
    Type {
        kind: TypeKind::Scalar(Scalar::Json),
        span,
    }
}

/// One value of an enum.
pub(super) fn enum_member(text: &str, span: Span, docs: Docs, marks: Marks) -> EnumMember {
    EnumMember {
        docs,
        marks,
        name: Name {
            text: text.to_owned(),
            span,
        },
        rename: None,
        accepts: Vec::new(),
        span,
    }
}
