//! Output is a function of the interface files: not of the order in which they come, of their line endings, or of where, when
//! and by whom the command is run.
//!
//! The command is run on the app-server protocol as people run it, and every byte that it writes is compared.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use tempfile::TempDir;
use wiregate_codegen::compile;
use wiregate_codegen::emit::{EmitOptions, emit};
use wiregate_codegen::exchanges::Exchanges;
use wiregate_codegen::source::SourceMap;

/// What is below a folder, by path.
type Tree = BTreeMap<String, Vec<u8>>;

/// No path at all.
const NONE: [&str; 0] = [];

#[test]
fn the_order_in_which_a_folder_lists_its_files_does_not_matter() {
    let mut backwards: Vec<_> = interface().into_iter().collect();
    backwards.reverse();
    // Some file systems list what came last first.
    let output = generated(&project(backwards), &[]);
    assert_eq!(differing(&output, usual()), NONE);
}

#[test]
fn the_order_in_which_files_are_given_does_not_matter() {
    let files: Vec<_> = interface().into_iter().collect();
    let expected = emitted(files.clone());
    for turn in [1, files.len() / 2, files.len() - 1] {
        let mut turned = files.clone();
        turned.rotate_left(turn);
        assert_eq!(differing(&emitted(turned), &expected), NONE);
    }
}

#[test]
fn line_endings_do_not_matter() {
    let files = interface().into_iter().map(|(path, bytes)| {
        let text = String::from_utf8(bytes).unwrap();
        assert!(!text.contains('\r'), "{path} has carriage returns already");
        (path, text.replace('\n', "\r\n").into_bytes())
    });
    let output = generated(&project(files), &[]);
    assert_eq!(differing(&output, usual()), NONE);
    let with_returns = output.iter().find(|(_, bytes)| bytes.contains(&b'\r'));
    assert_eq!(with_returns.map(|(path, _)| path), None);
}

#[test]
fn locale_and_time_zone_do_not_matter() {
    for (locale, zone) in [
        ("C", "UTC"),
        ("tr_TR.UTF-8", "Pacific/Kiritimati"),
        ("ja_JP.eucJP", "America/St_Johns"),
    ] {
        let variables = [
            ("LANG", locale),
            ("LC_ALL", locale),
            ("LANGUAGE", locale),
            ("TZ", zone),
        ];
        let output = generated(&project(interface()), &variables);
        assert_eq!(differing(&output, usual()), NONE, "{locale}, {zone}");
    }
}

#[test]
fn the_working_folder_does_not_matter() {
    let project = project(interface());
    let idl = project.path().join("protocol.idl");
    let absolute = |name: &str| project.path().join(name).display().to_string();
    let elsewhere = tempfile::tempdir().unwrap();
    let runs: [(&Path, &str, &str); 5] = [
        (project.path(), "protocol.idl", "by-name"),
        (project.path(), "./protocol.idl/", "by-path"),
        (&idl, ".", "../from-inside"),
        (&idl.join("v2"), "..", "../../from-further-inside"),
        (
            elsewhere.path(),
            &absolute("protocol.idl"),
            &absolute("from-afar"),
        ),
    ];
    for (folder, idl, out) in runs {
        run(folder, &["gen", "--idl", idl, "--out", out], &[]);
        let name = out.rsplit('/').next().unwrap();
        assert_eq!(
            differing(&tree(&project.path().join(name)), usual()),
            NONE,
            "from {} with --idl {idl}",
            folder.display()
        );
    }
}

#[test]
fn the_place_of_a_project_does_not_matter() {
    let place = tempfile::tempdir().unwrap();
    let far = place.path().join("a folder/größer/$HOME/v2/generated");
    write(&far.join("protocol.idl"), interface());
    write(&far.join(EXCHANGES), exchanges());
    run(&far, &["gen"], &[]);
    let output = tree(&far.join("generated"));
    assert_eq!(differing(&output, usual()), NONE);
    let written = place.path().display().to_string();
    for (path, bytes) in &output {
        assert!(
            !String::from_utf8_lossy(bytes).contains(&written),
            "{path} names the place"
        );
    }
}

/// What stands in which file is for authors: only what names the file may change.
#[test]
fn an_item_that_moves_to_another_file_moves_nothing_else() {
    let walks = "\
/// What those do who are on foot.
service Walks {
    /// Answers once the walker is there.
    client request \"go\"(GoParams) -> Place;
}

/// Whither.
struct GoParams {
    /// Crosses no street when absent.
    stripes?: Stripes,
}
";
    let zebra = "\
/// Where to cross.
struct Stripes {
    /// How many there are.
    count: u8,
}
";
    let place = "\
/// Somewhere on the map.
struct Place {
    /// In words that people use.
    name: string,
}
";
    let compiled = |walks: &[&str], zebra: &[&str]| {
        let file = |parts: &[&str]| format!("//! On foot.\nnamespace v1;\n\n{}", parts.join("\n"));
        emitted([
            (
                "protocol.idl".to_owned(),
                "protocol Walking version \"1.0.0\";\n".into(),
            ),
            ("v1/walks.idl".to_owned(), file(walks).into_bytes()),
            ("v1/zebra.idl".to_owned(), file(zebra).into_bytes()),
        ])
    };
    let before = compiled(&["use zebra.Stripes;", walks, place], &[zebra]);
    let after = compiled(&["use zebra.{Place, Stripes};", walks], &[zebra, place]);

    let moved = differing(&after, &before);
    let expected = [
        "docs/README.md",
        "docs/v1/walks.md",
        "docs/v1/zebra.md",
        "json/stable/v1/Place.json",
        "protocol.json",
        "rust/src/v1/mod.rs",
        "rust/src/v1/walks.rs",
        "rust/src/v1/zebra.rs",
        "typescript/stable/v1/Place.ts",
    ];
    let surprising: Vec<&str> = moved
        .iter()
        .copied()
        .filter(|path| !expected.contains(path) && !path.starts_with("rust/src/oracle"))
        .collect();
    assert_eq!(surprising, NONE);
    for path in [
        "json/stable/v1/Place.json",
        "protocol.json",
        "typescript/stable/v1/Place.ts",
    ] {
        let lines = |files: &Tree| {
            let text = String::from_utf8(files[path].clone()).unwrap();
            let mut lines: Vec<String> = text
                .replace("v1/walks.idl", "v1/zebra.idl")
                .lines()
                .map(|line| line.trim_end_matches(',').to_owned())
                .collect();
            lines.sort();
            lines
        };
        assert_eq!(
            lines(&after),
            lines(&before),
            "{path} changed in more than its file"
        );
    }
}

/// The interface files of the app-server protocol.
fn interface() -> Tree {
    let mut files = tree(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../protocol.idl"));
    files.retain(|path, _| !path.ends_with(".md"));
    assert!(files.len() > 30, "{} files", files.len());
    files
}

/// Where a project keeps what the reference shows of its messages.
const EXCHANGES: &str = "fixtures/exchanges";

/// The exchanges of the app-server protocol.
fn exchanges() -> Tree {
    let files = tree(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(EXCHANGES));
    assert!(files.len() > 100, "{} files", files.len());
    files
}

/// What is written for the interface files as they are.
fn usual() -> &'static Tree {
    static USUAL: OnceLock<Tree> = OnceLock::new();
    USUAL.get_or_init(|| {
        let output = generated(&project(interface()), &[]);
        assert!(output.len() > 500, "{} files", output.len());
        output
    })
}

/// A project of these interface files, and of the exchanges.
fn project(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> TempDir {
    let place = tempfile::tempdir().unwrap();
    write(&place.path().join("protocol.idl"), files);
    write(&place.path().join(EXCHANGES), exchanges());
    place
}

/// Writes files below a folder, in the order in which they come.
fn write(folder: &Path, files: impl IntoIterator<Item = (String, Vec<u8>)>) {
    for (path, bytes) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

/// What the command writes in a project.
fn generated(project: &TempDir, variables: &[(&str, &str)]) -> Tree {
    run(project.path(), &["gen"], variables);
    tree(&project.path().join("generated"))
}

fn run(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) {
    let output = Command::new(env!("CARGO_BIN_EXE_wiregate"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("CARGO_TARGET_DIR")
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{arguments:?} in {}: {}",
        folder.display(),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// What the library writes for texts from memory.
fn emitted(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Tree {
    let (protocol, diagnostics) = compile(&SourceMap::from_files(files));
    let reports: Vec<String> = diagnostics
        .into_sorted()
        .into_iter()
        .map(|report| report.message)
        .collect();
    assert_eq!(reports, NONE);
    emit(&protocol.unwrap(), &EmitOptions::default(), &Exchanges::default())
        .iter()
        .map(|(path, bytes)| (path.to_owned(), bytes.to_vec()))
        .collect()
}

/// The files below a folder.
fn tree(folder: &Path) -> Tree {
    let mut files = Tree::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let below = path.strip_prefix(folder).unwrap().to_str().unwrap();
                files.insert(below.replace('\\', "/"), fs::read(&path).unwrap());
            }
        }
    }
    files
}

/// The paths whose files are not the same, or not in both.
fn differing<'a>(one: &'a Tree, other: &'a Tree) -> Vec<&'a str> {
    let mut paths: Vec<&str> = one
        .keys()
        .chain(other.keys())
        .filter(|path| one.get(*path) != other.get(*path))
        .map(String::as_str)
        .collect();
    paths.sort_unstable();
    paths.dedup();
    paths
}
