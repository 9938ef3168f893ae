//! What the server leaves untouched of pipes and sockets that others hold too.
#![cfg(target_os = "linux")]

mod process;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::process::{Child, Stdio};
use std::time::Duration;

/// That calls on a descriptor do not wait: `O_NONBLOCK` of open(2).
const NON_BLOCKING: u32 = 0o4000;

const HELLO: &[u8] =
    b"{\"id\":1,\"method\":\"initialize\",\"params\":{\"clientInfo\":{\"name\":\"me\",\"version\":\"1\"}}}\n";

fn server(input: impl Into<Stdio>, output: impl Into<Stdio>) -> Child {
    process::command()
        .stdin(input)
        .stdout(output)
        .spawn()
        .expect("the server starts")
}

/// Whether calls on a descriptor of a process do not wait.
fn is_non_blocking(process: u32, descriptor: &str) -> bool {
    let info = fs::read_to_string(format!("/proc/{process}/fdinfo/{descriptor}")).expect("it is open");
    let flags = info
        .lines()
        .find_map(|line| line.strip_prefix("flags:"))
        .expect("flags");
    u32::from_str_radix(flags.trim(), 8).expect("an octal number") & NON_BLOCKING != 0
}

/// Where the descriptors of a process lead that lead to the same as `descriptor`, itself aside.
fn others(process: u32, descriptor: &str) -> Vec<String> {
    let folder = format!("/proc/{process}/fd");
    let target = fs::read_link(format!("{folder}/{descriptor}")).expect("it is open");
    fs::read_dir(&folder)
        .expect("the process lives")
        .filter_map(|entry| entry.ok())
        .filter(|entry| fs::read_link(entry.path()).is_ok_and(|other| other == target))
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name != descriptor)
        .collect()
}

fn answers(output: impl std::io::Read) {
    let mut line = String::new();
    BufReader::new(output)
        .read_line(&mut line)
        .expect("the server answers");
    assert!(line.starts_with(r#"{"id":1,"result""#), "{line}");
}

#[test]
fn pipes_are_driven_by_epoll_and_stay_as_others_have_them() {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    let (output, others_end) = std::io::pipe().expect("a pipe");
    let mut child = server(reader, others_end.try_clone().expect("a descriptor"));
    (&writer).write_all(HELLO).expect("the server reads");
    answers(output);
    let process = child.id();
    for descriptor in ["0", "1"] {
        assert!(!is_non_blocking(process, descriptor), "{descriptor}");
        let [ours] = &others(process, descriptor)[..] else {
            panic!("{descriptor} was not opened again")
        };
        assert!(is_non_blocking(process, ours));
    }
    let ours = others_end.as_raw_fd().to_string();
    assert!(!is_non_blocking(std::process::id(), &ours));
    drop(writer);
    assert!(child.wait().expect("the server ends").success());
}

#[test]
fn sockets_stay_as_others_have_them() {
    let (near, far) = UnixStream::pair().expect("a pair");
    near.set_read_timeout(Some(Duration::from_secs(60)))
        .expect("a socket");
    let shared = OwnedFd::from(far);
    let copy = || shared.try_clone().expect("a descriptor");
    let mut child = server(copy(), copy());
    (&near).write_all(HELLO).expect("the server reads");
    answers(&near);
    for descriptor in ["0", "1"] {
        assert!(!is_non_blocking(child.id(), descriptor), "{descriptor}");
    }
    // More than the socket holds, so that the server has to wait for us.
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("large");
    fs::write(&path, vec![0; 4 << 20]).expect("a file");
    let read = serde_json::json!({"id": 2, "method": "fs/readFile", "params": {"path": path}});
    (&near)
        .write_all(format!("{read}\n").as_bytes())
        .expect("the server reads");
    std::thread::sleep(Duration::from_millis(100));
    let mut line = String::new();
    BufReader::new(&near)
        .read_line(&mut line)
        .expect("the server answers");
    assert!(line.len() > 5 << 20 && line.ends_with("\"}}\n"));
    near.shutdown(std::net::Shutdown::Write).expect("a socket");
    assert!(child.wait().expect("the server ends").success());
}

#[test]
fn files_are_read_and_written_by_threads() {
    let folder = tempfile::tempdir().expect("a folder");
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    fs::write(&input, HELLO).expect("a file");
    let mut child = server(
        fs::File::open(&input).expect("a file"),
        fs::File::create(&output).expect("a file"),
    );
    assert!(child.wait().expect("the server ends").success());
    answers(fs::File::open(&output).expect("a file"));
}
