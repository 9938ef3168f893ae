//! The rules of this repository, held by reading it.

#[path = "house/wire_names.rs"]
mod wire_names;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use wiregate_codegen::rules::{self, RULES, Rule};

/// Which of our crates each one may depend on, dev-dependencies aside. Dependencies point one way.
const MAY_DEPEND_ON: &[(&str, &[&str])] = &[
    ("xtask", &["wiregate-codegen"]),
    ("wiregate-codegen", &[]),
    ("wiregate-runtime", &[]),
    ("app-server-protocol", &["wiregate-runtime"]),
    ("app-server", &["app-server-protocol", "wiregate-runtime"]),
];

/// What the runtime may depend on without features: its types must stay light for whoever only wants types.
const RUNTIME_WITHOUT_FEATURES: &[&str] =
    &["indexmap", "itoa", "memchr", "ryu", "serde", "serde_json", "zmij"];

/// Folders whose contents are not ours to judge, besides hidden ones and caches.
const PASSED_OVER: &[&str] = &["generated", "node_modules", "target"];

/// Documents whose paths and commands must exist.
const DOCUMENTS: &[&str] = &[
    "README.md",
    "ARCHITECTURE.md",
    "protocol.idl/README.md",
    "bench/README.md",
    "bench/wire/README.md",
    "docs/recordings.md",
    "docs/reference-deviations.md",
    "fixtures/README.md",
    "fixtures/methods.md",
    "runtime/fuzz/README.md",
];

#[test]
fn dependencies_point_one_way() {
    let ours: BTreeSet<&str> = MAY_DEPEND_ON.iter().map(|(name, _)| *name).collect();
    let mut seen = BTreeSet::new();
    for package in packages() {
        let name = package["name"].as_str().unwrap();
        let Some((_, allowed)) = MAY_DEPEND_ON.iter().find(|(each, _)| *each == name) else {
            continue;
        };
        seen.insert(name.to_owned());
        for dependency in package["dependencies"].as_array().unwrap() {
            let on = dependency["name"].as_str().unwrap();
            let for_tests = dependency["kind"].as_str() == Some("dev");
            assert!(
                for_tests || !ours.contains(on) || allowed.contains(&on),
                "{name} must not depend on {on}"
            );
        }
    }
    assert!(
        seen.contains("wiregate-codegen") && seen.contains("wiregate-runtime"),
        "{seen:?}"
    );
}

#[test]
fn the_runtime_is_thin_without_features() {
    let runtime = packages()
        .into_iter()
        .find(|package| package["name"] == "wiregate-runtime")
        .unwrap();
    for dependency in runtime["dependencies"].as_array().unwrap() {
        let name = dependency["name"].as_str().unwrap();
        let always = dependency["kind"].is_null() && dependency["optional"] == false;
        assert!(
            !always || RUNTIME_WITHOUT_FEATURES.contains(&name),
            "the runtime always depends on {name}"
        );
    }
}

#[test]
fn what_the_feature_tokio_adds_to_the_runtime_is_thin() {
    let folder = root().join("runtime/src");
    let modules = fs::read_to_string(folder.join("lib.rs")).unwrap();
    let added = modules
        .split("#[cfg(feature = \"tokio\")]\n")
        .filter_map(|rest| rest.lines().next()?.strip_suffix(';')?.rsplit_once("mod "))
        .map(|(_, module)| module);
    let mut lines = 0;
    for module in added {
        let file = folder.join(format!("{module}.rs"));
        let inner = folder.join(module);
        let mut files = if inner.exists() {
            rust_files(&inner)
        } else {
            Vec::new()
        };
        files.extend(file.exists().then_some(file));
        assert!(!files.is_empty(), "the module `{module}` has no file");
        // WebSocket is a feature of its own.
        let counted = files
            .iter()
            .filter(|path| !path.to_string_lossy().contains("websocket"));
        lines += counted.map(|path| code_lines(path)).sum::<usize>();
    }
    assert!(lines < 3950, "the feature `tokio` adds {lines} lines of code");
    assert!(lines > 1000, "{lines} lines: this test looks at the wrong files");
}

#[test]
fn every_file_says_what_it_is() {
    let files = rust_files(&root());
    assert!(files.len() > 20, "{} files", files.len());
    for path in files {
        let text = fs::read_to_string(&path).unwrap();
        assert!(
            text.starts_with("//!"),
            "{} does not open with `//!`",
            path.display()
        );
    }
}

#[test]
fn every_rule_has_a_page_and_a_case() {
    for rule in RULES {
        let code = rule.code;
        assert!(
            rule.page.starts_with(&format!("# {code}")),
            "the page of {code} opens with another title"
        );
        assert!(
            root().join("codegen/tests/ui").join(code).is_dir(),
            "{code} has no case in codegen/tests/ui"
        );
    }
    for entry in fs::read_dir(root().join("codegen/rules")).unwrap() {
        let path = entry.unwrap().path();
        let code = path.file_stem().unwrap().to_str().unwrap();
        assert!(
            rules::find(code).is_some(),
            "{} belongs to no rule",
            path.display()
        );
    }
}

#[test]
fn the_list_of_diagnostics_is_fresh() {
    let mut list = "# Diagnostics\n\nEvery code that the compiler reports, in the order of its passes; \
        `wiregate explain CODE` prints the page.\n\n| code | severity | purpose |\n|---|---|---|\n"
        .to_owned();
    for Rule {
        code,
        severity,
        purpose,
        ..
    } in RULES
    {
        let severity = format!("{severity:?}").to_lowercase();
        list.push_str(&format!(
            "| [`{code}`](../codegen/rules/{code}.md) | {severity} | {purpose} |\n"
        ));
    }
    let place = root().join("docs/diagnostics.md");
    if fs::read_to_string(&place).unwrap_or_default() != list {
        // Mended in passing for whoever runs the tests by hand; never in CI, where nobody would see it.
        if std::env::var_os("CI").is_none() {
            fs::write(&place, list).unwrap();
        }
        panic!("docs/diagnostics.md was stale; run the tests by hand and commit what they wrote");
    }
}

#[test]
fn documents_name_what_exists() {
    let mut checked = 0;
    for document in DOCUMENTS.iter().filter(|document| root().join(document).exists()) {
        let text = fs::read_to_string(root().join(document)).unwrap();
        let folder = root().join(document).parent().unwrap().to_owned();
        for quoted in quotations(&text).filter(|quoted| looks_like_a_path(quoted)) {
            let found = [&root(), &folder]
                .iter()
                .any(|from| from.join(quoted.trim_end_matches('/')).exists());
            assert!(found, "{document} names `{quoted}`, which does not exist");
            checked += 1;
        }
        for target in link_targets(&text) {
            assert!(
                folder.join(target).exists(),
                "{document} links to {target}, which does not exist"
            );
            checked += 1;
        }
    }
    assert!(checked > 20, "only {checked} names were checked");
}

#[test]
fn the_first_screen_shows_what_is_declared() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let declared = fs::read_to_string(root().join("protocol.idl/v2/fs.idl")).unwrap();
    let shown = readme.split("```").nth(1).unwrap();
    let lines: Vec<&str> = shown.lines().filter(|line| !line.is_empty()).collect();
    assert!(
        lines.len() > 5,
        "the first block of README.md is no declaration: {shown}"
    );
    for line in lines {
        assert!(
            declared.lines().any(|each| each == line),
            "protocol.idl/v2/fs.idl has no line `{line}`"
        );
    }
}

#[test]
fn documents_name_tasks_that_exist() {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask")).output().unwrap();
    let tasks = String::from_utf8(output.stdout).unwrap();
    for document in DOCUMENTS.iter().filter(|document| root().join(document).exists()) {
        let text = fs::read_to_string(root().join(document)).unwrap();
        for quoted in text.split("cargo xtask ").skip(1) {
            let task: String = quoted.chars().take_while(char::is_ascii_alphanumeric).collect();
            assert!(
                task.is_empty() || tasks.contains(&format!("    {task} ")),
                "{document} names `cargo xtask {task}`, which does not exist"
            );
        }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn packages() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() {
            let hidden = name.starts_with('.');
            if !hidden && !PASSED_OVER.contains(&name) && !path.join("CACHEDIR.TAG").exists() {
                found.extend(rust_files(&path));
            }
        } else if name.ends_with(".rs")
            && !path
                .components()
                .any(|part| part.as_os_str() == "emit" && path.ends_with("rust.rs"))
        {
            found.push(path);
        }
    }
    found
}

fn code_lines(path: &Path) -> usize {
    let text = fs::read_to_string(path).unwrap();
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("//"))
        .count()
}

/// What stands between single backticks, outside of fenced blocks.
fn quotations(text: &str) -> impl Iterator<Item = &str> {
    text.split("```")
        .step_by(2)
        .flat_map(|prose| prose.split('`').skip(1).step_by(2))
}

/// Whether a quotation is meant as a path of this repository: it begins with one of its folders or files.
fn looks_like_a_path(quoted: &str) -> bool {
    let first = quoted.split('/').next().unwrap_or_default();
    let plain = quoted
        .chars()
        .all(|letter| letter.is_ascii_alphanumeric() || "._-/".contains(letter));
    let known = [
        "app-server",
        "bench",
        "codegen",
        "docs",
        "examples",
        "fixtures",
        "generated",
        "protocol.idl",
        "runtime",
        "xtask",
        "tests",
        "clients",
    ];
    plain && quoted.contains('/') && known.contains(&first)
}

fn link_targets(text: &str) -> impl Iterator<Item = &str> {
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split([')', '#']).next())
        .filter(|target| !target.is_empty() && !target.contains("://") && !target.contains(' '))
}
