//! The keywords of one schema, of which every one must be understood.
//!
//! In: a schema that is an object. Out: the keywords that a form takes, one by one; whatever is left at the end is
//! reported, so that nothing a schema says is dropped in silence.

use crate::ast::{Docs, Marks, Name};
use crate::source::Span;

use super::json::Json;
use super::schema::Reader;

/// Keywords that annotate, and that we have no use for.
const IGNORED: &[&str] = &["title", "$comment", "examples", "readOnly", "writeOnly"];

/// A schema, keyword by keyword.
pub(super) struct Keywords<'j> {
    members: Vec<(&'j Name, &'j Json)>,
    /// The JSON pointer of the schema.
    pub(super) pointer: String,
    /// `title`
    pub(super) title: Option<&'j Json>,
    /// `description`
    pub(super) docs: Docs,
    /// `deprecated`, which later drafts know.
    pub(super) deprecated: Option<Span>,
    /// `x-open`: what the bundles of this compiler say of open enums and unions.
    pub(super) open: Option<Span>,
}

impl<'j> Keywords<'j> {
    /// The keywords of a schema at `pointer`; none where `members` are not those of an object.
    pub(super) fn new(schema: &'j Json, pointer: &str) -> Option<Self> {
        let members = schema.as_object()?;
        let mut this = Self {
            members: members.iter().map(|(name, value)| (name, value)).collect(),
            pointer: pointer.to_owned(),
            title: schema.get("title"),
            docs: Docs::default(),
            deprecated: None,
            open: None,
        };
        // One that is no text stays, and is reported with what nobody has taken.
        if let Some(text) = schema.get("description").and_then(Json::as_text) {
            this.docs = Docs {
                text: text.to_owned(),
                span: this.take("description").map(|description| description.span),
            };
        }
        this.deprecated = this.take("deprecated").map(|deprecated| deprecated.span);
        this.open = this.take("x-open").map(|open| open.span);
        this.members
            .retain(|(name, _)| !IGNORED.contains(&name.text.as_str()) && !name.text.starts_with("x-"));
        Some(this)
    }

    /// What the schema says beside what it takes.
    pub(super) fn marks(&self) -> Marks {
        Marks {
            deprecated: self.deprecated.map(|span| Name {
                text: "its makers advise against it".to_owned(),
                span,
            }),
            ..Marks::default()
        }
    }

    /// Whether the schema has this keyword and nobody has taken it.
    pub(super) fn has(&self, keyword: &str) -> bool {
        self.members.iter().any(|(name, _)| name.text == keyword)
    }

    /// The value of a keyword.
    pub(super) fn take(&mut self, keyword: &str) -> Option<&'j Json> {
        let at = self.members.iter().position(|(name, _)| name.text == keyword)?;
        Some(self.members.remove(at).1)
    }

    /// Where a keyword stands that nobody has taken; a report about all of its value points there.
    pub(super) fn place(&self, keyword: &str) -> Option<Span> {
        let (name, _) = self.members.iter().find(|(name, _)| name.text == keyword)?;
        Some(name.span)
    }

    /// The pointer of what stands under a keyword.
    pub(super) fn below(&self, keyword: &str) -> String {
        below(&self.pointer, keyword)
    }

    /// Reports what nobody has taken. Whether there was nothing.
    pub(super) fn finish(self, reader: &mut Reader<'_>) -> bool {
        for (name, _) in &self.members {
            reader.unsupported(
                name.span,
                format!(
                    "the keyword `{}` at `{}` is not supported here",
                    name.text, self.pointer
                ),
            );
        }
        self.members.is_empty()
    }
}

/// The JSON pointer of the member `name` of what is at `pointer`.
pub(super) fn below(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"))
}
