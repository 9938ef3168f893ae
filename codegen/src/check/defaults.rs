//! Values that an author writes: defaults, and what a gate sends instead.
//!
//! In: the tree. Out: reports of values that their type does not admit, with the place within the value.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::bodies::bodies;
use super::types;
use crate::ast::{Literal, Scalar, Tagging};
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::resolve::{DefId, Field, MemberContent, Resolved, Shape, Struct, Type, TypeKind, Union};
use crate::rules::{self, Rule};

/// Reports defaults.
pub(super) fn check(resolved: &Resolved, out: &mut Diagnostics) {
    for definition in &resolved.definitions {
        for field in bodies(&definition.shape)
            .into_iter()
            .flat_map(|body| &body.fields)
        {
            if let Some(default) = &field.default {
                literal(resolved, &rules::INVALID_DEFAULT, default, &field.ty, out);
            }
        }
    }
}

/// Reports a value that `ty` does not admit.
pub(super) fn literal(
    resolved: &Resolved,
    rule: &'static Rule,
    literal: &Literal,
    ty: &Type,
    out: &mut Diagnostics,
) {
    if let Err(fault) = admits(resolved, ty, &literal.value) {
        report(resolved, rule, literal, &types::spelled(resolved, ty), fault, out);
    }
}

/// Reports a value that the definition does not admit.
pub(super) fn literal_of(
    resolved: &Resolved,
    rule: &'static Rule,
    literal: &Literal,
    id: DefId,
    out: &mut Diagnostics,
) {
    if let Err(fault) = admits_definition(resolved, id, &literal.value) {
        report(resolved, rule, literal, &resolved[id].name.text, fault, out);
    }
}

fn report(
    resolved: &Resolved,
    rule: &'static Rule,
    literal: &Literal,
    spelled: &str,
    fault: Fault,
    out: &mut Diagnostics,
) {
    let mut report = Diagnostic::new(
        rule,
        literal.span,
        format!("`{}` is no value of `{spelled}`", shortened(&literal.value)),
    )
    .label(match fault.path.is_empty() {
        true => fault.what,
        false => format!("at `{}`: {}", fault.path.trim_start_matches('.'), fault.what),
    });
    if let Some(id) = fault.of {
        let name = &resolved[id].name;
        report = report.note_at(name.span, format!("`{}` is declared here", name.text));
    }
    if let Some(help) = fault.help {
        report = report.help(help);
    }
    out.push(report);
}

fn shortened(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= 60 {
        return text;
    }
    text.chars().take(57).chain("...".chars()).collect()
}

/// Why a type does not admit a value.
struct Fault {
    /// Where in the value: `.content[0].type`.
    path: String,
    what: String,
    of: Option<DefId>,
    help: Option<String>,
}

impl Fault {
    fn new(what: impl Into<String>) -> Self {
        Self {
            path: String::new(),
            what: what.into(),
            of: None,
            help: None,
        }
    }

    fn within(mut self, segment: &str) -> Self {
        self.path.insert_str(0, segment);
        self
    }

    fn of(mut self, id: DefId) -> Self {
        self.of = self.of.or(Some(id));
        self
    }

    fn near<'a>(mut self, wanted: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        let near = crate::suggest::nearest(wanted, known);
        self.help = near.map(|near| format!("did you mean `{near}`?"));
        self
    }
}

type Admitted = Result<(), Fault>;

/// Depth is that of the value, which `parse` bounds.
fn admits(resolved: &Resolved, ty: &Type, value: &Value) -> Admitted {
    match &types::unaliased(resolved, ty).kind {
        TypeKind::Scalar(scalar) => admits_scalar(*scalar, value),
        TypeKind::Constant(constant) if constant.value == *value => Ok(()),
        TypeKind::Constant(constant) => Err(Fault::new(format!("must be `{}`", constant.value))),
        TypeKind::Nullable(inner) => {
            if value.is_null() {
                return Ok(());
            }
            admits(resolved, inner, value)
        }
        TypeKind::Name(id) => admits_definition(resolved, *id, value),
        TypeKind::List(inner) => {
            let items = value.as_array().ok_or_else(|| Fault::new("must be a list"))?;
            each_item(resolved, items.iter().map(|item| (item, &**inner)))
        }
        TypeKind::Tuple(types) => {
            let items = value.as_array().filter(|items| items.len() == types.len());
            let items = items.ok_or_else(|| Fault::new(format!("must be a list of {}", types.len())))?;
            each_item(resolved, items.iter().zip(types))
        }
        TypeKind::Map(key, inner) => {
            let map = value.as_object().ok_or_else(|| Fault::new("must be an object"))?;
            for (name, value) in map {
                let place = format!(".{name}");
                admits(resolved, key, &Value::String(name.clone())).map_err(|fault| fault.within(&place))?;
                admits(resolved, inner, value).map_err(|fault| fault.within(&place))?;
            }
            Ok(())
        }
    }
}

fn each_item<'a>(resolved: &Resolved, items: impl Iterator<Item = (&'a Value, &'a Type)>) -> Admitted {
    for (index, (item, ty)) in items.enumerate() {
        admits(resolved, ty, item).map_err(|fault| fault.within(&format!("[{index}]")))?;
    }
    Ok(())
}

fn admits_scalar(scalar: Scalar, value: &Value) -> Admitted {
    if let Some((least, most)) = types::integer_range(scalar) {
        let number = value.as_number().filter(|number| !number.is_f64());
        let number = number.and_then(|number| {
            number
                .as_i64()
                .map(i128::from)
                .or(number.as_u64().map(i128::from))
        });
        let number = number.ok_or_else(|| Fault::new("must be an integer"))?;
        if !(least..=most).contains(&number) {
            return Err(Fault::new(format!("must be from {least} to {most}")));
        }
        return Ok(());
    }
    let text = value.as_str();
    let (fits, expected) = match scalar {
        Scalar::Json => (true, ""),
        Scalar::Bool => (value.is_boolean(), "must be `true` or `false`"),
        Scalar::F64 => (value.is_number(), "must be a number"),
        Scalar::Path => (
            text.is_some_and(|text| text.starts_with('/')),
            "must be an absolute path",
        ),
        Scalar::Uuid => (text.is_some_and(is_uuid), "must be a UUID"),
        Scalar::Base64 => (text.is_some_and(is_base64), "must be base64, padded"),
        _ => (text.is_some(), "must be a string"),
    };
    if fits { Ok(()) } else { Err(Fault::new(expected)) }
}

/// RFC 9562, section 4: hexadecimal digits in groups of 8, 4, 4, 4 and 12.
fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups
            .iter()
            .all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// RFC 4648, section 4: the standard alphabet, padded to four characters.
fn is_base64(text: &str) -> bool {
    let digits = text.trim_end_matches('=');
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    text.len().is_multiple_of(4) && text.len() - digits.len() <= 2 && digits.bytes().all(allowed)
}

fn admits_definition(resolved: &Resolved, id: DefId, value: &Value) -> Admitted {
    let admitted = match &resolved[id].shape {
        Shape::Struct(body) | Shape::Error { data: body, .. } => admits_object(resolved, body, None, value),
        Shape::Alias(ty) => admits(resolved, ty, value),
        Shape::Union(union) => admits_union(resolved, union, value),
        Shape::Enum(declared) => match value.as_str() {
            None => Err(Fault::new("must be a string")),
            Some(_) if declared.open.is_some() => Ok(()),
            Some(text) if declared.members.iter().any(|member| member.name.text == text) => Ok(()),
            Some(text) => {
                let known = declared.members.iter().map(|member| member.name.text.as_str());
                Err(Fault::new(format!("there is no value `{text}`")).near(text, known))
            }
        },
    };
    admitted.map_err(|fault| fault.of(id))
}

/// `tag` is the member that a union adds.
fn admits_object(resolved: &Resolved, body: &Struct, tag: Option<&str>, value: &Value) -> Admitted {
    let map = value.as_object().ok_or_else(|| Fault::new("must be an object"))?;
    let mut known: HashSet<&str> = tag.into_iter().collect();
    admits_members(resolved, body, map, &mut known)?;
    match map.keys().find(|name| !known.contains(name.as_str())) {
        None => Ok(()),
        Some(name) => {
            let fields = body.fields.iter().map(|field| field.name.text.as_str());
            Err(Fault::new(format!("there is no field `{name}`")).near(name, fields))
        }
    }
}

fn admits_members<'a>(
    resolved: &'a Resolved,
    body: &'a Struct,
    map: &'a Map<String, Value>,
    known: &mut HashSet<&'a str>,
) -> Admitted {
    for field in &body.fields {
        let name = field.name.text.as_str();
        known.insert(name);
        match map.get(name) {
            Some(value) => {
                admits_field(resolved, field, value).map_err(|fault| fault.within(&format!(".{name}")))?
            }
            None if types::is_required(field) => {
                return Err(Fault::new(format!("field `{name}` is missing")));
            }
            None => {}
        }
    }
    for spread in &body.spreads {
        match &spread.ty.kind {
            TypeKind::Name(id) => match &resolved[*id].shape {
                Shape::Struct(inner) => admits_members(resolved, inner, map, known)?,
                Shape::Union(union) => admits_flattened(resolved, union, map, known)?,
                Shape::Enum(_) | Shape::Alias(_) | Shape::Error { .. } => {}
            },
            TypeKind::Map(_, inner) => {
                for (name, value) in map {
                    if known.insert(name) {
                        admits(resolved, inner, value).map_err(|fault| fault.within(&format!(".{name}")))?;
                    }
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn admits_field(resolved: &Resolved, field: &Field, value: &Value) -> Admitted {
    if field.patch.is_some() && value.is_null() {
        return Ok(());
    }
    admits(resolved, &field.ty, value)
}

fn admits_flattened<'a>(
    resolved: &'a Resolved,
    union: &'a Union,
    map: &'a Map<String, Value>,
    known: &mut HashSet<&'a str>,
) -> Admitted {
    let Tagging::Internal(tag) = &union.tagging else {
        return Ok(());
    };
    known.insert(&tag.text);
    match &tagged_member(union, &tag.text, map)?.content {
        MemberContent::None => Ok(()),
        MemberContent::Fields(body) => admits_members(resolved, body, map, known),
        MemberContent::Type(ty) => match types::structure(resolved, ty) {
            Some(body) => admits_members(resolved, body, map, known),
            None => Ok(()),
        },
    }
}

/// The member that the tag in `map` names.
fn tagged_member<'a>(
    union: &'a Union,
    tag: &str,
    map: &Map<String, Value>,
) -> Result<&'a crate::resolve::UnionMember, Fault> {
    let Some(label) = map.get(tag).and_then(Value::as_str) else {
        return Err(Fault::new(format!(
            "field `{tag}` is missing, which tells the members apart"
        )));
    };
    member(union, label).ok_or_else(|| no_member(union, label))
}

fn member<'a>(union: &'a Union, label: &str) -> Option<&'a crate::resolve::UnionMember> {
    union.members.iter().find(|member| member.name.text == label)
}

fn no_member(union: &Union, label: &str) -> Fault {
    let known = union.members.iter().map(|member| member.name.text.as_str());
    Fault::new(format!("there is no member `{label}`")).near(label, known)
}

fn admits_union(resolved: &Resolved, union: &Union, value: &Value) -> Admitted {
    match &union.tagging {
        Tagging::Internal(tag) => {
            let map = value.as_object().ok_or_else(|| Fault::new("must be an object"))?;
            match &tagged_member(union, &tag.text, map)?.content {
                MemberContent::None => admits_object(resolved, &Struct::default(), Some(&tag.text), value),
                MemberContent::Fields(body) => admits_object(resolved, body, Some(&tag.text), value),
                MemberContent::Type(ty) => match types::structure(resolved, ty) {
                    Some(body) => admits_object(resolved, body, Some(&tag.text), value),
                    None => Ok(()),
                },
            }
        }
        Tagging::Adjacent(tag, content) => {
            let map = value.as_object().ok_or_else(|| Fault::new("must be an object"))?;
            let member = tagged_member(union, &tag.text, map)?;
            if let Some(name) = map
                .keys()
                .find(|name| **name != tag.text && **name != content.text)
            {
                return Err(Fault::new(format!("there is no field `{name}`")));
            }
            let within = |fault: Fault| fault.within(&format!(".{}", content.text));
            match (&member.content, map.get(&content.text)) {
                (MemberContent::None, None) => Ok(()),
                (MemberContent::None, Some(_)) => {
                    Err(Fault::new(format!("`{}` holds nothing", member.name.text)))
                }
                (_, None) => Err(Fault::new(format!("field `{}` is missing", content.text))),
                (MemberContent::Fields(body), Some(inner)) => {
                    admits_object(resolved, body, None, inner).map_err(within)
                }
                (MemberContent::Type(ty), Some(inner)) => admits(resolved, ty, inner).map_err(within),
            }
        }
        Tagging::External(_) => admits_external(resolved, union, value),
        Tagging::Untagged(_) => {
            let fits = |content: &MemberContent| match content {
                MemberContent::None => false,
                MemberContent::Fields(body) => admits_object(resolved, body, None, value).is_ok(),
                MemberContent::Type(ty) => admits(resolved, ty, value).is_ok(),
            };
            if union.open.is_some() || union.members.iter().any(|member| fits(&member.content)) {
                return Ok(());
            }
            Err(Fault::new("no member of the union admits it"))
        }
    }
}

fn admits_external(resolved: &Resolved, union: &Union, value: &Value) -> Admitted {
    if let Some(label) = value.as_str() {
        return match member(union, label).map(|member| &member.content) {
            Some(MemberContent::None) => Ok(()),
            Some(_) => Err(Fault::new(format!(
                "`{label}` holds something, so it is no bare string"
            ))),
            None => Err(no_member(union, label)),
        };
    }
    let only = value.as_object().filter(|map| map.len() == 1);
    let Some((label, inner)) = only.and_then(|map| map.iter().next()) else {
        return Err(Fault::new("must be a string, or an object of one member"));
    };
    let within = |fault: Fault| fault.within(&format!(".{label}"));
    match member(union, label).map(|member| &member.content) {
        Some(MemberContent::None) => Err(Fault::new(format!(
            "`{label}` holds nothing, so it is a bare string"
        ))),
        Some(MemberContent::Fields(body)) => admits_object(resolved, body, None, inner).map_err(within),
        Some(MemberContent::Type(ty)) => admits(resolved, ty, inner).map_err(within),
        None => Err(no_member(union, label)),
    }
}
