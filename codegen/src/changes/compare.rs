//! The places of two models, held against each other.
//!
//! In: the model before and after. Out: changes in the order of `after`; what is gone stands where it stood.

use std::collections::HashMap;

use indexmap::IndexSet;

use crate::ir::Protocol;
use crate::suggest;

use super::places::{self, Place, Places};
use super::renames::Renames;
use super::{Change, ChangeKind, Subject, reach};

/// The changes from `before` to `after`. Doc comments do not count.
pub fn between(before: &Protocol, after: &Protocol) -> Vec<Change> {
    let (renames, none) = (Renames::find(before, after), Renames::default());
    let (old_reach, new_reach) = (reach::of(before), reach::of(after));
    let old = places::of(before, &old_reach, &renames);
    let new = places::of(after, &new_reach, &none);
    let members = renamed_members(&old, &new);
    let back: HashMap<&str, &str> = members.iter().map(|(old, new)| (*new, *old)).collect();
    let mut changes = Vec::new();
    for (was, is) in in_order(&old, &new) {
        match (was, is) {
            (Some(was), Some(is)) => changed(&old[was], &new[is], &mut changes),
            (Some(was), None) if members.contains_key(was) => {}
            (Some(was), None) => one_sided(ChangeKind::Removed, was, &old, &new, &mut changes),
            (None, Some(is)) => match back.get(is) {
                Some(was) => changes.push(renamed_member(&old[*was], &new[is])),
                None => one_sided(ChangeKind::Added, is, &new, &old, &mut changes),
            },
            (None, None) => {}
        }
    }
    changes
}

/// The keys of both sides, each key once.
fn in_order<'a>(old: &'a Places, new: &'a Places) -> Vec<(Option<&'a str>, Option<&'a str>)> {
    // What is gone follows what it followed; first, where it followed nothing that stayed.
    let mut gone: Vec<Vec<&str>> = vec![Vec::new(); new.len() + 1];
    let mut after = 0;
    for key in old.keys() {
        match new.get_index_of(key) {
            Some(at) => after = at + 1,
            None => gone[after].push(key),
        }
    }
    let mut all: Vec<_> = gone[0].iter().map(|key| (Some(*key), None)).collect();
    for (at, key) in new.keys().enumerate() {
        let was = old.contains_key(key).then_some(key.as_str());
        all.push((was, Some(key.as_str())));
        all.extend(gone[at + 1].iter().map(|key| (Some(*key), None)));
    }
    all
}

/// Members that only have another name, new keys by old ones. They have one parent, and the same description where there is
/// one of each; else both are the same member by number, and have the same description, the same type or names much alike.
fn renamed_members<'a>(old: &'a Places, new: &'a Places) -> HashMap<&'a str, &'a str> {
    let gone = members_only_in(old, new);
    let come = members_only_in(new, old);
    let mut found = HashMap::new();
    for (parent, gone) in &gone {
        let Some(come) = come.get(parent) else { continue };
        let mut gone: Vec<_> = gone.clone();
        let mut come: Vec<_> = come.clone();
        let keys: [Key; 3] = [
            |place| (0, same(place)),
            |place| (place.at, same(place)),
            |place| (place.at, format!("{}\n{}", place.head, place.content)),
        ];
        for key in keys {
            let pairs: Vec<_> = gone
                .iter()
                .filter(|(_, place)| gone.iter().filter(|(_, other)| key(other) == key(place)).count() == 1)
                .filter_map(|(was, place)| {
                    let mut fit = come.iter().filter(|(_, other)| key(other) == key(place));
                    match (fit.next(), fit.next()) {
                        (Some((is, _)), None) => Some((*was, *is)),
                        _ => None,
                    }
                })
                .collect();
            gone.retain(|(key, _)| !pairs.iter().any(|(was, _)| was == key));
            come.retain(|(key, _)| !pairs.iter().any(|(_, is)| is == key));
            found.extend(pairs);
        }
        for (was, place) in gone {
            let like = come.iter().find(|(_, other)| {
                let plain = other.content.is_empty() && place.content.is_empty();
                plain && other.at == place.at && suggest::alike(&place.name, &other.name)
            });
            if let Some((is, _)) = like {
                found.insert(was, is);
            }
        }
    }
    found
}

/// What two members must share to be the same one.
type Key = fn(&Place<'_>) -> (usize, String);

/// What a member with another name has in common with what it was.
fn same(place: &Place) -> String {
    format!("{}\n{}", place.detail(), place.content)
}

fn members_only_in<'a, 'b>(
    one: &'a Places<'b>,
    other: &Places,
) -> HashMap<&'a str, Vec<(&'a str, &'a Place<'b>)>> {
    let mut found: HashMap<&str, Vec<_>> = HashMap::new();
    for (key, place) in one {
        if let Some(parent) = &place.parent
            && !other.contains_key(key)
            && other.contains_key(parent)
        {
            found.entry(parent).or_default().push((key.as_str(), place));
        }
    }
    found
}

/// A place that only one side has, unless what it is part of says enough.
fn one_sided(kind: ChangeKind, key: &str, here: &Places, there: &Places, changes: &mut Vec<Change>) {
    let place = &here[key];
    if place
        .parent
        .as_ref()
        .is_some_and(|parent| !there.contains_key(parent))
    {
        return;
    }
    let mut change = change(kind, place, place.detail());
    let whole_type = place.is_whole() && place.carried.is_some();
    if whole_type {
        let stays = |method: &String| there.contains_key(&format!("method {method}"));
        if !change.methods.is_empty() && !change.methods.iter().any(stays) {
            return;
        }
        change.follows = true;
    }
    changes.push(change);
}

fn changed(was: &Place, is: &Place, changes: &mut Vec<Change>) {
    let renamed = was.own_name != is.own_name;
    if renamed {
        let subject = match (&is.subject, is.carried) {
            // Spoken of by its own name, since that is what changed.
            (Subject::Method(_), Some(_)) | (Subject::Definition(_), _) => {
                Subject::Definition(was.own_name.clone())
            }
            (Subject::Method(_), None) => Subject::Method(was.own_name.clone()),
            (Subject::Protocol(_), _) => return,
        };
        let mut change = change(ChangeKind::Renamed, is, format!(" -> {}", is.own_name));
        change.now = Some(is.own_name.clone());
        change.subject = subject;
        change.local = String::new();
        changes.push(change);
    }
    let mut found = Vec::new();
    let labels: IndexSet<&str> = was
        .parts
        .iter()
        .chain(&is.parts)
        .map(|part| part.label.as_str())
        .collect();
    for label in labels {
        match (was.part(label), is.part(label)) {
            (Some(was), Some(is)) if was.value != is.value => {
                // A new name brings new derived ones.
                if is.always || !renamed {
                    found.push(format!("{label} {} -> {}", was.value, is.value));
                }
            }
            (Some(_), Some(_)) | (None, None) => {}
            (Some(part), None) if part.always => found.push(format!("- {part}")),
            (None, Some(part)) if part.always => found.push(format!("+ {part}")),
            // A derived name came or went with what it is derived from.
            (Some(_), None) | (None, Some(_)) => {}
        }
    }
    let parts = found.join(", ");
    let detail = match (was.head == is.head, parts.is_empty()) {
        (true, true) => return,
        (true, false) => format!(": {parts}"),
        (false, true) => heads(was, is),
        (false, false) => format!("{}, {parts}", heads(was, is)),
    };
    let mut change = change(ChangeKind::Changed, is, detail);
    let heads = change.detail.split_once(" -> ").filter(|_| was.head != is.head);
    change.now = heads.map(|(_, now)| now.to_owned());
    changes.push(change);
}

/// What a place was, and what it is: `: string -> name?: string`.
fn heads(was: &Place, is: &Place) -> String {
    let head = |place: &Place| match place.head.as_str() {
        "" if place.is_whole() => " (struct)".to_owned(),
        head => head.to_owned(),
    };
    let now = format!("{}{}", is.name, head(is));
    format!("{} -> {}", head(was), now.trim_start())
}

/// A member that has another name, and what else is different of it.
fn renamed_member(was: &Place, is: &Place) -> Change {
    let (old, new) = if was.detail() == is.detail() {
        (String::new(), String::new())
    } else {
        (was.detail(), is.detail())
    };
    let now = match &is.subject {
        _ if is.local.ends_with('"') => is.name.clone(),
        Subject::Method(_) => is.local.clone(),
        subject => format!("{}{}", subject.name(), is.local),
    };
    let mut change = change(ChangeKind::Renamed, is, format!("{old} -> {now}{new}"));
    change.local = was.local.clone();
    change.now = Some(now);
    change
}

fn change(kind: ChangeKind, place: &Place, detail: String) -> Change {
    let carried = place.carried;
    Change {
        kind,
        subject: place.subject.clone(),
        local: place.local.clone(),
        detail,
        now: None,
        methods: carried.map_or_else(Vec::new, |carried| {
            carried.methods.iter().map(|name| (*name).to_owned()).collect()
        }),
        sent: carried.is_some_and(|carried| carried.sent),
        read: carried.is_some_and(|carried| carried.read),
        follows: false,
    }
}
