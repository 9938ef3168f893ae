//! Messages to start from: which files `fixtures new` makes, what is in them, and what it leaves alone.

mod started;

use std::fs;

use started::Started;

#[test]
fn a_method_gets_messages_for_its_params_and_its_result() {
    let project = Started::new();
    let run = project.run(&["fixtures", "new", "greet"]);
    assert_eq!(run.code, 0, "{}", run.text);
    let mut shown = run.text;
    for path in [
        "GreetParams/valid/required-only.json",
        "GreetParams/valid/every-field.json",
        "GreetResult/valid/every-field.json",
    ] {
        let text = fs::read_to_string(project.path().join("fixtures").join(path)).unwrap();
        shown.push_str(&format!("\n{path}\n{text}"));
    }
    insta::assert_snapshot!("messages_of_greet", shown);
}

#[test]
fn values_follow_types_and_names() {
    let project = Started::new();
    let service = "    client request \"greet\"(GreetParams) -> GreetResult";
    let much = "    /// Does much.\n    client request \"much\"(MuchParams) -> MuchResult;\n";
    let edited = format!("{service} {{ errors: [Busy] }}\n{much}");
    project.edit("v1/greeting.idl", &format!("{service};\n"), &edited);
    project.edit(
        "v1/greeting.idl",
        "/// Who the client is, and",
        &format!("{MUCH}/// Who the client is, and"),
    );
    let run = project.run(&["fixtures", "new", "much", "--fixtures", "examples"]);
    assert_eq!(run.code, 0, "{}", run.text);
    let mut shown = run.text.clone();
    for line in run.text.lines() {
        if let Some(path) = line.strip_prefix("made ") {
            let text = fs::read_to_string(project.path().join(path)).unwrap();
            shown.push_str(&format!("\n{path}\n{text}"));
        }
    }
    insta::assert_snapshot!("messages_of_much", shown);
    let errors = project.run(&["fixtures", "new", "greet"]);
    assert!(
        errors.text.contains("made fixtures/Busy/valid/every-field.json"),
        "{}",
        errors.text
    );
}

const MUCH: &str = r#"
/// The server has no time.
error Busy = -32600 {
    /// Tells it from others.
    code: "busy",
}

/// Everything that a field can be.
struct MuchParams {
    /// Always there.
    threadId: string,
    /// Always there, and none.
    parent: string | null,
    /// Always there, and as if it were not.
    retries: u32 = 1,
    /// Left out when it is this.
    tone?: Tone = "plain",
    /// Clears or leaves.
    title?: patch string,
    /// Where it begins.
    root: path,
    /// When, in seconds.
    startedAt?: i64,
    /// What it weighs.
    weights?: map<string, f64> = {},
    /// Where it lies.
    places?: list<tuple<u16, bool>> | null,
    /// What it is within.
    within?: MuchParams,
    /// Bytes.
    data?: base64,
    /// What else.
    ...rest: map<string, json>,
}

/// What came of it.
union MuchResult tagged "type" {
    /// Nothing did.
    nothing,
    /// Something did.
    someThing {
        /// Where.
        url: string,
        /// How often; unknown when absent.
        times?: u8,
    },
}
"#;

#[test]
fn what_is_there_is_left_alone() {
    let project = Started::new();
    let place = project.path().join("fixtures/GreetParams/valid/every-field.json");
    fs::create_dir_all(place.parent().unwrap()).unwrap();
    fs::write(&place, "mine").unwrap();
    let run = project.run(&["fixtures", "new", "greet"]);
    assert_eq!(run.code, 0);
    assert!(
        run.text
            .contains("kept fixtures/GreetParams/valid/every-field.json"),
        "{}",
        run.text
    );
    assert!(
        run.text
            .contains("made fixtures/GreetParams/valid/required-only.json"),
        "{}",
        run.text
    );
    assert_eq!(fs::read_to_string(&place).unwrap(), "mine");
}

#[test]
fn a_method_that_does_not_exist_makes_nothing() {
    let project = Started::new();
    let run = project.run(&["fixtures", "new", "greeet"]);
    assert_eq!(run.code, 2);
    assert_eq!(
        run.text,
        "error: there is no method `greeet`\nhelp: did you mean `greet`?\n"
    );
    assert!(!project.path().join("fixtures").exists());
}
