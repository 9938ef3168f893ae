//! Compiles `protocol.idl` with the compiler of this repository, so that what is measured is always what it emits now.
//!
//! In: the interface files. Out: the emitted crate's sources in the build folder, its root without inner attributes, which
//! an included file cannot have.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use wiregate_codegen::emit::{EmitOptions, rust};
use wiregate_codegen::source::SourceMap;

fn main() {
    println!("cargo::rerun-if-changed=protocol.idl");
    let sources = SourceMap::load(Path::new("protocol.idl"), "protocol.idl").expect("interface files");
    let (protocol, diagnostics) = wiregate_codegen::compile(&sources);
    for diagnostic in diagnostics.into_sorted() {
        println!("cargo::warning={}", diagnostic.message);
    }
    let files = rust::emit(&protocol.expect("no errors"), &EmitOptions::default());
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("set by cargo"));
    for (path, text) in files.iter() {
        let place = out.join(path);
        fs::create_dir_all(place.parent().expect("a folder")).expect("a folder");
        if path.ends_with("src/lib.rs") {
            let text = std::str::from_utf8(text).expect("text");
            let inner = |line: &&str| line.starts_with("//!") || line.starts_with("#![");
            let kept: Vec<&str> = text.lines().filter(|line| !inner(line)).collect();
            fs::write(place, kept.join("\n")).expect("room on the disk");
        } else {
            fs::write(place, text).expect("room on the disk");
        }
    }
}
