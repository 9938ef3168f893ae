//! The tasks of this repository: `cargo xtask` alone prints them.
//!
//! In: arguments. Out: whatever the task does, and its exit code. Tasks on the protocol are the compiler's own command.

mod test;

use std::path::Path;
use std::process::ExitCode;

use wiregate_codegen::command::Project;

const TASKS: &str = "\
cargo xtask <task>

    gen [--check]    write generated/ from protocol.idl/, or say what is stale
    check            check the protocol against every rule, and against what was released
    check-log <file> check a recording of what went over the wire against the protocol
    release <ver>    keep the protocol as it is, for later checks to compare with
    fixtures new <method>
                     write example messages of a method to start from
    dump <pass>      print what a pass makes of the protocol
    explain [code]   explain a diagnostic code, or list them
    new <dir>        start another protocol
    test [--full]    everything that must hold: format, lints, fresh output, Rust and TypeScript tests
    ci               what CI runs: test --full

`cargo xtask <task> --help` says more.";

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap_or(Path::new("."));
    if let Err(error) = std::env::set_current_dir(root) {
        eprintln!("error: cannot enter `{}`: {error}", root.display());
        return ExitCode::from(4);
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => println!("{TASKS}"),
        ["ci"] | ["test", "--full"] => return test::run(test::Extent::Full),
        ["test"] => return test::run(test::Extent::Usual),
        _ => {
            return Project::at(".")
                .command("cargo xtask gen")
                .runtime_path("../../runtime")
                .main();
        }
    }
    ExitCode::SUCCESS
}
