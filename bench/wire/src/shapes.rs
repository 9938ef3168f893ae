//! What is said, as serde's derives see it: for the floor and the peers.
//!
//! In: params. Out: results and notifications, of the same lengths as those of `ours.rs`, which makes them of the emitted
//! types. Every handler makes its result afresh.

use serde::{Deserialize, Serialize};

/// What makes a line of text in a medium answer; eight entries of sixteen such lines are 8 KiB.
pub const LINE: &str = "    let frame = source.next(limit).await?; // \"one\" message\n";
/// How many lines an entry has.
pub const LINES: usize = 16;
/// How many entries a page has.
pub const ENTRIES: u32 = 8;
pub const AUTHOR: &str = "assistant";
pub const AT: i64 = 1_763_650_000_123;
pub const DIGEST: &str = "sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
pub const LABELS: [&str; 3] = ["source", "rust", "generated"];
pub const THREAD: &str = "thr_01JD3QW8Z5";
pub const TURN: &str = "turn_01JD3QWB71";
pub const ITEM: &str = "item_01JD3QWC09";
pub const PIECE: &str = "and then it says what it found";

#[derive(Clone, Deserialize, Serialize)]
pub struct OpenParams {
    pub client: String,
}

#[derive(Clone, Deserialize, Serialize)]
pub struct OpenResult {
    pub server: String,
}

#[derive(Clone, Deserialize, Serialize)]
pub struct FileReadParams {
    pub workspace: String,
    pub path: String,
    pub labels: u32,
    #[serde(default)]
    pub follow: bool,
}

#[derive(Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FileEntry {
    pub path: String,
    pub name: String,
    pub kind: FileKind,
    pub size: u64,
    pub changed: i64,
    pub read_only: bool,
    pub digest: String,
    pub labels: Vec<String>,
    pub note: Option<String>,
}

#[derive(Clone, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FileKind {
    File,
    Folder,
    Link,
}

#[derive(Clone, Deserialize, Serialize)]
pub struct PageReadParams {
    pub workspace: String,
    pub page: u32,
}

#[derive(Clone, Deserialize, Serialize)]
pub struct Page {
    pub entries: Vec<Entry>,
    pub next: Option<u32>,
}

#[derive(Clone, Deserialize, Serialize)]
pub struct Entry {
    pub author: String,
    pub at: i64,
    pub text: String,
}

#[derive(Clone, Deserialize, Serialize)]
pub struct Count {
    pub count: u32,
}

#[derive(Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Piece {
    pub thread_id: String,
    pub turn_id: String,
    pub item_id: String,
    pub index: u32,
    pub text: String,
}

pub fn open(params: OpenParams) -> OpenResult {
    OpenResult {
        server: params.client,
    }
}

pub fn file(params: FileReadParams) -> FileEntry {
    let labels = LABELS.iter().take(params.labels as usize);
    FileEntry {
        name: last_name(&params.path).to_owned(),
        path: params.path,
        kind: if params.follow {
            FileKind::Link
        } else {
            FileKind::File
        },
        size: 18_204,
        changed: AT,
        read_only: false,
        digest: DIGEST.to_owned(),
        labels: labels.map(|label| (*label).to_owned()).collect(),
        note: None,
    }
}

pub fn last_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

pub fn page(params: PageReadParams) -> Page {
    let entry = |at| Entry {
        author: AUTHOR.to_owned(),
        at: AT + i64::from(at),
        text: LINE.repeat(LINES),
    };
    Page {
        entries: (0..ENTRIES).map(entry).collect(),
        next: Some(params.page + 1),
    }
}

pub fn piece(index: u32) -> Piece {
    Piece {
        thread_id: THREAD.to_owned(),
        turn_id: TURN.to_owned(),
        item_id: ITEM.to_owned(),
        index,
        text: PIECE.to_owned(),
    }
}
