//! Reading and writing of the types that the language's scalars, lists, maps and tuples become.
//!
//! In: the types of the standard library. Out: implementations of [`Encode`] and [`Decode`].

use std::hash::Hash;

use super::{Decode, DecodeError, Encode, Reader, Writer};
use crate::Map;

impl Decode for String {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(r.string()?.into_owned())
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
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        r.bool()
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
            fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
                r.integer($expected)
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
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        r.double()
    }
}

impl Encode for f64 {
    fn encode(&self, w: &mut Writer) {
        w.double(*self);
    }
}

/// `null`
impl Decode for () {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if r.null()? {
            Ok(())
        } else {
            Err(r.mismatch("null"))
        }
    }
}

/// `null`
impl Encode for () {
    fn encode(&self, w: &mut Writer) {
        w.null();
    }
}

impl<T: Decode> Decode for Option<T> {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if r.null()? {
            Ok(None)
        } else {
            T::decode(r).map(Some)
        }
    }
}

impl<T: Encode> Encode for Option<T> {
    fn encode(&self, w: &mut Writer) {
        match self {
            None => w.null(),
            Some(value) => value.encode(w),
        }
    }
}

impl<T: Decode> Decode for Box<T> {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        T::decode(r).map(Box::new)
    }
}

impl<T: Encode + ?Sized> Encode for Box<T> {
    fn encode(&self, w: &mut Writer) {
        (**self).encode(w);
    }
}

impl<T: Encode + ?Sized> Encode for &T {
    fn encode(&self, w: &mut Writer) {
        (**self).encode(w);
    }
}

impl<T: Decode> Decode for Vec<T> {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut values = Vec::new();
        let mut list = r.list()?;
        while r.element(&mut list)? {
            match T::decode(r) {
                Ok(value) => values.push(value),
                Err(error) => return Err(error.in_element(list.index())),
            }
        }
        Ok(values)
    }
}

impl<T: Encode> Encode for [T] {
    fn encode(&self, w: &mut Writer) {
        w.begin_list();
        for value in self {
            w.element(value);
        }
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
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut map = Map::new();
        let mut entries = r.entries()?;
        while let Some(name) = r.entry(&mut entries)? {
            // A name is a string, and keys are read from one.
            let key = K::decode(&mut Reader::new(name)).map_err(|error| r.in_entry(name, error))?;
            r.entry_value()?;
            let value = V::decode(r).map_err(|error| r.in_entry(name, error))?;
            map.insert(key, value);
        }
        Ok(map)
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
            fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
                let mut list = r.list()?;
                let value = ($(r.part::<$name>(&mut list, $index, $expected)?,)*);
                r.end_of_parts(&mut list, $expected)?;
                Ok(value)
            }
        }

        impl<$($name: Encode),*> Encode for ($($name,)*) {
            fn encode(&self, w: &mut Writer) {
                w.begin_list();
                $(w.element(&self.$index);)*
                w.end_list();
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
