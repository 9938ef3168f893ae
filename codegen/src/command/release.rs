//! `release VERSION`: the protocol as it is now, kept for later checks to compare with.
//!
//! In: a version that the author has declared, generated and written about. Out: its model in a folder of its own.

use semver::{BuildMetadata, Version};

use crate::changelog::Changelog;
use crate::emit;

use super::say::say_line;
use super::since::{Since, read_changelog};
use super::{Outcome, Project, Settings, baselines, check, generate};

/// Keeps the model of the protocol under `version`, or says what is in the way.
pub(super) fn release(project: &Project, settings: &Settings, version: &str) -> Outcome {
    keep(project, settings, version).err().unwrap_or(Outcome::Done)
}

fn keep(project: &Project, settings: &Settings, text: &str) -> Result<(), Outcome> {
    let version = match Version::parse(text) {
        Ok(version) if version.build == BuildMetadata::EMPTY => version,
        Ok(_) => {
            return Err(refuse(
                Outcome::Usage,
                &format!("`{text}` names a build"),
                "releases are told apart by what stands before the `+`",
            ));
        }
        Err(error) => {
            return Err(refuse(
                Outcome::Usage,
                &format!("`{text}` is no version: {error}"),
                "a version is three numbers, `1.2.0`, or more before a release, `1.2.0-rc.1`",
            ));
        }
    };
    let sources = check::load(project)?;
    let protocol = check::compile(&sources, settings)?.protocol;
    let no = |what: &str, help: &str| Err(refuse(Outcome::AuthorMustDecide, what, help));
    let versions = baselines::versions(project)?;
    if versions.contains(&version) {
        return no(
            &format!(
                "{version} was released, as `{}`",
                baselines::shown(project, &version)
            ),
            "what was released stays as it was; declare a greater version",
        );
    }
    if let Some(newest) = versions.last().filter(|newest| **newest > version) {
        return no(
            &format!("{version} is not greater than {newest}, which was released"),
            "declare a greater version",
        );
    }
    if protocol.version != text {
        return no(
            &format!(
                "the protocol declares version {}, not {version}",
                protocol.version
            ),
            &format!(
                "write `protocol {} version \"{version}\"` in `{}`, and run `{}`",
                protocol.name, project.idl, project.options.command
            ),
        );
    }
    let changelog = read_changelog(project);
    let changelog = Changelog::read(&changelog);
    let Some(section) = changelog.version(text).filter(|section| !section.is_empty()) else {
        return no(
            &format!("`{}` says nothing of {version}", project.changelog_shown()),
            &format!("write what it brings under a heading `## {version}`"),
        );
    };
    if let Some(baseline) = baselines::newest(project)? {
        Since::new(&baseline, &protocol, &[section])?.report(project, settings, section.heading)?;
    }
    let quiet = Settings {
        quiet: true,
        ..settings.clone()
    };
    match generate::check(project, &quiet) {
        Outcome::Done => {}
        stale => return Err(stale),
    }
    baselines::keep(project, &version, &emit::model::dump(&protocol))?;
    if !settings.quiet {
        say_line!(
            "released `{}` {version}: commit `{}`",
            protocol.name,
            baselines::shown(project, &version)
        );
    }
    Ok(())
}

fn refuse(outcome: Outcome, what: &str, help: &str) -> Outcome {
    eprintln!("error: {what}");
    eprintln!("help: {help}");
    outcome
}
