//! A JSON value as it stands in a text: members given twice are there twice, and `1.0` is no integer.
//!
//! In: text. Out: a tree that borrows from it.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Json<'t> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number that is spelled as an integer and fits into 64 bits, with or without a sign.
    Integer(i128),
    /// Any other number.
    Number(f64),
    /// A string.
    String(Cow<'t, str>),
    /// A list.
    List(Vec<Json<'t>>),
    /// The members of an object, in order.
    Object(Vec<(Cow<'t, str>, Json<'t>)>),
}

/// How much of a string is shown, in characters.
const SHOWN: usize = 40;

impl<'t> Json<'t> {
    /// Reads a text.
    ///
    /// # Errors
    /// When it is no JSON, or nested deeper than 127 objects and lists.
    pub fn read(text: &'t str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The first member of this name, where this is an object that has it.
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => find(members, name),
            _ => None,
        }
    }

    /// What stands at a path of member names.
    pub fn at<'p>(&self, path: impl IntoIterator<Item = &'p String>) -> Option<&Self> {
        path.into_iter().try_fold(self, |value, name| value.get(name))
    }

    /// The text of a string or an integer, always written in the same way: what topics and keys are known by.
    pub fn key(&self) -> Option<String> {
        match self {
            Self::String(text) => Some(format!("{text:?}")),
            Self::Integer(integer) => Some(integer.to_string()),
            _ => None,
        }
    }

    /// Whether a value of the model is the same.
    pub(super) fn is(&self, value: &serde_json::Value) -> bool {
        use serde_json::Value;
        match (self, value) {
            (Self::Null, Value::Null) => true,
            (Self::Bool(one), Value::Bool(other)) => one == other,
            (Self::Integer(one), Value::Number(other)) => match other.as_i64() {
                Some(other) => *one == i128::from(other),
                None => other.as_u64().map(i128::from) == Some(*one) || other.as_f64() == Some(*one as f64),
            },
            (Self::Number(one), Value::Number(other)) => other.as_f64() == Some(*one),
            (Self::String(one), Value::String(other)) => one == other,
            (Self::List(one), Value::Array(other)) => {
                one.len() == other.len() && one.iter().zip(other).all(|(one, other)| one.is(other))
            }
            (Self::Object(one), Value::Object(other)) => {
                one.len() == other.len()
                    && one
                        .iter()
                        .all(|(name, value)| other.get(&**name).is_some_and(|other| value.is(other)))
            }
            _ => false,
        }
    }

    /// What a report says that it found.
    pub fn shown(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Bool(value) => value.to_string(),
            Self::Integer(integer) => integer.to_string(),
            Self::Number(number) => format!("{number:?}"),
            Self::String(text) => match text.char_indices().nth(SHOWN) {
                None => format!("{text:?}"),
                Some((end, _)) => format!("{:?}…", &text[..end]),
            },
            Self::List(_) => "a list".to_owned(),
            Self::Object(_) => "an object".to_owned(),
        }
    }
}

/// The first member of this name.
pub(super) fn find<'a, 't>(members: &'a [(Cow<'t, str>, Json<'t>)], name: &str) -> Option<&'a Json<'t>> {
    let (_, value) = members.iter().find(|(member, _)| member == name)?;
    Some(value)
}

impl<'de: 't, 't> Deserialize<'de> for Json<'t> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reading;

        impl<'de> Visitor<'de> for Reading {
            type Value = Json<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON value")
            }

            fn visit_unit<E>(self) -> Result<Json<'de>, E> {
                Ok(Json::Null)
            }

            fn visit_bool<E>(self, value: bool) -> Result<Json<'de>, E> {
                Ok(Json::Bool(value))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Json<'de>, E> {
                Ok(Json::Integer(value.into()))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Json<'de>, E> {
                Ok(Json::Integer(value.into()))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Json<'de>, E> {
                Ok(Json::Number(value))
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Json<'de>, E> {
                Ok(Json::String(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Json<'de>, E> {
                Ok(Json::String(Cow::Owned(text.to_owned())))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json<'de>, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = list.next_element()? {
                    items.push(item);
                }
                Ok(Json::List(items))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Json<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(Name(name)) = object.next_key()? {
                    members.push((name, object.next_value()?));
                }
                Ok(Json::Object(members))
            }
        }

        deserializer.deserialize_any(Reading)
    }
}

/// The name of a member, borrowed where it has no escapes.
struct Name<'t>(Cow<'t, str>);

impl<'de: 't, 't> Deserialize<'de> for Name<'t> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reading;

        impl<'de> Visitor<'de> for Reading {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a member")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(Reading)
    }
}
