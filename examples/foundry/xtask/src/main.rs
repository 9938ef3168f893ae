//! The tasks of the foundry protocol: `cargo xtask gen`, `check`, `release`, `explain`.

fn main() -> std::process::ExitCode {
    let project = wiregate_codegen::command::Project::at(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    project
        .command("cargo xtask gen")
        .runtime_path("../../../../runtime")
        .main()
}
