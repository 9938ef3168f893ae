//! The `wiregate` command: the compiler on the protocol in the current folder.

fn main() -> std::process::ExitCode {
    wiregate_codegen::command::Project::at(".").main()
}
