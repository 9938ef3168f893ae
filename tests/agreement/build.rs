//! Lists the methods of each emitted crate, so that tests can serve and call all of them.
//!
//! In: the models. Out: for each protocol a list of what its methods are, as `gates/wire.rs` includes it.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

use serde_json::Value;

const MODELS: &[(&str, &str)] = &[
    ("app_server_protocol", "generated/protocol.json"),
    ("foundry_protocol", "examples/foundry/generated/protocol.json"),
];

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    println!("cargo::rerun-if-changed=build.rs");
    for (name, path) in MODELS {
        let path = Path::new("../..").join(path);
        println!("cargo::rerun-if-changed={}", path.display());
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let model: Value = serde_json::from_str(&text).expect("the model is JSON");
        let methods = model["methods"].as_object().expect("the model has methods");
        let mut list = "vec![\n".to_owned();
        for method in methods.values() {
            let constructor = match method["kind"].as_str() {
                Some("clientRequest") => "client_request",
                Some("clientNotification") => "client_notification",
                Some("serverRequest") => "server_request",
                Some("serverNotification") => "server_notification",
                other => panic!("{other:?} is no kind of method"),
            };
            let marker = method["title"].as_str().expect("a method has a title");
            writeln!(list, "    Handle::{constructor}::<{name}::methods::{marker}>(),").expect("text grows");
        }
        list.push(']');
        fs::write(out.join(format!("{name}.rs")), list).expect("cargo made the folder");
    }
}
