//! Messages in unusual spelling: escapes where none are needed, space between tokens, members in any order.
//!
//! In: a random message. Out: the emitted types must read the same from any spelling of it, and nothing from a part of one.

use std::fmt::Write;

use serde_json::Value;

use crate::fixtures::same;
use crate::messages::legal;
use crate::random::Random;
use crate::repository::{protocols, report};

#[test]
fn any_spelling_is_read_as_the_same_message() {
    let mut random = Random::of("spelling");
    let mut count = 0;
    let mut wrong = Vec::new();
    for (ty, value) in protocols().into_iter().flat_map(legal) {
        let mut text = String::new();
        spell(&value, &mut text, &mut random);
        count += 1;
        match (ty.read(&value.to_string()), ty.read(&text)) {
            (Ok(one), Ok(other)) if same(&one, &other) => {}
            (one, other) => wrong.push(format!("{}: {text}\n    {other:?}\n    {one:?}", ty.name)),
        }
    }
    report("messages in unusual spelling", count, &wrong);
}

#[test]
fn a_part_of_a_message_is_refused() {
    let mut random = Random::of("parts");
    let mut count = 0;
    let mut wrong = Vec::new();
    for (ty, value) in protocols().into_iter().flat_map(legal) {
        // A part of a number is a number.
        if value.is_number() {
            continue;
        }
        let text = value.to_string();
        let end = text.floor_char_boundary(random.below(text.len()));
        count += 1;
        if let Ok(read) = ty.read(&text[..end]) {
            wrong.push(format!("{}: {} is read as {read}", ty.name, &text[..end]));
        }
    }
    report("parts of messages", count, &wrong);
}

fn spell(value: &Value, text: &mut String, random: &mut Random) {
    space(text, random);
    match value {
        Value::Object(members) => {
            let mut members: Vec<(&String, &Value)> = members.iter().collect();
            let middle = random.below(members.len() + 1);
            members.rotate_left(middle);
            enclosed("{}", &members, text, random, |(name, value), text, random| {
                space(text, random);
                quote(name, text, random);
                space(text, random);
                text.push(':');
                spell(value, text, random);
            });
        }
        Value::Array(items) => enclosed("[]", items, text, random, spell),
        Value::String(string) => quote(string, text, random),
        other => write!(text, "{other}").expect("text grows"),
    }
    space(text, random);
}

fn enclosed<T>(
    brackets: &str,
    items: &[T],
    text: &mut String,
    random: &mut Random,
    mut one: impl FnMut(&T, &mut String, &mut Random),
) {
    text.push_str(&brackets[..1]);
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        one(item, text, random);
    }
    if items.is_empty() {
        space(text, random);
    }
    text.push_str(&brackets[1..]);
}

fn quote(string: &str, text: &mut String, random: &mut Random) {
    text.push('"');
    for character in string.chars() {
        let must = character < ' ' || character == '"' || character == '\\';
        if must || random.chance(20) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                write!(text, "\\u{unit:04X}").expect("text grows");
            }
        } else if character == '/' && random.chance(30) {
            text.push_str("\\/");
        } else {
            text.push(character);
        }
    }
    text.push('"');
}

fn space(text: &mut String, random: &mut Random) {
    while random.chance(15) {
        text.push(*random.pick(&[' ', '\t', '\n', '\r']));
    }
}
