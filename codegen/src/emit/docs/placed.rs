//! Who uses each definition, and which ones are shown with a method rather than on their own.
//!
//! In: the model. Out: the users of each definition, and the params and results that one method alone uses, and that stand on
//! its page.

use crate::ir::{Content, DefName, Protocol, Shape, Struct, Type};
use std::collections::HashMap;

/// What names a definition.
#[derive(Clone, Copy)]
pub(super) enum User<'a> {
    Method(&'a str),
    Definition(&'a DefName),
}

/// Each use of each definition that readers may know of: those by methods first.
pub(super) struct Uses<'a> {
    by: Option<User<'a>>,
    of: HashMap<&'a DefName, Vec<User<'a>>>,
}

impl<'a> Uses<'a> {
    /// Finds them, in one pass over everything that names a definition.
    pub(super) fn new(protocol: &'a Protocol) -> Self {
        let mut uses = Self {
            by: None,
            of: HashMap::new(),
        };
        for (wire, method) in &protocol.methods {
            uses.by = Some(User::Method(wire));
            let params_and_result = [&method.params, &method.result].into_iter().flatten();
            params_and_result
                .chain(&method.errors)
                .for_each(|name| uses.count(name));
        }
        for (name, definition) in &protocol.definitions {
            uses.by = Some(User::Definition(name));
            uses.in_shape(&definition.shape);
        }
        uses
    }

    /// Who uses a definition, once for each use.
    pub(super) fn of(&self, name: &DefName) -> &[User<'a>] {
        self.of.get(name).map_or(&[], Vec::as_slice)
    }

    /// What is shown with a method, and with which.
    pub(super) fn with_method(&self, protocol: &'a Protocol) -> HashMap<&'a DefName, &'a str> {
        let mut shown = HashMap::new();
        for (wire, method) in &protocol.methods {
            for name in [&method.params, &method.result].into_iter().flatten() {
                let definition = protocol.definitions.get(name);
                let beside = definition.is_some_and(|definition| definition.file == method.file);
                if beside && self.of(name).len() == 1 {
                    shown.insert(name, wire.as_str());
                }
            }
        }
        shown
    }

    fn count(&mut self, name: &'a DefName) {
        self.of.entry(name).or_default().extend(self.by);
    }

    fn in_shape(&mut self, shape: &'a Shape) {
        match shape {
            Shape::Struct(body) | Shape::Error { data: body, .. } => self.in_struct(body),
            Shape::Enum(_) => {}
            Shape::Union(union) => {
                for member in &union.members {
                    match &member.content {
                        Content::None => {}
                        Content::Fields { body, .. } => self.in_struct(body),
                        Content::Type { ty } => self.in_type(ty),
                    }
                }
            }
            Shape::Alias { ty } => self.in_type(ty),
        }
    }

    fn in_struct(&mut self, body: &'a Struct) {
        for field in &body.fields {
            self.in_type(&field.ty);
        }
        for flatten in &body.flatten {
            self.count(&flatten.target);
        }
        if let Some(rest) = &body.rest {
            self.in_type(&rest.values);
        }
    }

    fn in_type(&mut self, ty: &'a Type) {
        match ty {
            Type::Scalar(_) | Type::Constant(_) => {}
            Type::Ref(name) => self.count(name),
            Type::List(inner) | Type::Nullable(inner) => self.in_type(inner),
            Type::Map(key, value) => {
                self.in_type(key);
                self.in_type(value);
            }
            Type::Tuple(elements) => elements.iter().for_each(|element| self.in_type(element)),
        }
    }
}
