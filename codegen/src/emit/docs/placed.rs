//! Which definitions are shown with a method rather than on their own.
//!
//! In: the model. Out: the params and results that one method alone uses, and that stand on its page.

use crate::ir::{Content, DefName, Protocol, Shape, Struct, Type};
use std::collections::{HashMap, HashSet};

/// Finds them, in one pass over everything that names a definition.
pub(super) fn with_method(protocol: &Protocol) -> HashSet<&DefName> {
    let mut uses = HashMap::new();
    for definition in protocol.definitions.values() {
        in_shape(&definition.shape, &mut uses);
    }
    let mut candidates = Vec::new();
    for method in protocol.methods.values() {
        for name in [&method.params, &method.result].into_iter().flatten() {
            count(name, &mut uses);
            if protocol
                .definitions
                .get(name)
                .is_some_and(|definition| definition.file == method.file)
            {
                candidates.push(name);
            }
        }
    }
    candidates.retain(|name| uses[name] == 1);
    candidates.into_iter().collect()
}

type Uses<'a> = HashMap<&'a DefName, usize>;

fn count<'a>(name: &'a DefName, uses: &mut Uses<'a>) {
    *uses.entry(name).or_default() += 1;
}

fn in_shape<'a>(shape: &'a Shape, uses: &mut Uses<'a>) {
    match shape {
        Shape::Struct(body) | Shape::Error { data: body, .. } => in_struct(body, uses),
        Shape::Enum(_) => {}
        Shape::Union(union) => {
            for member in &union.members {
                match &member.content {
                    Content::None => {}
                    Content::Fields { body, .. } => in_struct(body, uses),
                    Content::Type { ty } => in_type(ty, uses),
                }
            }
        }
        Shape::Alias { ty } => in_type(ty, uses),
    }
}

fn in_struct<'a>(body: &'a Struct, uses: &mut Uses<'a>) {
    for field in &body.fields {
        in_type(&field.ty, uses);
    }
    for flatten in &body.flatten {
        count(&flatten.target, uses);
    }
    if let Some(rest) = &body.rest {
        in_type(&rest.values, uses);
    }
}

fn in_type<'a>(ty: &'a Type, uses: &mut Uses<'a>) {
    match ty {
        Type::Scalar(_) | Type::Constant(_) => {}
        Type::Ref(name) => count(name, uses),
        Type::List(inner) | Type::Nullable(inner) => in_type(inner, uses),
        Type::Map(key, value) => {
            in_type(key, uses);
            in_type(value, uses);
        }
        Type::Tuple(elements) => elements.iter().for_each(|element| in_type(element, uses)),
    }
}
