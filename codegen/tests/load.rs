//! Which files of a folder are read, and what is said where they cannot be.

use std::fs;
use std::path::Path;

use wiregate_codegen::source::{LoadError, MAX_FILE_BYTES, SourceMap};

fn write(root: &Path, path: &str, text: &[u8]) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("folders can be made");
    fs::write(path, text).expect("files can be written");
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder can be made")
}

#[test]
fn interface_files_and_schemas_are_read_in_order() {
    let root = folder();
    for path in [
        "v2/b.idl",
        "a.idl",
        "upstream/x.json",
        "README.md",
        ".hidden.idl",
        ".git/c.idl",
        "z.idl.bak",
    ] {
        write(root.path(), path, b"struct A {}");
    }
    let sources = SourceMap::load(root.path(), "protocol.idl").expect("the folder can be read");
    let shown: Vec<String> = sources.files().map(|(_, file)| file.display()).collect();
    assert_eq!(
        shown,
        [
            "protocol.idl/a.idl",
            "protocol.idl/upstream/x.json",
            "protocol.idl/v2/b.idl"
        ]
    );
}

#[test]
fn what_is_missing_is_named() {
    let root = folder();
    let load = |path: &Path| SourceMap::load(path, "idl").expect_err("there is nothing to read");
    let missing = root.path().join("missing");
    assert!(matches!(load(&missing), LoadError::Missing(path) if path == missing));
    assert!(matches!(load(root.path()), LoadError::NoIdl(path) if path == root.path()));
    write(root.path(), "file.idl", b"");
    let file = root.path().join("file.idl");
    assert!(matches!(load(&file), LoadError::NoFolder(path) if path == file));
}

#[test]
fn no_more_of_a_large_file_is_read_than_shows_that_it_is_large() {
    let root = folder();
    write(root.path(), "a.idl", &vec![b' '; MAX_FILE_BYTES + 1000]);
    let sources = SourceMap::load(root.path(), "idl").expect("the folder can be read");
    let (_, file) = sources.files().next().expect("the file is there");
    assert_eq!(file.bytes.len(), MAX_FILE_BYTES + 1);
}

#[cfg(unix)]
#[test]
fn links_out_of_the_folder_are_refused() {
    let (root, other) = (folder(), folder());
    write(root.path(), "a.idl", b"struct A {}");
    write(other.path(), "b.idl", b"struct B {}");
    std::os::unix::fs::symlink("a.idl", root.path().join("c.idl")).expect("links can be made");
    let sources = SourceMap::load(root.path(), "idl").expect("a link inside is a file");
    assert_eq!(sources.files().count(), 2);
    let link = root.path().join("d.idl");
    std::os::unix::fs::symlink(other.path().join("b.idl"), &link).expect("links can be made");
    let error = SourceMap::load(root.path(), "idl").expect_err("it leads out");
    assert!(matches!(error, LoadError::LinkOutside(path) if path == link));
}
