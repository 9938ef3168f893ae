//! Which methods and definitions only have another name.
//!
//! In: the model before and after. Out: pairs of names. A definition has another name where something that stayed refers to
//! the new one instead of the old one, and both have the same shape, or are the params or the result of one method. A
//! method has another name where one of its service left and one came that take and give the same.

use std::collections::{HashMap, HashSet};

use crate::ir::{self, DefName, Definition, Method, Protocol, User};

use super::without;

/// New names by old ones.
#[derive(Default)]
pub(super) struct Renames {
    pub(super) methods: HashMap<String, String>,
    pub(super) definitions: HashMap<DefName, DefName>,
    /// Names of definitions without namespace, as types spell them.
    words: HashMap<String, String>,
}

impl Renames {
    pub(super) fn find(before: &Protocol, after: &Protocol) -> Self {
        let sides = Sides { before, after };
        let mut renames = Self::default();
        sides.methods(&mut renames);
        sides.roles(&mut renames);
        while sides.shapes(&mut renames) {}
        renames
    }

    pub(super) fn definition<'a>(&'a self, name: &'a DefName) -> &'a DefName {
        self.definitions.get(name).unwrap_or(name)
    }

    pub(super) fn method<'a>(&'a self, name: &'a str) -> &'a str {
        self.methods.get(name).map_or(name, String::as_str)
    }

    /// `text` with the new names in it.
    pub(super) fn reword(&self, text: &str) -> String {
        if self.words.is_empty() {
            return text.to_owned();
        }
        text.split_inclusive(|c: char| !c.is_alphanumeric() && c != '_')
            .map(|piece| {
                let word = piece.trim_end_matches(|c: char| !c.is_alphanumeric() && c != '_');
                let name = self.words.get(word).map_or(word, String::as_str);
                format!("{name}{}", &piece[word.len()..])
            })
            .collect()
    }

    fn add(&mut self, old: &DefName, new: &DefName) {
        self.words.insert(old.name().to_owned(), new.name().to_owned());
        self.definitions.insert(old.clone(), new.clone());
    }

    fn is_new_name(&self, name: &DefName) -> bool {
        self.definitions.values().any(|new| new == name)
    }
}

struct Sides<'a> {
    before: &'a Protocol,
    after: &'a Protocol,
}

impl<'a> Sides<'a> {
    fn methods(&self, renames: &mut Renames) {
        let gone = only_in(&self.before.methods, &self.after.methods);
        let come = only_in(&self.after.methods, &self.before.methods);
        let gone = gone.map(|(name, method)| (self.what_it_does(self.before, method), name));
        let come = come.map(|(name, method)| (self.what_it_does(self.after, method), name));
        for (old, new) in pairs(gone, come) {
            renames.methods.insert(old.clone(), new.clone());
        }
    }

    /// What tells a method apart beside its name; none where that would be nothing.
    fn what_it_does(&self, protocol: &Protocol, method: &Method) -> Option<String> {
        let carries: Vec<String> = [&method.params, &method.result]
            .into_iter()
            .map(|name| match name {
                None => String::new(),
                Some(name) if self.stayed(name) => name.to_string(),
                Some(name) => self.shape(&protocol.definitions[name]),
            })
            .collect();
        carries
            .iter()
            .any(|each| !each.is_empty())
            .then(|| format!("{:?} {} {carries:?}", method.kind, method.service))
    }

    /// The params and results of methods that stayed.
    fn roles(&self, renames: &mut Renames) {
        for (name, old) in &self.before.methods {
            let Some(new) = self.after.methods.get(renames.method(name)) else {
                continue;
            };
            for (old, new) in [(&old.params, &new.params), (&old.result, &new.result)] {
                if let (Some(old), Some(new)) = (old, new)
                    && old != new
                    && !self.after.definitions.contains_key(old)
                    && !self.before.definitions.contains_key(new)
                    && !renames.definitions.contains_key(old)
                    && !renames.is_new_name(new)
                {
                    renames.add(old, new);
                }
            }
        }
    }

    /// Definitions of the same shape that the same things refer to. Whether some were found: what they refer to may then be
    /// found too.
    fn shapes(&self, renames: &mut Renames) -> bool {
        let gone: Vec<_> = only_in(&self.before.definitions, &self.after.definitions)
            .filter(|(name, _)| !renames.definitions.contains_key(*name))
            .collect();
        let come: Vec<_> = only_in(&self.after.definitions, &self.before.definitions)
            .filter(|(name, _)| !renames.is_new_name(name))
            .collect();
        if gone.is_empty() || come.is_empty() {
            return false;
        }
        let (old, new) = (
            referrers(self.before, renames),
            referrers(self.after, &Renames::default()),
        );
        let none = HashSet::new();
        let in_old: HashSet<&String> = old.values().flatten().collect();
        let in_both: HashSet<&String> = new.values().flatten().filter(|by| in_old.contains(by)).collect();
        let known = |referrers: &HashSet<String>| {
            let mut known: Vec<&String> = in_both
                .iter()
                .copied()
                .filter(|by| referrers.contains(*by))
                .collect();
            known.sort();
            format!("{known:?}")
        };
        let key = |definition: &Definition, by: Option<&HashSet<String>>| {
            let known = known(by.unwrap_or(&none));
            // What nothing refers to is told by its shape alone.
            (by.is_none() || known != "[]").then(|| format!("{known} {}", self.shape(definition)))
        };
        let gone = gone
            .into_iter()
            .map(|(name, each)| (key(each, old.get(name)), name));
        let come = come
            .into_iter()
            .map(|(name, each)| (key(each, new.get(name)), name));
        let found = pairs(gone, come);
        for (old, new) in &found {
            renames.add(old, new);
        }
        !found.is_empty()
    }

    /// The shape of a definition, apart from comments, derived names, and names that did not stay.
    fn shape(&self, definition: &Definition) -> String {
        let mut text = without(&definition.shape, &["docs", "rust", "title"]).to_string();
        for name in definition.shape.references() {
            if !self.stayed(name) {
                text = text.replace(&format!("\"{name}\""), "\"\"");
            }
        }
        text
    }

    fn stayed(&self, name: &DefName) -> bool {
        self.before.definitions.contains_key(name) && self.after.definitions.contains_key(name)
    }
}

/// What refers to each definition, in new names.
fn referrers<'a>(protocol: &'a Protocol, renames: &Renames) -> HashMap<&'a DefName, HashSet<String>> {
    let mut found: HashMap<&DefName, HashSet<String>> = HashMap::new();
    for (target, users) in ir::users(protocol) {
        for user in users {
            let by = match user {
                User::Definition(name) if name == target => continue,
                User::Definition(name) => renames.definition(name).to_string(),
                User::Method(name) => format!("method {}", renames.method(name)),
            };
            found.entry(target).or_default().insert(by);
        }
    }
    found
}

fn only_in<'a, K: std::hash::Hash + Eq, V>(
    one: &'a indexmap::IndexMap<K, V>,
    other: &'a indexmap::IndexMap<K, V>,
) -> impl Iterator<Item = (&'a K, &'a V)> {
    one.iter().filter(|(name, _)| !other.contains_key(*name))
}

/// Names that have the same key on both sides, where they alone have it.
fn pairs<'a, T>(
    gone: impl Iterator<Item = (Option<String>, &'a T)>,
    come: impl Iterator<Item = (Option<String>, &'a T)>,
) -> Vec<(&'a T, &'a T)> {
    let mut by_key: HashMap<String, (Vec<&T>, Vec<&T>)> = HashMap::new();
    for (key, name) in gone {
        if let Some(key) = key {
            by_key.entry(key).or_default().0.push(name);
        }
    }
    for (key, name) in come {
        if let Some(key) = key {
            by_key.entry(key).or_default().1.push(name);
        }
    }
    let alone = by_key
        .into_values()
        .filter_map(|pair| match (&pair.0[..], &pair.1[..]) {
            ([old], [new]) => Some((*old, *new)),
            _ => None,
        });
    alone.collect()
}
