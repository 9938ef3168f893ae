//! The command, run as people and CI run it: what it writes, what it says, and its exit code.

mod started;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use started::{Started, wiregate};

#[test]
fn a_new_protocol_compiles_and_stays_fresh() {
    let project = Started::new();
    let first = project.run(&["gen"]);
    assert_eq!(first.code, 0, "{}", first.text);
    assert!(
        first.text.contains("`Greeter` 0.1.0: 3 methods, 6 definitions"),
        "{}",
        first.text
    );
    for path in [
        "protocol.json",
        "rust/Cargo.toml",
        "json/experimental/greeter.flat.json",
        "docs/README.md",
    ] {
        assert!(
            project.path().join("generated").join(path).is_file(),
            "{path} is missing"
        );
    }
    assert_eq!(project.run(&["gen", "--check"]).code, 0);
    let again = project.run(&["gen"]);
    assert!(
        again.text.contains("fresh") && !again.text.contains("new"),
        "{}",
        again.text
    );
}

#[test]
fn a_changed_field_is_named_before_and_after_it_is_written() {
    let project = Started::new();
    project.run(&["gen"]);
    project.edit(
        "v1/greeting.idl",
        "    language?: string | null,",
        "    tongue?: string | null,",
    );

    let check = project.run(&["gen", "--check"]);
    assert_eq!(
        check.code, 3,
        "stale output has a code of its own: {}",
        check.text
    );
    assert!(
        check
            .text
            .contains("~ greet params.language -> params.tongue (clients send it)"),
        "{}",
        check.text
    );
    assert!(
        check.text.contains("stale generated/protocol.json"),
        "{}",
        check.text
    );
    assert!(
        check.text.contains("-            \"name\": \"language\""),
        "{}",
        check.text
    );
    assert!(check.text.contains("help: run `wiregate gen`"), "{}", check.text);

    let written = project.run(&["gen"]);
    assert_eq!(written.code, 0, "{}", written.text);
    assert!(
        written
            .text
            .contains("~ greet params.language -> params.tongue (clients send it)"),
        "{}",
        written.text
    );
    assert_eq!(project.run(&["gen", "--check"]).code, 0);
}

#[test]
fn programs_are_told_of_stale_output_in_their_own_format() {
    let project = Started::new();
    project.run(&["gen"]);
    project.edit(
        "v1/greeting.idl",
        "    language?: string | null,",
        "    tongue?: string | null,",
    );

    let json = project.run(&["gen", "--check", "--format", "json"]);
    assert_eq!(json.code, 3, "{}", json.text);
    assert!(
        json.text
            .lines()
            .all(|line| line.starts_with("{\"file\":\"generated/")),
        "{}",
        json.text
    );
    assert!(
        json.text
            .contains(r#"{"file":"generated/protocol.json","state":"stale"}"#),
        "{}",
        json.text
    );

    let github = project.run(&["gen", "--check", "--format", "github"]);
    assert_eq!(github.code, 3);
    assert!(
        github.text.starts_with("::error title=stale output::"),
        "{}",
        github.text
    );
}

#[test]
fn an_added_field_is_one_line() {
    let project = Started::new();
    project.run(&["gen"]);
    project.edit(
        "v1/greeting.idl",
        "    name: string,\n    /// How",
        "    name: string,\n    /// Greets this often; once when absent.\n    times?: u32 | null,\n    /// How",
    );
    let written = project.run(&["gen"]);
    let changes: Vec<&str> = written
        .text
        .lines()
        .filter(|line| line.starts_with(['+', '-', '~']))
        .collect();
    assert_eq!(changes, ["+ greet params.times?: u32 | null (clients send it)"]);
}

#[test]
fn a_definition_that_goes_takes_its_files_with_it() {
    let project = Started::new();
    project.run(&["gen"]);
    let tone = project
        .path()
        .join("generated/typescript/experimental/v1/Tone.ts");
    assert!(tone.is_file());
    let text = fs::read_to_string(project.idl("v1/greeting.idl")).unwrap();
    let (before, _) = text.split_once("/// How a greeting sounds.").unwrap();
    let (_, after) = text.split_once("/// How the server greeted them.").unwrap();
    let text = format!("{before}/// How the server greeted them.{after}")
        .replace("tone?: Tone = \"plain\"", "tone?: string");
    fs::write(project.idl("v1/greeting.idl"), text).unwrap();

    let check = project.run(&["gen", "--check"]);
    assert!(
        check
            .text
            .contains("orphaned generated/typescript/experimental/v1/Tone.ts"),
        "{}",
        check.text
    );
    let written = project.run(&["gen"]);
    assert_eq!(written.code, 0, "{}", written.text);
    assert!(written.text.contains("- Tone (enum)"), "{}", written.text);
    assert!(!tone.exists());
}

#[test]
fn a_broken_protocol_leaves_the_output_alone() {
    let project = Started::new();
    project.run(&["gen"]);
    let before = fs::read(project.path().join("generated/protocol.json")).unwrap();
    project.edit("v1/greeting.idl", "tone?: Tone", "tone?: Tune");
    for arguments in [&["gen"][..], &["gen", "--check"], &["check"]] {
        let run = project.run(arguments);
        assert_eq!(run.code, 1, "an author must decide: {}", run.text);
        assert!(run.text.contains("did you mean `Tone`?"), "{}", run.text);
    }
    assert_eq!(
        fs::read(project.path().join("generated/protocol.json")).unwrap(),
        before
    );
}

#[test]
fn a_run_with_nothing_to_do_is_remembered_until_something_changes() {
    let project = Started::new();
    fs::create_dir(project.path().join("target")).unwrap();
    project.run(&["gen"]);
    let remembered = project.run(&["gen"]);
    assert_eq!(
        (remembered.code, remembered.text.as_str()),
        (0, "`generated` is fresh\n")
    );

    // An output file that somebody edited is put right, and so is one that is gone.
    let (edited, gone) = ("generated/protocol.json", "generated/docs/README.md");
    let was = fs::read(project.path().join(edited)).unwrap();
    fs::write(project.path().join(edited), "{}").unwrap();
    fs::remove_file(project.path().join(gone)).unwrap();
    let mended = project.run(&["gen"]);
    assert!(mended.text.contains("1 new, 1 changed"), "{}", mended.text);
    assert_eq!(fs::read(project.path().join(edited)).unwrap(), was);

    // A warning is said again each time.
    project.edit(
        "v1/greeting.idl",
        "    /// What the client calls itself, for the server's logs.\n",
        "",
    );
    for _ in 0..2 {
        let warned = project.run(&["gen"]);
        assert!(warned.text.contains("warning[missing-docs]"), "{}", warned.text);
    }
}

#[test]
fn a_decision_that_is_due_is_warned_of_on_the_day_that_is_given() {
    let project = Started::new();
    project.edit(
        "protocol.idl",
        "    reason:",
        "    decide_by: \"2025-12-31\",\n    reason:",
    );
    let of = |arguments: &[&str]| {
        let run = project.run(arguments);
        assert_eq!(run.code, 0, "{}", run.text);
        run.text
            .contains("warning[decision-due]: gate `experimental` should have been decided by 2025-12-31")
    };
    assert!(of(&["check", "--today", "2026-01-01"]));
    assert!(!of(&["check", "--today", "2025-12-31"]));
    assert!(of(&["check"]), "today is after 2025");
    assert!(!of(&["gen"]), "nobody asked");
    assert!(of(&["gen", "--today", "2026-01-01"]));
    assert_eq!(project.run(&["gen", "--check"]).code, 0, "output has no dates");
    let no_day = project.run(&["check", "--today", "2026-02-30"]);
    assert_eq!(no_day.code, 2, "{}", no_day.text);
}

#[test]
fn a_set_of_gates_gets_a_folder_of_its_own() {
    let project = Started::new();
    project.run(&["gen"]);
    let params = |folder: &str| {
        let path = project.path().join(folder).join("typescript/v1/GreetParams.ts");
        fs::read_to_string(path).unwrap().contains("language")
    };
    let with = project.run(&["gen", "--gates", "experimental", "--out", "with"]);
    assert_eq!(with.code, 0, "{}", with.text);
    let without = project.run(&["gen", "--gates", "", "--out", "without"]);
    assert_eq!(without.code, 0, "{}", without.text);
    assert_eq!((params("with"), params("without")), (true, false));
    assert!(
        without.text.contains("`Greeter` 0.1.0: 3 methods"),
        "{}",
        without.text
    );
    assert!(
        !project.path().join("with/rust").exists(),
        "only what clients take"
    );

    let unknown = project.run(&["gen", "--gates", "experimentl", "--out", "with"]);
    assert_eq!(unknown.code, 2, "{}", unknown.text);
    assert!(
        unknown.text.contains("did you mean `experimental`?"),
        "{}",
        unknown.text
    );
    for arguments in [
        &["gen", "--gates", "experimental"][..],
        &["gen", "--gates", "experimental", "--out", "./generated/"],
    ] {
        let own = project.run(arguments);
        assert_eq!(own.code, 2, "{}", own.text);
    }
    assert_eq!(project.run(&["gen", "--check"]).code, 0);
}

#[test]
fn output_does_not_depend_on_where_it_is_made() {
    let (one, two) = (Started::new(), Started::new());
    one.run(&["gen"]);
    let folder = two.path().to_str().unwrap();
    let idl = format!("{folder}/protocol.idl");
    let out = format!("{folder}/generated");
    let elsewhere = tempfile::tempdir().unwrap();
    let run = wiregate(elsewhere.path(), &["gen", "--idl", &idl, "--out", &out]);
    assert_eq!(run.code, 0, "{}", run.text);
    for path in [
        "protocol.json",
        "docs/README.md",
        "typescript/experimental/index.ts",
        "rust/src/lib.rs",
    ] {
        let read =
            |project: &Started| fs::read_to_string(project.path().join("generated").join(path)).unwrap();
        assert_eq!(read(&one), read(&two), "{path}");
    }
}

#[test]
fn a_folder_without_interface_files_is_said_to_be_one() {
    let place = tempfile::tempdir().unwrap();
    let run = wiregate(place.path(), &["check"]);
    assert_eq!(run.code, 4);
    assert!(
        run.text.contains("protocol.idl") && run.text.contains("help:"),
        "{}",
        run.text
    );
    fs::create_dir(place.path().join("protocol.idl")).unwrap();
    let run = wiregate(place.path(), &["check"]);
    assert_eq!(run.code, 4);
    assert!(run.text.contains("no `.idl` file"), "{}", run.text);
}

#[test]
fn an_output_folder_that_cannot_be_made_is_named() {
    let project = Started::new();
    fs::write(project.path().join("generated"), "a file").unwrap();
    let run = project.run(&["gen"]);
    assert_eq!(run.code, 4, "{}", run.text);
    assert!(
        run.text.contains("`generated`") || run.text.contains("generated"),
        "{}",
        run.text
    );
    assert_eq!(
        fs::read_to_string(project.path().join("generated")).unwrap(),
        "a file"
    );
}

#[test]
fn new_does_not_write_over_a_protocol() {
    let project = Started::new();
    let run = project.run(&["new", "."]);
    assert_eq!(run.code, 2);
    assert!(run.text.contains("exists already"), "{}", run.text);
}

#[test]
fn every_code_can_be_explained_and_a_slip_is_mended() {
    let place = tempfile::tempdir().unwrap();
    let list = wiregate(place.path(), &["explain"]).text;
    for rule in wiregate_codegen::rules::RULES {
        assert!(list.contains(rule.code), "{} is not listed", rule.code);
    }
    let page = wiregate(place.path(), &["explain", "error[duplicate-method]"]);
    assert_eq!(
        (page.code, page.text.lines().next()),
        (0, Some("# duplicate-method"))
    );
    let slip = wiregate(place.path(), &["explain", "duplicate-metod"]);
    assert_eq!(slip.code, 2);
    assert!(
        slip.text.contains("did you mean `duplicate-method`?"),
        "{}",
        slip.text
    );
}

#[test]
fn a_command_that_does_not_exist_is_a_matter_of_usage() {
    let place = tempfile::tempdir().unwrap();
    let run = wiregate(place.path(), &["genn"]);
    assert_eq!(run.code, 2);
    assert!(run.text.contains("gen"), "{}", run.text);
}

#[test]
fn the_command_says_which_one_it_is() {
    let place = tempfile::tempdir().unwrap();
    let run = wiregate(place.path(), &["--version"]);
    assert_eq!(run.code, 0);
    assert_eq!(run.text, format!("wiregate {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_program_reads_diagnostics_and_nothing_else() {
    let project = Started::new();
    project.edit(
        "v1/greeting.idl",
        "    /// Whom to greet, as they wish to be called.\n",
        "",
    );
    for arguments in [["check", "--format=json"], ["gen", "--format=json"]] {
        let run = project.run(&arguments);
        assert_eq!(run.code, 0, "{}", run.text);
        let [line] = run.text.lines().collect::<Vec<_>>()[..] else {
            panic!("one warning is one line: {}", run.text);
        };
        let report: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(report["code"], "missing-docs");
    }
}

#[test]
fn who_stops_reading_early_gets_the_exit_code_all_the_same() {
    let project = Started::new();
    for (arguments, code) in [(["dump", "lower"], 0), (["gen", "--check"], 3)] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_wiregate"))
            .args(arguments)
            .current_dir(project.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{arguments:?}");
    }
}

#[test]
fn an_exchange_is_shown_and_one_of_no_method_is_refused() {
    let project = Started::new();
    project.run(&["gen"]);
    let exchanges = project.path().join("fixtures/exchanges");
    fs::create_dir_all(&exchanges).unwrap();
    let exchange = r#"[{"id": 1, "method": "greet", "params": {"name": "Ada"}}]"#;
    fs::write(exchanges.join("greet.json"), exchange).unwrap();
    assert_eq!(project.run(&["gen", "--check"]).code, 3, "the page lacks it");
    assert_eq!(project.run(&["gen"]).code, 0);
    let page = fs::read_to_string(project.path().join("generated/docs/v1/greeting.md")).unwrap();
    assert!(page.contains(r#"{ "id": 1, "method": "greet", "params": { "name": "Ada" } }"#));

    for (file, text, fault) in [
        (
            "gret.json",
            exchange,
            "there is no method `gret`; did you mean `greet`?",
        ),
        (
            "greet.json",
            "[1]",
            "a list of messages, each an object, was expected",
        ),
        (
            "greet.json",
            "[{\"id\": 1}]",
            "the first message is not one of `greet`",
        ),
        ("greet.json", "[]", "the first message is not one of `greet`"),
        (
            "greet.json",
            "[{\"method\": \"greet\"}, {}]",
            "[1] has neither `method` nor `id`",
        ),
    ] {
        fs::write(exchanges.join(file), text).unwrap();
        let run = project.run(&["gen"]);
        assert_eq!(run.code, 1, "{}", run.text);
        let line = format!("error: fixtures/exchanges/{file}: {fault}");
        assert!(run.text.contains(&line), "{line}\n{}", run.text);
        fs::remove_file(exchanges.join(file)).unwrap();
    }
}

#[test]
fn a_recording_is_checked_and_the_exit_code_says_whose_fault_it_is() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings");
    let run = |arguments: &[&str]| {
        wiregate(
            &folder,
            &[&["check-log", "--idl", "protocol"], arguments].concat(),
        )
    };
    let good = run(&["order/ok-what-failed-is-not-in-the-way.jsonl", "--by", "server"]);
    assert_eq!(good.code, 0, "{}", good.text);
    let totals = "13 messages, 1 connection, 6 requests: 0 violations of the server, 1 of the client\n";
    assert!(good.text.ends_with(totals), "{}", good.text);
    assert_eq!(run(&["order/ok-what-failed-is-not-in-the-way.jsonl"]).code, 1);

    let bad = run(&["order/overtaken.jsonl"]);
    assert_eq!(bad.code, 1);
    let line = "order/overtaken.jsonl:11: order: server: note/write (line 6) under \"a\" was answered after a later one (line 10)\n";
    assert!(bad.text.starts_with(line), "{}", bad.text);

    let json = run(&["order/overtaken.jsonl", "--format", "json"]);
    let lines: Vec<serde_json::Value> = json
        .text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let [finding, totals] = &lines[..] else {
        panic!("a finding and the totals, not {}", json.text)
    };
    assert_eq!(
        (&finding["rule"], &finding["line"], &finding["see"]),
        (&"order".into(), &11.into(), &10.into())
    );
    assert_eq!((&totals["byServer"], &totals["messages"]), (&1.into(), &9.into()));

    assert_eq!(run(&["no-such-file.jsonl"]).code, 4);
    assert_eq!(
        run(&["order/overtaken.jsonl", "--protocol", "no-such-model.json"]).code,
        4
    );
    assert_eq!(run(&[]).code, 2);
}
