//! Which bodies does a definition have?
//!
//! In: a definition. Out: its struct, the data of its error, or the structs of members that are declared in place.

use crate::resolve::{MemberContent, Shape, Struct};

/// Every body in `shape`, in order.
pub(super) fn bodies(shape: &Shape) -> Vec<&Struct> {
    match shape {
        Shape::Struct(body) | Shape::Error { data: body, .. } => vec![body],
        Shape::Enum(_) | Shape::Alias(_) => Vec::new(),
        Shape::Union(union) => {
            let members = union.members.iter();
            members
                .filter_map(|member| match &member.content {
                    MemberContent::Fields(body) => Some(body),
                    MemberContent::None | MemberContent::Type(_) => None,
                })
                .collect()
        }
    }
}
