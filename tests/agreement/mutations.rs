//! Messages with one fault, or what may be one.
//!
//! In: a message. Out: the same with a member left out, replaced, added or renamed somewhere. Whether it is still legal
//! is not known here: all who read it must say the same.

use serde_json::{Value, json};

use crate::random::Random;

/// A message like `value`, but for one place.
pub(crate) fn mutated(value: &Value, random: &mut Random) -> Value {
    let mut mutated = value.clone();
    let places = count(&mutated);
    let mut place = random.below(places);
    let node = nth(&mut mutated, &mut place).expect("the place was counted");
    mutate(node, random);
    mutated
}

fn mutate(node: &mut Value, random: &mut Random) {
    let choice = random.below(100);
    match node {
        Value::Object(members) if choice < 40 && !members.is_empty() => {
            let names: Vec<String> = members.keys().cloned().collect();
            let name = random.pick(&names);
            let value = members.shift_remove(name).unwrap_or_default();
            if choice < 8 {
                members.insert(format!("{name}_"), value);
            } else if choice < 16 {
                members.insert(name.clone(), Value::Null);
            }
        }
        Value::Object(members) if choice < 60 => {
            members.insert("strange member".to_owned(), json!([1]));
        }
        Value::Array(items) if choice < 30 => drop(items.pop()),
        Value::Array(items) if choice < 60 => {
            let item = items.first().cloned().unwrap_or(json!("text"));
            items.push(item);
        }
        Value::String(text) if choice < 50 => {
            *text = (*random.pick(&["unheard-of", "relative/path", "aGVsbG8", "nothing", ""])).to_owned();
        }
        // What serde takes for a member that holds nothing.
        Value::String(text) if choice < 60 => *node = json!({ text.as_str(): null }),
        Value::Number(_) if choice < 70 => {
            *node = random
                .pick(&[
                    json!(-1),
                    json!(128),
                    json!(256),
                    json!(32_768),
                    json!(65_536),
                    json!(2_147_483_648_u32),
                    json!(-2_147_483_649_i64),
                    json!(4_294_967_296_i64),
                    json!(1.5),
                    json!(1e30),
                ])
                .clone();
        }
        node => {
            *node = random
                .pick(&[
                    Value::Null,
                    json!(true),
                    json!(7),
                    json!("text"),
                    json!([]),
                    json!({}),
                    json!({ "a": 1 }),
                ])
                .clone();
        }
    }
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(members) => members.values().map(count).sum(),
        _ => 0,
    }
}

/// The node at a place, counted from the root.
fn nth<'a>(value: &'a mut Value, place: &mut usize) -> Option<&'a mut Value> {
    if *place == 0 {
        return Some(value);
    }
    *place -= 1;
    match value {
        Value::Array(items) => items.iter_mut().find_map(|item| nth(item, place)),
        Value::Object(members) => members.values_mut().find_map(|member| nth(member, place)),
        _ => None,
    }
}
