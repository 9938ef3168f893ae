//! What the fixtures show of the model, counted.
//!
//! In: the model, and what each fixture shows of it (`sights.rs`). Out: what no fixture shows, by definition and field; and
//! each field left out and nulled in turn in a valid message, which must be taken or refused as its presence says.
//! Those messages are left for the schema, like the random ones.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use wiregate_codegen::ir::{
    Content, Field, Marks, Presence, Protocol, Shape, Struct, Type, Union, Visibility,
};

use crate::fixtures::{Fixture, fixtures};
use crate::repository::{self, APP_SERVER, report};
use crate::sights::{Sight, Step, What, null_is_none, sights, spelled, takes_null};

/// Something that a fixture must show.
struct Want<'a> {
    place: String,
    what: What<'a>,
    /// Whether no artefact shows it, so that it belongs into `lenient/`.
    lenient: bool,
}

#[test]
fn fixtures_show_all_of_the_model() {
    let model = &APP_SERVER.model;
    let shown = |relation| {
        let all = seen(relation);
        let all = all.iter().flat_map(|(_, _, sights)| sights);
        all.map(|sight| (sight.place.clone(), sight.what))
            .collect::<BTreeSet<_>>()
    };
    let (valid, lenient) = (shown("valid"), shown("lenient"));
    let wants = wants(model);
    let mut missing: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for want in &wants {
        let kind = match want.what {
            What::Absent => "fields left out",
            What::Null => "nulls",
            What::Present => "fields and elements with a value",
            What::Member(_) => "members of enums and unions",
            What::Unknown => "unknown members",
            What::Spelled(_) | What::Bare => "old spellings",
        };
        *counts.entry(kind).or_default() += 1;
        let sight = (want.place.clone(), want.what);
        let is_shown = valid.contains(&sight) || want.lenient && lenient.contains(&sight);
        if !is_shown {
            missing
                .entry(&want.place)
                .or_default()
                .push(format!("{:?}", want.what));
        }
    }
    let missing: Vec<String> = missing
        .iter()
        .map(|(place, whats)| format!("{place}: {}", whats.join(", ")))
        .collect();
    report("things that fixtures show", wants.len(), &missing);
    for (kind, count) in counts {
        println!("    {kind}: {count}");
    }
}

#[test]
fn every_definition_has_a_valid_fixture() {
    let with: BTreeSet<String> = fixtures("valid")
        .into_iter()
        .map(|fixture| fixture.definition)
        .collect();
    let names = APP_SERVER.model.definitions.keys();
    let without: Vec<String> = names
        .filter(|name| !with.contains(name.name()))
        .map(|name| format!("fixtures/{}/valid has no file", name.name()))
        .collect();
    report("definitions with a valid fixture", with.len(), &without);
}

#[test]
fn fields_are_left_out_and_nulled_as_their_presence_says() {
    let mut wrong = Vec::new();
    let without_fields = without_fields();
    for case in &without_fields {
        let said = match (
            (case.ty.emitted)(case.value.to_string().as_bytes()),
            &case.refused[..],
        ) {
            (Ok(_), []) => continue,
            (Err((path, _)), places) if places.contains(&path) => continue,
            (Err((path, error)), places) => format!("refused at `{path}`, not at {places:?}: {error}"),
            (Ok(_), places) => format!("read, not refused at {places:?}"),
        };
        wrong.push(format!("{}, {:?}: {said}: {}", case.place, case.what, case.value));
    }
    let count = |what, refused| {
        let cases = without_fields.iter();
        let cases = cases.filter(|case| case.what == what && case.refused.is_empty() != refused);
        cases.count()
    };
    report("fields left out and nulled", without_fields.len(), &wrong);
    println!(
        "    left out: {} read, {} refused",
        count(What::Absent, false),
        count(What::Absent, true)
    );
    println!(
        "    nulled: {} read, {} refused",
        count(What::Null, false),
        count(What::Null, true)
    );
}

/// A valid message, but for one field.
pub(crate) struct WithoutField {
    pub(crate) ty: &'static repository::Type,
    pub(crate) value: Value,
    place: String,
    what: What<'static>,
    /// The places of which a reader must name one; none where it must read this.
    refused: Vec<String>,
}

/// For every field of the model the shortest valid fixture that has it, without it and with null in its stead.
pub(crate) fn without_fields() -> Vec<WithoutField> {
    let mut shortest: BTreeMap<&str, (&Sight, &Fixture, &Value)> = BTreeMap::new();
    let seen = seen("valid");
    let cost = |sight: &Sight, value: &Value| (sight.by_shape, value.to_string().len());
    for (fixture, value, sights) in &seen {
        for sight in sights.iter().filter(|sight| sight.what == What::Present) {
            let best = shortest.entry(&sight.place).or_insert((sight, fixture, value));
            if cost(sight, value) < cost(best.0, best.2) {
                *best = (sight, fixture, value);
            }
        }
    }
    let model = &APP_SERVER.model;
    let mut cases = Vec::new();
    for_each_field(model, &mut |place, field| {
        // What no fixture shows is the business of another test.
        let Some((sight, fixture, value)) = shortest.get(place) else {
            return;
        };
        let (name, ty) = APP_SERVER
            .named(&fixture.definition)
            .expect("its folder is called after a definition");
        let null_is_read = null_is_none(field.presence) || takes_null(model, &field.ty);
        for (what, read) in [
            (What::Absent, field.presence != Presence::Required),
            (What::Null, null_is_read),
        ] {
            let value = without(value, &sight.at, what);
            let refused = match sight.by_shape {
                false if read => Vec::new(),
                false => vec![spelled(&sight.at)],
                // Another member may fit now. Where none does, whoever read the shape tells how far it got.
                true if sights(model, name, &value).is_some() => Vec::new(),
                true => (0..=sight.at.len())
                    .map(|depth| spelled(&sight.at[..depth]))
                    .collect(),
            };
            cases.push(WithoutField {
                ty,
                value,
                place: place.to_owned(),
                what,
                refused,
            });
        }
    });
    cases
}

/// Every fixture of a relation, with what it shows.
fn seen(relation: &str) -> Vec<(Fixture, Value, Vec<Sight<'static>>)> {
    let all = fixtures(relation).into_iter();
    all.filter_map(|fixture| {
        let value = match fixture.content() {
            Value::Object(mut content) if relation == "lenient" => content["value"].take(),
            content => content,
        };
        // A folder that is called after no definition is reported by a test of its own.
        let (name, _) = APP_SERVER.named(&fixture.definition)?;
        let sights = sights(&APP_SERVER.model, name, &value);
        let sights = sights.unwrap_or_else(|| panic!("{} is no {name} by the model", fixture.shown));
        Some((fixture, value, sights))
    })
    .collect()
}

fn wants(model: &Protocol) -> Vec<Want<'_>> {
    let mut wants = Vec::new();
    let hidden = |marks: &Marks| marks.visibility != Visibility::Everywhere;
    for (name, definition) in &model.definitions {
        let place = name.as_str();
        match &definition.shape {
            Shape::Struct(body) | Shape::Error { data: body, .. } => of_struct(place, body, &mut wants),
            Shape::Alias { ty } => of_type(place, ty, &mut wants),
            Shape::Enum(body) => {
                for member in &body.members {
                    want(
                        &mut wants,
                        place,
                        What::Member(&member.name),
                        hidden(&member.marks),
                    );
                    let place = format!("{place}::{}", member.name);
                    for old in &member.accepts {
                        want(&mut wants, &place, What::Spelled(old), true);
                    }
                }
                if body.open {
                    want(&mut wants, place, What::Unknown, true);
                }
            }
            Shape::Union(body) => {
                for member in &body.members {
                    want(
                        &mut wants,
                        place,
                        What::Member(&member.name),
                        hidden(&member.marks),
                    );
                    let place = format!("{place}::{}", member.name);
                    for old in &member.accepts {
                        want(&mut wants, &place, What::Spelled(old), true);
                    }
                    match &member.content {
                        Content::None => {}
                        Content::Fields { body, .. } => of_struct(&place, body, &mut wants),
                        Content::Type { ty } => of_type(&place, ty, &mut wants),
                    }
                }
                if body.open {
                    want(&mut wants, place, What::Unknown, true);
                }
            }
        }
    }
    wants
}

fn of_struct<'a>(place: &str, body: &'a Struct, wants: &mut Vec<Want<'a>>) {
    for field in &body.fields {
        let place = format!("{place}.{}", field.name);
        let lenient = field.marks.visibility != Visibility::Everywhere;
        want(wants, &place, What::Present, lenient);
        if field.presence != Presence::Required {
            want(wants, &place, What::Absent, lenient);
        }
        if null_is_none(field.presence) {
            want(wants, &place, What::Null, lenient);
        }
        for old in field.accepts.iter().chain(&field.accepts_not) {
            want(wants, &place, What::Spelled(old), true);
        }
        of_type(&place, &field.ty, wants);
    }
    if let Some(rest) = &body.rest {
        let place = format!("{place}.*");
        want(wants, &place, What::Present, false);
        of_type(&place, &rest.values, wants);
    }
    if body.bare.is_some() {
        want(wants, place, What::Bare, true);
    }
}

fn of_type<'a>(place: &str, ty: &'a Type, wants: &mut Vec<Want<'a>>) {
    match ty {
        Type::List(item) | Type::Map(_, item) => {
            let place = format!("{place}[]");
            want(wants, &place, What::Present, false);
            of_type(&place, item, wants);
        }
        Type::Tuple(items) => {
            for item in items {
                of_type(&format!("{place}[]"), item, wants);
            }
        }
        Type::Nullable(inner) => {
            want(wants, place, What::Null, false);
            want(wants, place, What::Present, false);
            of_type(place, inner, wants);
        }
        Type::Scalar(_) | Type::Constant(_) | Type::Ref(_) => {}
    }
}

fn want<'a>(wants: &mut Vec<Want<'a>>, place: &str, what: What<'a>, lenient: bool) {
    wants.push(Want {
        place: place.to_owned(),
        what,
        lenient,
    });
}

fn for_each_field<'a>(model: &'a Protocol, see: &mut impl FnMut(&str, &'a Field)) {
    let mut structs: Vec<(String, &Struct)> = Vec::new();
    for (name, definition) in &model.definitions {
        match &definition.shape {
            Shape::Struct(body) | Shape::Error { data: body, .. } => structs.push((name.to_string(), body)),
            Shape::Union(Union { members, .. }) => {
                for member in members {
                    if let Content::Fields { body, .. } = &member.content {
                        structs.push((format!("{name}::{}", member.name), body));
                    }
                }
            }
            Shape::Enum(_) | Shape::Alias { .. } => {}
        }
    }
    for (place, body) in structs {
        for field in &body.fields {
            see(&format!("{place}.{}", field.name), field);
        }
    }
}

/// The message with null at a place, or without what stands there.
fn without(value: &Value, at: &[Step], what: What<'_>) -> Value {
    let mut whole = value.clone();
    let [outer @ .., Step::Name(name)] = at else {
        panic!("a field lies in an object");
    };
    let mut object = &mut whole;
    for step in outer {
        object = match step {
            Step::Name(name) => &mut object[name],
            Step::Index(index) => &mut object[index],
        };
    }
    let object = object.as_object_mut().expect("a field lies in an object");
    if what == What::Null {
        object[name] = Value::Null;
    } else {
        object.shift_remove(name);
    }
    whole
}
