//! Releases and what changed since: what `release` keeps and refuses, what `check` says of a later protocol, and its exit code.

mod started;

use std::fs;

use started::Started;

const BASELINE: &str = "fixtures/released/0.1.0/protocol.json";

#[test]
fn a_release_is_the_model_as_it_was_generated() {
    let project = released();
    let read = |path: &str| fs::read(project.path().join(path)).unwrap();
    assert_eq!(read(BASELINE), read("generated/protocol.json"));
    let check = project.run(&["check"]);
    assert_eq!(check.code, 0, "{}", check.text);
    assert!(check.text.ends_with("the same as 0.1.0\n"), "{}", check.text);
}

#[test]
fn where_nothing_is_released_there_is_nothing_to_compare_with() {
    let project = Started::new();
    let check = project.run(&["check"]);
    assert_eq!(check.code, 0);
    assert!(
        check.text.ends_with(
            "`fixtures/released` holds no release to compare with; `wiregate release VERSION` makes one\n"
        ),
        "{}",
        check.text
    );
    let quiet = project.run(&["check", "--quiet"]);
    assert_eq!((quiet.code, quiet.text.as_str()), (0, ""));
}

#[test]
fn what_changed_without_a_word_fails_until_the_changelog_names_it() {
    let project = released();
    edit_much(&project);
    let check = project.run(&["check"]);
    assert_eq!(check.code, 1, "{}", check.text);
    insta::assert_snapshot!("changed_without_a_word", check.text);

    // The methods on their own lines, and a definition that several share by its own name.
    write_changelog(
        &project,
        "## Unreleased\n\n* `greet params.tongue`: called `language` before.\n* `hello`, `greeted`: less.\n* `Tone`\n\n## 0.1.0\n\n* First.\n",
    );
    let told = project.run(&["check"]);
    assert_eq!(told.code, 0, "{}", told.text);
    insta::assert_snapshot!("changed_and_told", told.text);
}

#[test]
fn a_renamed_field_is_one_line_with_both_names() {
    let project = released();
    project.edit("v1/greeting.idl", "language?: string", "tongue?: string");
    let check = project.run(&["check"]);
    assert_eq!(check.code, 1);
    assert!(
        check
            .text
            .contains("\n~ greet params.language -> params.tongue (clients send it)\n"),
        "{}",
        check.text
    );
}

#[test]
fn a_renamed_field_of_a_shared_definition_is_suggested_by_its_names_alone() {
    let project = released_with(|project| {
        project.edit("v1/greeting.idl", "    name: string,", "    name: Name,");
        let text = fs::read_to_string(project.idl("v1/greeting.idl")).unwrap()
            + "\n/// How people are called.\nstruct Name {\n    /// What friends say.\n    first: string,\n}\n";
        fs::write(project.idl("v1/greeting.idl"), text).unwrap();
    });
    project.edit("v1/greeting.idl", "first: string", "given: string");
    let check = project.run(&["check"]);
    assert_eq!(check.code, 1);
    assert!(
        check
            .text
            .contains("\n~ Name.first -> Name.given (clients send and read it: greet, greeted)\n"),
        "{}",
        check.text
    );
    assert!(
        check
            .text
            .contains("* `Name` (`greet`, `greeted`): `first` is now `given`.\n"),
        "{}",
        check.text
    );
}

#[test]
fn a_line_under_a_version_that_is_released_does_not_count() {
    let project = released();
    write_changelog(&project, "## 0.1.0\n\n* `greet` is new.\n");
    project.edit("v1/greeting.idl", "language?: string", "tongue?: string");
    assert_eq!(project.run(&["check"]).code, 1);
    // Under the version that the protocol declares next, it does.
    project.edit("protocol.idl", "\"0.1.0\"", "\"0.2.0\"");
    assert_eq!(project.run(&["check"]).code, 1);
    write_changelog(
        &project,
        "## [0.2.0] - 2026-11-20\n\n* `greet` has another name.\n\n## 0.1.0\n\n* `greet` is new.\n",
    );
    let check = project.run(&["check"]);
    assert_eq!(check.code, 0, "{}", check.text);
}

#[test]
fn comments_are_no_change() {
    let project = released();
    project.edit(
        "v1/greeting.idl",
        "/// Whom to greet, as they wish to be called.",
        "/// Their name.",
    );
    let check = project.run(&["check"]);
    assert_eq!(check.code, 0);
    assert!(
        check.text.ends_with("since 0.1.0: only comments changed\n"),
        "{}",
        check.text
    );
}

#[test]
fn programs_get_a_line_for_each_change() {
    let project = released();
    project.edit("v1/greeting.idl", "language?: string", "tongue?: string");
    let json = project.run(&["check", "--format=json"]);
    assert_eq!(json.code, 1);
    let line: serde_json::Value = serde_json::from_str(&json.text).unwrap();
    assert_eq!(
        line,
        serde_json::json!({
            "since": "0.1.0",
            "change": "renamed",
            "place": "greet params.language",
            "now": "params.tongue",
            "text": "~ greet params.language -> params.tongue (clients send it)",
            "methods": ["greet"],
            "sent": true,
            "read": false,
            "told": null,
            "missing": true,
        })
    );
    let github = project.run(&["check", "--format=github"]);
    assert_eq!(github.code, 1);
    assert!(
        github.text.contains(
            "::error file=CHANGELOG.md,title=changed since 0.1.0 and not in the changelog::~ greet params.language -> "
        ),
        "{}",
        github.text
    );
    write_changelog(&project, "## Unreleased\n\n* `greet`\n");
    let github = project.run(&["check", "--format=github"]);
    assert_eq!(github.code, 0);
    assert!(
        github
            .text
            .contains("::notice file=CHANGELOG.md,line=5,title=changed since 0.1.0::~ greet"),
        "{}",
        github.text
    );
}

#[test]
fn a_release_is_refused_with_what_is_in_its_way() {
    let project = Started::new();
    let refused = |arguments: &[&str], code: i32, what: &str| {
        let run = project.run(arguments);
        assert_eq!(run.code, code, "{arguments:?}: {}", run.text);
        assert!(run.text.contains(what), "{arguments:?}: {}", run.text);
        assert!(run.text.contains("help: "), "{arguments:?}: {}", run.text);
        assert!(
            !project.path().join(BASELINE).exists(),
            "{arguments:?} released something"
        );
    };
    refused(&["release", "0.1"], 2, "`0.1` is no version");
    refused(&["release", "0.1.0+build"], 2, "`0.1.0+build` names a build");
    refused(
        &["release", "0.2.0"],
        1,
        "the protocol declares version 0.1.0, not 0.2.0",
    );
    refused(&["release", "0.1.0"], 1, "`CHANGELOG.md` says nothing of 0.1.0");
    write_changelog(&project, "## 0.1.0\n\n## 0.0.9\n\n* Something.\n");
    refused(&["release", "0.1.0"], 1, "`CHANGELOG.md` says nothing of 0.1.0");
    write_changelog(&project, "## 0.1.0\n\n* First.\n");
    refused(&["release", "0.1.0"], 3, "missing generated/protocol.json");
    project.run(&["gen"]);
    project.edit("v1/greeting.idl", "tone?: Tone", "tone?: Tune");
    refused(&["release", "0.1.0"], 1, "did you mean `Tone`?");
}

#[test]
fn what_was_released_stays_as_it_was() {
    let project = released();
    let was = fs::read(project.path().join(BASELINE)).unwrap();
    project.edit("v1/greeting.idl", "language?: string", "tongue?: string");
    project.run(&["gen"]);
    let again = project.run(&["release", "0.1.0"]);
    assert_eq!(again.code, 1);
    assert!(
        again
            .text
            .contains("0.1.0 was released, as `fixtures/released/0.1.0/protocol.json`"),
        "{}",
        again.text
    );

    project.edit("protocol.idl", "\"0.1.0\"", "\"0.1.0-rc.1\"");
    let lower = project.run(&["release", "0.1.0-rc.1"]);
    assert_eq!(lower.code, 1);
    assert!(
        lower.text.contains("0.1.0-rc.1 is not greater than 0.1.0"),
        "{}",
        lower.text
    );
    assert_eq!(fs::read(project.path().join(BASELINE)).unwrap(), was);
}

#[test]
fn the_next_release_says_what_changed_and_is_what_later_checks_compare_with() {
    let project = released();
    project.edit("v1/greeting.idl", "language?: string", "tongue?: string");
    project.edit("protocol.idl", "\"0.1.0\"", "\"0.10.0\"");
    project.run(&["gen"]);
    write_changelog(
        &project,
        "## Unreleased\n\n* `greet` has another name.\n\n## 0.10.0\n\n* Something.\n",
    );
    let untold = project.run(&["release", "0.10.0"]);
    assert_eq!(untold.code, 1, "another section says it: {}", untold.text);
    assert!(untold.text.contains("under `## 0.10.0`"), "{}", untold.text);

    write_changelog(&project, "## 0.10.0\n\n* `greet` has another name.\n");
    let released = project.run(&["release", "0.10.0"]);
    assert_eq!(released.code, 0, "{}", released.text);
    // As versions, not as text: 0.10.0 comes after 0.9.0.
    fs::create_dir(project.path().join("fixtures/released/0.9.0")).unwrap();
    let check = project.run(&["check"]);
    assert!(check.text.ends_with("the same as 0.10.0\n"), "{}", check.text);
}

#[test]
fn a_release_that_cannot_be_read_is_said_to_be_one() {
    let project = released();
    let place = project.path().join(BASELINE);
    let good = fs::read_to_string(&place).unwrap();
    let check = |text: &str| {
        fs::write(&place, text).unwrap();
        let run = project.run(&["check"]);
        (run.code, run.text)
    };
    let newer = good.replace("\"format\": 1,", "\"format\": 999, \"unheardOf\": true,");
    let (code, text) = check(&newer);
    assert_eq!(code, 4);
    assert!(
        text.contains("a newer compiler wrote it: its format is 999"),
        "{text}"
    );
    let (code, text) = check("{}");
    assert_eq!(code, 4);
    assert!(text.contains("it is no model of a protocol"), "{text}");
    let (code, text) = check(&good.replace("\"version\": \"0.1.0\"", "\"version\": \"0.0.1\""));
    assert_eq!(code, 4);
    assert!(text.contains("holds version 0.0.1"), "{text}");
    // One that was written before the format was named is of the first.
    let (code, text) = check(&good.replace("  \"format\": 1,\n", ""));
    assert_eq!(code, 0, "{text}");
    let (code, text) = check(&good.replace("\"Greeter\"", "\"Other\""));
    assert_eq!(code, 2);
    assert!(
        text.contains("is a release of `Other`, and this is `Greeter`"),
        "{text}"
    );
}

#[test]
fn releases_and_changelog_can_lie_elsewhere() {
    let project = Started::new();
    project.run(&["gen"]);
    fs::create_dir(project.path().join("docs")).unwrap();
    fs::write(project.path().join("docs/news.md"), "# 0.1.0\n\nFirst.\n").unwrap();
    let places = ["--released", "kept", "--changelog", "docs/news.md"];
    let release = project.run(&[&["release", "0.1.0"][..], &places].concat());
    assert_eq!(release.code, 0, "{}", release.text);
    assert!(project.path().join("kept/0.1.0/protocol.json").is_file());
    project.edit("v1/greeting.idl", "language?: string", "tongue?: string");
    let check = project.run(&[&["check"][..], &places].concat());
    assert_eq!(check.code, 1);
    assert!(
        check.text.contains("not told in `docs/news.md`"),
        "{}",
        check.text
    );
}

/// A protocol whose version 0.1.0 is released.
fn released() -> Started {
    released_with(|_| {})
}

fn released_with(edit: impl FnOnce(&Started)) -> Started {
    let project = Started::new();
    edit(&project);
    project.run(&["gen"]);
    write_changelog(&project, "## 0.1.0\n\n* First.\n");
    let run = project.run(&["release", "0.1.0"]);
    assert_eq!(
        (run.code, run.text.as_str()),
        (
            0,
            "released `Greeter` 0.1.0: commit `fixtures/released/0.1.0/protocol.json`\n"
        )
    );
    project
}

fn write_changelog(project: &Started, text: &str) {
    fs::write(
        project.path().join("CHANGELOG.md"),
        format!("# Changelog\n\n{text}"),
    )
    .unwrap();
}

/// A change of every kind.
fn edit_much(project: &Started) {
    for (from, to) in [
        ("    @gate(experimental)\n    language", "    language"),
        ("language?: string | null", "tongue?: string | null"),
        (
            "tone?: Tone = \"plain\"",
            "@gate(experimental)\n    tone?: Tone = \"cheerful\"",
        ),
        (
            "    /// What the server calls itself and its version, for the client's logs.\n    serverName: string,\n",
            "",
        ),
        (
            "    /// Who was greeted, as in the request.\n    name: string,",
            "    /// Who was greeted, as in the request.\n    name: string,\n    /// How.\n    tone: Tone,",
        ),
        ("to all;", "to all { lossy }"),
        ("enum Tone {", "open enum Tone {"),
        (
            "    /// With an exclamation mark.\n    \"cheerful\",",
            "    /// With an exclamation mark.\n    \"cheerful\",\n    /// In small letters.\n    \"quiet\",",
        ),
    ] {
        project.edit("v1/greeting.idl", from, to);
    }
}
