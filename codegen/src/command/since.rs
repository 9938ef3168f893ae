//! What changed since the last release, and whether the changelog tells it.
//!
//! In: the released model, the current one and the changelog. Out: one line for each change, with the line that tells it, and
//! lines to put into the changelog for what it does not tell.

use std::fs;

use indexmap::IndexMap;
use semver::Version;

use crate::changelog::{Changelog, Section};
use crate::changes::{self, Change, ChangeKind, Subject, few};
use crate::ir::Protocol;
use crate::render::{Format, annotation};

use super::baselines::{self, Baseline};
use super::say::{say, say_line};
use super::{Outcome, Project, Settings};

/// Holds the protocol against the newest release, where there is one.
pub(super) fn check(project: &Project, settings: &Settings, protocol: &Protocol) -> Result<(), Outcome> {
    let Some(baseline) = baselines::newest(project)? else {
        if !settings.quiet {
            say_line!(
                "`{}` holds no release to compare with; `{} VERSION` makes one",
                project.released_shown(),
                project.task("release")
            );
        }
        return Ok(());
    };
    let text = read_changelog(project);
    let changelog = Changelog::read(&text);
    let mut sections: Vec<&Section> = changelog.unreleased().into_iter().collect();
    // What stands under a version that is released already tells of earlier changes.
    if Version::parse(&protocol.version).is_ok_and(|declared| declared > baseline.version) {
        sections.extend(changelog.version(&protocol.version));
    }
    let heading = sections
        .last()
        .map_or("## Unreleased".to_owned(), |section| section.heading.to_owned());
    let since = Since::new(&baseline, protocol, &sections)?;
    since.report(project, settings, &heading)?;
    if !settings.quiet && !since.told.is_empty() && protocol.version == baseline.protocol.version {
        say_line!(
            "note: the protocol still calls itself {}, as what was released; `{}` takes a greater version",
            protocol.version,
            project.task("release")
        );
    }
    Ok(())
}

/// The text of the changelog; nothing where there is none.
pub(super) fn read_changelog(project: &Project) -> String {
    fs::read_to_string(project.place(&project.changelog_shown())).unwrap_or_default()
}

/// What changed since a release.
pub(super) struct Since<'a> {
    baseline: &'a Baseline,
    pub(super) told: Vec<Told>,
    /// What to say where nothing changed that a client can see.
    beside: Option<&'static str>,
}

/// A change, and the line of the changelog that tells it.
pub(super) struct Told {
    change: Change,
    line: Option<usize>,
}

impl Told {
    fn is_missing(&self) -> bool {
        self.line.is_none() && !self.change.follows
    }
}

impl<'a> Since<'a> {
    /// Compares a protocol with a release of it. Only `sections` of the changelog count.
    pub(super) fn new(
        baseline: &'a Baseline,
        protocol: &Protocol,
        sections: &[&Section],
    ) -> Result<Self, Outcome> {
        if baseline.protocol.name != protocol.name {
            eprintln!(
                "error: `{}` is a release of `{}`, and this is `{}`",
                baseline.shown, baseline.protocol.name, protocol.name
            );
            eprintln!("help: `--released DIR` names the folder of this protocol's releases");
            return Err(Outcome::Usage);
        }
        let mut list = changes::between(&baseline.protocol, protocol);
        list.retain(|change| !change.is_version());
        let beside = changes::beside(&baseline.protocol, protocol).filter(|_| list.is_empty());
        let told = list.into_iter().map(|change| Told {
            line: line_of(&change, sections),
            change,
        });
        Ok(Self {
            baseline,
            told: told.collect(),
            beside,
        })
    }

    /// Prints every change; fails when the changelog does not tell one.
    pub(super) fn report(
        &self,
        project: &Project,
        settings: &Settings,
        heading: &str,
    ) -> Result<(), Outcome> {
        let version = &self.baseline.version;
        let missing: Vec<&Change> = self
            .told
            .iter()
            .filter(|told| told.is_missing())
            .map(|told| &told.change)
            .collect();
        match settings.format {
            Format::Json => self.told.iter().for_each(|told| say_line!("{}", self.json(told))),
            Format::Github => self
                .told
                .iter()
                .for_each(|told| say!("{}", self.github(project, told))),
            Format::Human if settings.quiet && missing.is_empty() => {}
            Format::Human => {
                match (self.told.len(), self.beside) {
                    (0, None) => say_line!("the same as {version}"),
                    (0, Some(beside)) => say_line!("since {version}: {beside}"),
                    (1, _) => say_line!("1 change since {version}:"),
                    (count, _) => say_line!("{count} changes since {version}:"),
                }
                for told in &self.told {
                    match told.line {
                        Some(line) => {
                            say_line!("{}, told in {}:{line}", told.change, project.changelog_shown())
                        }
                        None => say_line!("{}", told.change),
                    }
                }
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        if settings.format != Format::Json {
            let (these, are) = if missing.len() == 1 {
                ("change", "is")
            } else {
                ("changes", "are")
            };
            eprintln!(
                "error: {} {these} since {version} {are} not told in `{}`",
                missing.len(),
                project.changelog_shown()
            );
            eprintln!("help: say there, under `{heading}`, what a client has to know; for example:\n");
            eprint!("{}", suggested(&missing));
        }
        Err(Outcome::AuthorMustDecide)
    }

    fn json(&self, told: &Told) -> serde_json::Value {
        let change = &told.change;
        let kind = match change.kind {
            ChangeKind::Added => "added",
            ChangeKind::Removed => "removed",
            ChangeKind::Changed => "changed",
            ChangeKind::Renamed => "renamed",
        };
        serde_json::json!({
            "since": self.baseline.version.to_string(),
            "change": kind,
            "place": change.place(),
            "now": change.now,
            "text": change.to_string(),
            "methods": change.methods,
            "sent": change.sent,
            "read": change.read,
            "told": told.line,
            "missing": told.is_missing(),
        })
    }

    fn github(&self, project: &Project, told: &Told) -> String {
        let version = &self.baseline.version;
        let (level, title) = if told.is_missing() {
            (
                "error",
                format!("changed since {version} and not in the changelog"),
            )
        } else {
            ("notice", format!("changed since {version}"))
        };
        let mut properties = vec![("file", project.changelog_shown().clone())];
        properties.extend(told.line.map(|line| ("line", line.to_string())));
        properties.push(("title", title));
        annotation(level, &properties, &told.change.to_string())
    }
}

/// The line that tells a change: one that names its method; for what several methods carry, one that names the definition,
/// or else the last of lines that name all methods.
fn line_of(change: &Change, sections: &[&Section]) -> Option<usize> {
    let line = |name: &str| sections.iter().find_map(|section| section.line_of(name));
    let new_name = change
        .now
        .as_deref()
        .filter(|_| change.kind == ChangeKind::Renamed && change.local.is_empty());
    let named = line(change.subject.name()).or_else(|| new_name.and_then(line));
    named.or_else(|| {
        let lines: Option<Vec<usize>> = change.methods.iter().map(|method| line(method)).collect();
        lines?.into_iter().max()
    })
}

/// Lines for the changelog, below the headings that it has for each kind of change.
fn suggested(missing: &[&Change]) -> String {
    let mut subjects: IndexMap<&Subject, Vec<&Change>> = IndexMap::new();
    for change in missing {
        subjects.entry(&change.subject).or_default().push(change);
    }
    let mut text = String::new();
    for (heading, kind) in [
        ("Added", Some(ChangeKind::Added)),
        ("Changed", None),
        ("Removed", Some(ChangeKind::Removed)),
    ] {
        let of_kind = subjects.iter().filter(|(_, changes)| {
            let first = changes[0].kind;
            let alone = changes.iter().all(|change| change.kind == first);
            let is = [ChangeKind::Added, ChangeKind::Removed]
                .into_iter()
                .find(|kind| alone && *kind == first);
            is == kind
        });
        let lines: Vec<String> = of_kind
            .map(|(subject, changes)| bullet(subject, changes))
            .collect();
        if !lines.is_empty() {
            text.push_str(&format!("    ### {heading}\n\n    {}\n\n", lines.join("\n    ")));
        }
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

fn bullet(subject: &Subject, changes: &[&Change]) -> String {
    let words: Vec<String> = changes.iter().map(|change| words(change)).collect();
    let by = match (subject, changes[0].methods.as_slice()) {
        (Subject::Definition(_), methods) if !methods.is_empty() => {
            let methods: Vec<String> = methods.iter().map(|method| format!("`{method}`")).collect();
            format!(" ({})", few(&methods))
        }
        _ => String::new(),
    };
    let words = words.join("; ");
    let colon = if words.starts_with("is ") { "" } else { ":" };
    format!("* `{}`{by}{colon} {words}.", subject.name())
}

/// What happened, as a sentence begins.
fn words(change: &Change) -> String {
    let local = change.local.trim_start_matches(['.', ' ']);
    let what = |text: String| {
        if text.is_empty() {
            String::new()
        } else {
            format!("`{}` ", text.trim())
        }
    };
    match (change.kind, &change.now) {
        (ChangeKind::Added, _) if local.is_empty() => "new".to_owned(),
        (ChangeKind::Added, _) => format!("{}is new", what(format!("{local}{}", change.detail))),
        (ChangeKind::Removed, _) => format!("{}is gone", what(local.to_owned())),
        (ChangeKind::Renamed, Some(now)) => {
            // The line begins with the definition, for the old name and the new one alike.
            let within = now.strip_prefix(change.subject.name());
            let now = within.and_then(|now| now.strip_prefix('.')).unwrap_or(now);
            format!("{}is now `{now}`", what(local.to_owned()))
        }
        (ChangeKind::Changed, Some(now)) => {
            let was = change.detail.split(" -> ").next().unwrap_or_default();
            format!("{}is now `{now}`", what(format!("{local}{was}")))
        }
        (ChangeKind::Renamed | ChangeKind::Changed, _) => {
            let parts = change.detail.trim_start_matches([':', ' ']);
            format!("{}{parts}", what(local.to_owned()))
        }
    }
}
