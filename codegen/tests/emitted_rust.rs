//! The emitted Rust of every case compiles, and reads and writes what it should.
//!
//! `tests/emit/<feature>/messages.txt` holds messages, a definition and a JSON text in each line; `messages.snap` beside it
//! what becomes of them: the text that is written after the message was read, or the place and the fault. Where the derived
//! twin does otherwise, that is shown too. All cases are compiled as crates of one workspace below `target/tmp`, with the
//! versions of our lock file and without the network.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

use wiregate_codegen::compile;
use wiregate_codegen::emit::{self, EmitOptions, RuntimeDependency};
use wiregate_codegen::render::{Format, render};
use wiregate_codegen::source::SourceMap;

#[test]
fn every_case_compiles_and_does_as_its_messages_show() {
    if let Err(error) = run() {
        panic!("{error}");
    }
}

fn run() -> io::Result<()> {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/emit");
    let workspace = Path::new(env!("CARGO_TARGET_TMPDIR")).join("emitted-rust");
    if workspace.exists() {
        fs::remove_dir_all(&workspace)?;
    }
    let names = names(&cases)?;
    for name in &names {
        emit_case(&cases.join(name), name, &workspace.join(name))?;
    }
    write_workspace(&workspace, &names)?;
    let output = cargo(&workspace, &["run", "--quiet"])?;
    let mut settings = insta::Settings::new();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for (name, outcome) in names.iter().zip(output.split(SEPARATOR).skip(1)) {
        if !cases.join(name).join("messages.txt").exists() {
            continue;
        }
        settings.set_snapshot_path(cases.join(name));
        settings.bind(|| insta::assert_snapshot!("messages", outcome));
    }
    Ok(())
}

/// Stands before the outcome of each case.
const SEPARATOR: &str = "\u{1}";

/// Emits the Rust of a case as a crate that is called after it.
fn emit_case(case: &Path, name: &str, out: &Path) -> io::Result<()> {
    let mut sources = vec![(
        "declared.idl".to_owned(),
        b"//! Declares the protocol.\n\nprotocol Case version \"0.1.0\";\n".to_vec(),
    )];
    for entry in fs::read_dir(case)? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "idl" || extension == "json")
        {
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            sources.push((name, fs::read(&path)?));
        }
    }
    let declares =
        |(_, text): &(String, Vec<u8>)| text.starts_with(b"protocol ") || find(text, b"\nprotocol ");
    if sources[1..].iter().any(declares) {
        sources.remove(0);
    }
    let sources = SourceMap::from_files(sources);
    let (protocol, diagnostics) = compile(&sources);
    let reports = render(&sources, &diagnostics.into_sorted(), Format::Human, false);
    let mut protocol = protocol.ok_or_else(|| io::Error::other(format!("{name}: {reports}")))?;
    protocol.name = name.to_owned();
    let runtime = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("runtime");
    let options = EmitOptions {
        runtime: RuntimeDependency::Path(runtime.to_string_lossy().into_owned()),
        ..EmitOptions::default()
    };
    for (path, text) in emit::rust::emit(&protocol, &options).iter() {
        let path = out.join(path);
        fs::create_dir_all(path.parent().unwrap_or(out))?;
        fs::write(path, text)?;
    }
    Ok(())
}

/// Writes the workspace of all cases, and the program that reads their messages.
fn write_workspace(workspace: &Path, names: &[String]) -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("Cargo.lock");
    fs::copy(root, workspace.join("Cargo.lock"))?;
    let mut manifest = MANIFEST.to_owned();
    let mut calls = String::new();
    for name in names {
        let (package, library) = (
            format!("{name}-protocol"),
            format!("{name}-protocol").replace('-', "_"),
        );
        let _ = writeln!(
            manifest,
            "{package} = {{ path = \"{name}\", features = [\"dispatch\", \"oracle\", \"serde\"] }}"
        );
        let messages = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("tests/emit")
            .join(name)
            .join("messages.txt");
        let messages = fs::read_to_string(messages).unwrap_or_default();
        let _ = writeln!(
            calls,
            "    let of = {library}::oracle::DEFINITIONS.iter().map(|each| (each.name, each.emitted, each.derived));\n    \
             read(&of.collect::<Vec<_>>(), {messages:?});"
        );
    }
    fs::write(workspace.join("Cargo.toml"), manifest)?;
    fs::create_dir_all(workspace.join("src"))?;
    fs::write(workspace.join("src/main.rs"), PROGRAM.replace("CALLS", &calls))
}

const MANIFEST: &str = "\
[workspace]

[package]
name = \"exercise\"
version = \"0.0.0\"
edition = \"2024\"

[profile.dev]
debug = \"line-tables-only\"

[dependencies]
serde_json = \"1\"
";

const PROGRAM: &str = r#"
fn main() {
CALLS}

type Emitted = fn(&[u8]) -> Result<Vec<u8>, (String, String)>;
type Derived = fn(&[u8]) -> Result<Vec<u8>, String>;

fn read(definitions: &[(&str, Emitted, Derived)], messages: &str) {
    println!("\u{1}");
    for line in messages.lines() {
        println!("{line}");
        let Some((name, message)) = line.split_once(' ').filter(|_| !line.starts_with('#')) else { continue };
        let Some((_, emitted, derived)) = definitions.iter().find(|each| each.0 == name) else {
            println!("    there is no such definition");
            continue;
        };
        let emitted = emitted(message.as_bytes());
        match &emitted {
            Ok(text) => println!("    {}", String::from_utf8_lossy(text)),
            Err((path, fault)) => println!("    refused at `{path}`: {fault}"),
        }
        let value = |text: &[u8]| serde_json::from_slice::<serde_json::Value>(text).expect("JSON was written");
        match (emitted, derived(message.as_bytes())) {
            (Ok(ours), Ok(theirs)) if value(&ours) == value(&theirs) => {}
            (Err(_), Err(_)) => {}
            (_, Ok(theirs)) => println!("    twin: {}", value(&theirs)),
            (_, Err(_)) => println!("    twin: refused"),
        }
    }
}
"#;

fn cargo(workspace: &Path, arguments: &[&str]) -> io::Result<String> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("emitted-rust-target");
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .args(["--offline", "--target-dir"])
        .arg(target)
        .env("RUSTFLAGS", "-D warnings")
        .current_dir(workspace)
        .output()?;
    if !output.status.success() {
        return Err(io::Error::other(
            String::from_utf8_lossy(&output.stderr).into_owned(),
        ));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn names(cases: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(cases)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

fn find(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}
