//! Has typify make Rust of each flat bundle.
//!
//! In: the bundles that were emitted. Out: a module for each, and a table of its types by the name of their definition.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

use heck::ToUpperCamelCase;
use schemars::schema::RootSchema;
use typify::{TypeSpace, TypeSpaceSettings};

const BUNDLES: &[(&str, &str)] = &[
    ("app_server", "generated/json/experimental/app-server.flat.json"),
    ("stable", "generated/json/stable/app-server.flat.json"),
    (
        "foundry",
        "examples/foundry/generated/json/experimental/foundry.flat.json",
    ),
];

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    println!("cargo::rerun-if-changed=build.rs");
    for (module, bundle) in BUNDLES {
        let path = Path::new("../..").join(bundle);
        println!("cargo::rerun-if-changed={}", path.display());
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{bundle}: {error}"));
        let schema: RootSchema =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{bundle}: {error}"));
        fs::write(out.join(format!("{module}.rs")), rust(bundle, schema)).expect("cargo made the folder");
    }
}

fn rust(bundle: &str, schema: RootSchema) -> String {
    let names: Vec<String> = schema.definitions.keys().cloned().collect();
    let mut types = TypeSpace::new(&TypeSpaceSettings::default());
    types
        .add_root_schema(schema)
        .unwrap_or_else(|error| panic!("{bundle}: {error}"));
    let mut text = types.to_stream().to_string();
    text.push_str("\npub(crate) const TYPES: &[(&str, crate::Read)] = &[\n");
    for name in names {
        let ty = name.to_upper_camel_case();
        writeln!(text, "({name:?}, crate::read::<{ty}>),").expect("text grows");
    }
    text.push_str("];\n");
    text
}
