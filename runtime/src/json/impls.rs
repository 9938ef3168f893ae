//! Reading and writing of the types that the language's scalars, lists, maps and tuples become.
//!
//! In: the types of the standard library. Out: implementations of [`Encode`] and [`Decode`].

use std::hash::Hash;

use super::{Decode, Encode, Kind, Reader, Writer};
use crate::{Map, Patch};

impl Decode for String {
    fn blank() -> Self {
        Self::new()
    }

    fn decode(&mut self, r: &mut Reader<'_>) {
        match r.string() {
            Ok(text) => *self = text.into_owned(),
            Err(error) => r.fail(error),
        }
    }
}

impl Encode for String {
    fn encode(&self, w: &mut Writer) {
        w.string(self);
    }
}

impl Encode for str {
    fn encode(&self, w: &mut Writer) {
        w.string(self);
    }
}

impl Decode for bool {
    fn blank() -> Self {
        false
    }

    fn decode(&mut self, r: &mut Reader<'_>) {
        match r.bool() {
            Ok(value) => *self = value,
            Err(error) => r.fail(error),
        }
    }
}

impl Encode for bool {
    fn encode(&self, w: &mut Writer) {
        w.bool(*self);
    }
}

macro_rules! integers {
    ($($type:ident $expected:literal $value:ident $writer:ident $write:expr;)*) => {$(
        impl Decode for $type {
            fn blank() -> Self {
                0
            }

            fn decode(&mut self, r: &mut Reader<'_>) {
                match r.integer($expected) {
                    Ok(value) => *self = value,
                    Err(error) => r.fail(error),
                }
            }
        }

        impl Encode for $type {
            fn encode(&self, $writer: &mut Writer) {
                let $value = *self;
                $write;
            }
        }
    )*};
}

integers! {
    i8 "i8" value w w.integer(value);
    i16 "i16" value w w.integer(value);
    i32 "i32" value w w.integer(value);
    i64 "i64" value w w.safe_integer(value, value.unsigned_abs());
    u8 "u8" value w w.integer(value);
    u16 "u16" value w w.integer(value);
    u32 "u32" value w w.integer(value);
    u64 "u64" value w w.safe_integer(value, value);
}

impl Decode for f64 {
    fn blank() -> Self {
        0.0
    }

    fn decode(&mut self, r: &mut Reader<'_>) {
        match r.double() {
            Ok(value) => *self = value,
            Err(error) => r.fail(error),
        }
    }
}

impl Encode for f64 {
    fn encode(&self, w: &mut Writer) {
        w.double(*self);
    }
}

/// `null`
impl Decode for () {
    fn blank() -> Self {}

    fn decode(&mut self, r: &mut Reader<'_>) {
        if r.kind() != Kind::Null {
            return r.refuse("null");
        }
        r.null();
    }
}

/// `null`
impl Encode for () {
    fn encode(&self, w: &mut Writer) {
        w.null();
    }
}

impl<T: Decode> Decode for Option<T> {
    fn blank() -> Self {
        None
    }

    fn decode(&mut self, r: &mut Reader<'_>) {
        if r.null() {
            *self = None;
            return;
        }
        *self = Some(T::blank());
        if let Some(value) = self {
            value.decode(r);
        }
    }
}

impl<T: Encode> Encode for Option<T> {
    fn encode(&self, w: &mut Writer) {
        match self {
            None => w.null(),
            Some(value) => w.nullable(value),
        }
    }
}

impl<T: Decode> Decode for Patch<T> {
    fn blank() -> Self {
        Self::Keep
    }

    fn decode(&mut self, r: &mut Reader<'_>) {
        *self = if r.null() {
            Self::Clear
        } else {
            Self::Set(r.value())
        };
    }
}

impl<T: Decode> Decode for Box<T> {
    fn blank() -> Self {
        Self::new(T::blank())
    }

    fn decode(&mut self, r: &mut Reader<'_>) {
        (**self).decode(r);
    }
}

impl<T: Encode> Encode for Box<T> {
    fn encode(&self, w: &mut Writer) {
        (**self).encode(w);
    }

    fn may_be_withheld() -> bool {
        T::may_be_withheld()
    }
}

impl<T: Encode> Encode for &T {
    fn encode(&self, w: &mut Writer) {
        (**self).encode(w);
    }

    fn may_be_withheld() -> bool {
        T::may_be_withheld()
    }
}

impl<T: Decode> Decode for Vec<T> {
    fn blank() -> Self {
        Self::new()
    }

    fn decode(&mut self, r: &mut Reader<'_>) {
        self.clear();
        let mut list = r.list();
        while r.element(&mut list) {
            self.push_mut(T::blank()).decode(r);
        }
    }
}

impl<T: Encode> Encode for [T] {
    fn encode(&self, w: &mut Writer) {
        w.begin_list();
        w.elements(self);
        w.end_list();
    }
}

impl<T: Encode> Encode for Vec<T> {
    fn encode(&self, w: &mut Writer) {
        self.as_slice().encode(w);
    }
}

/// The last of several entries with one key wins.
impl<K: Decode + Eq + Hash, V: Decode> Decode for Map<K, V> {
    fn blank() -> Self {
        Self::new()
    }

    fn decode(&mut self, r: &mut Reader<'_>) {
        self.clear();
        let mut entries = r.entries();
        while let Some(name) = r.entry(&mut entries) {
            let key = r.key_of_entry(name);
            let value = r.value();
            r.end_entry(name);
            self.insert(key, value);
        }
    }
}

impl<K: Encode, V: Encode> Encode for Map<K, V> {
    fn encode(&self, w: &mut Writer) {
        w.begin_object();
        w.entries(self);
        w.end_object();
    }
}

macro_rules! tuples {
    ($($expected:literal $($name:ident $index:tt)*;)*) => {$(
        impl<$($name: Decode),*> Decode for ($($name,)*) {
            fn blank() -> Self {
                ($($name::blank(),)*)
            }

            fn decode(&mut self, r: &mut Reader<'_>) {
                let mut list = r.list();
                $(r.part(&mut list, $index, $expected, &mut self.$index);)*
                r.end_of_parts(&mut list, $expected);
            }
        }

        impl<$($name: Encode),*> Encode for ($($name,)*) {
            fn encode(&self, w: &mut Writer) {
                w.begin_list();
                $(w.element(&self.$index);)*
                w.end_list();
            }

            fn may_be_withheld() -> bool {
                $($name::may_be_withheld())||*
            }
        }
    )*};
}

tuples! {
    "a list of 1" A 0;
    "a list of 2" A 0 B 1;
    "a list of 3" A 0 B 1 C 2;
    "a list of 4" A 0 B 1 C 2 D 3;
    "a list of 5" A 0 B 1 C 2 D 3 E 4;
    "a list of 6" A 0 B 1 C 2 D 3 E 4 F 5;
    "a list of 7" A 0 B 1 C 2 D 3 E 4 F 5 G 6;
    "a list of 8" A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7;
    "a list of 9" A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8;
    "a list of 10" A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9;
    "a list of 11" A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10;
    "a list of 12" A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11;
}
