//! Which definitions are shown with a method rather than on their own.
//!
//! In: the model, and who uses each definition. Out: the params and results that one method alone uses, and that stand on its
//! page, with that method.

use crate::ir::{DefName, Protocol, User};
use std::collections::HashMap;

/// Each use of each definition.
pub(super) type Users<'a> = HashMap<&'a DefName, Vec<User<'a>>>;

/// Finds them.
pub(super) fn with_method<'a>(protocol: &'a Protocol, users: &Users<'a>) -> HashMap<&'a DefName, &'a str> {
    let mut shown = HashMap::new();
    for (wire, method) in &protocol.methods {
        for name in [&method.params, &method.result].into_iter().flatten() {
            let definition = protocol.definitions.get(name);
            let beside = definition.is_some_and(|definition| definition.file == method.file);
            if beside && users[name].len() == 1 {
                shown.insert(name, wire.as_str());
            }
        }
    }
    shown
}
