//! A file of all that goes over the wire, as JSON lines that `wiregate check-log FILE` reads.
//!
//! In: what a [`Recorder`] is shown. Out: a line for each message, written by a thread of its own, so that no connection waits
//! for the disk.
//!
//! A recording holds everything that went over the wire, **secrets, files and tokens too**. The file is made for its owner
//! alone (mode 0600 on Unix); one that is there already keeps its mode, and is appended to.
//!
//! | line | when |
//! |---|---|
//! | `{"recording":1,"protocol":"Chat","version":"1.0.0","side":"server","unixMicros":..}` | first, and where another run begins in the same file |
//! | `{"unixMicros":..,"connection":7,"event":"opened"}` | a connection begins |
//! | `{"unixMicros":..,"connection":7,"direction":"in","message":{..}}` | a message that is JSON, as it came (`in`) or went (`out`) |
//! | `{"unixMicros":..,"connection":7,"direction":"in","text":".."}` | one that is no object or list of JSON; `base64` where it is no text |
//! | `{"unixMicros":..,"connection":7,"event":"closed","end":"answered"}` | a connection has ended: `answered`, `left` or `failed`, the last with a `reason` |
//! | `{"unixMicros":..,"missing":3}` | as many lines are missing here: they came faster than the disk took them |
//!
//! `unixMicros` is the time in microseconds since 1970.

use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::Base64;
use crate::json;
use crate::peer::ConnectionId;
use crate::protocol::{ProtocolInfo, Side};
use crate::record::{Direction, End, Recorder};

/// The format of the lines.
const FORMAT: u32 = 1;

/// How much may wait for the disk, in bytes, unless told otherwise.
const WAITING: usize = 16 << 20;

/// Buffers beyond this do not stay with a recorder that has nothing to write, in bytes.
const IDLE: usize = 1 << 20;

/// Writes what goes over the wire to a file. [`FileRecorder::finish`] waits until all of it is there; so does dropping it.
#[derive(Debug)]
pub struct FileRecorder {
    shared: Arc<Shared>,
    writer: Mutex<Option<JoinHandle<io::Result<()>>>>,
}

#[derive(Debug, Default)]
struct Shared {
    queue: Mutex<Queue>,
    wake: Condvar,
}

/// What waits for the disk.
#[derive(Debug, Default)]
struct Queue {
    entries: Vec<Entry>,
    /// The messages, one behind the other.
    bytes: Vec<u8>,
    limit: usize,
    /// How many entries came after these and found no room. Until the writer has told, nothing more is taken: so that what
    /// is missing is missing in one place.
    missing: u64,
    ended: bool,
}

#[derive(Debug)]
struct Entry {
    micros: u128,
    connection: ConnectionId,
    what: What,
}

#[derive(Debug)]
enum What {
    Opened,
    /// With the length of the message.
    Message(Direction, usize),
    Closed(End),
}

impl FileRecorder {
    /// Begins a recording at the end of the file at `path`, which is made where it is missing.
    ///
    /// # Errors
    /// When the file cannot be made or written.
    pub fn create(path: impl AsRef<Path>, protocol: &ProtocolInfo, side: Side) -> io::Result<Self> {
        Self::with_limit(path, protocol, side, WAITING)
    }

    /// The same; as many bytes may wait for the disk, and one message of any length.
    ///
    /// # Errors
    /// As [`FileRecorder::create`].
    pub fn with_limit(
        path: impl AsRef<Path>,
        protocol: &ProtocolInfo,
        side: Side,
        limit: usize,
    ) -> io::Result<Self> {
        let mut file = open(path.as_ref())?;
        let side = match side {
            Side::Client => "client",
            Side::Server => "server",
        };
        let (name, version) = (quoted(protocol.name), quoted(protocol.version));
        let micros = now();
        let first = format!(
            r#"{{"recording":{FORMAT},"protocol":{name},"version":{version},"side":"{side}","unixMicros":{micros}}}"#
        );
        file.write_all((first + "\n").as_bytes())?;
        let shared = Arc::new(Shared::default());
        shared.lock().limit = limit;
        let queue = Arc::clone(&shared);
        let writer = thread::Builder::new()
            .name("wiregate-record".to_owned())
            .spawn(move || queue.write(&mut file))?;
        Ok(Self {
            shared,
            writer: Mutex::new(Some(writer)),
        })
    }

    /// Ends the recording, and waits until all of it is in the file. What comes later is not recorded.
    ///
    /// # Errors
    /// When the file could not be written; what came after that is missing. Whoever asks first is told.
    pub fn finish(&self) -> io::Result<()> {
        self.shared.lock().ended = true;
        self.shared.wake.notify_one();
        // Whoever comes second waits too.
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        writer.take().map_or(Ok(()), |writer| {
            let ended = writer.join();
            ended.unwrap_or_else(|_| Err(io::Error::other("the recorder's thread has panicked")))
        })
    }

    fn put(&self, connection: ConnectionId, what: What, message: &[u8]) {
        let micros = now();
        let mut queue = self.shared.lock();
        if queue.ended {
            return;
        }
        let idle = queue.entries.is_empty() && queue.missing == 0;
        let cost = |queue: &Queue| queue.bytes.len() + queue.entries.len() * size_of::<Entry>();
        if queue.missing > 0 || (!idle && cost(&queue) + message.len() > queue.limit) {
            queue.missing += 1;
            return;
        }
        queue.bytes.extend_from_slice(message);
        queue.entries.push(Entry {
            micros,
            connection,
            what,
        });
        drop(queue);
        if idle {
            self.shared.wake.notify_one();
        }
    }
}

impl Recorder for FileRecorder {
    fn record(&self, connection: ConnectionId, direction: Direction, message: &[u8]) {
        self.put(connection, What::Message(direction, message.len()), message);
    }

    fn opened(&self, connection: ConnectionId) {
        self.put(connection, What::Opened, &[]);
    }

    fn closed(&self, connection: ConnectionId, end: &End) {
        self.put(connection, What::Closed(end.clone()), &[]);
    }
}

impl Drop for FileRecorder {
    fn drop(&mut self) {
        if let Err(error) = self.finish() {
            tracing::error!(%error, "a recording is not whole");
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The thread: what waits is taken at once, and written without the lock.
    fn write(&self, file: &mut File) -> io::Result<()> {
        let mut taken = Queue::default();
        let mut out = String::new();
        loop {
            let mut queue = self.lock();
            while queue.entries.is_empty() && queue.missing == 0 {
                if queue.ended {
                    return Ok(());
                }
                queue = self.wake.wait(queue).unwrap_or_else(PoisonError::into_inner);
            }
            std::mem::swap(&mut queue.entries, &mut taken.entries);
            std::mem::swap(&mut queue.bytes, &mut taken.bytes);
            taken.missing = std::mem::take(&mut queue.missing);
            drop(queue);
            taken.print(&mut out);
            if let Err(error) = file.write_all(out.as_bytes()) {
                tracing::error!(%error, "a recording cannot be written, and ends");
                self.lock().ended = true;
                return Err(error);
            }
            taken.entries.clear();
            taken.bytes.clear();
            taken.bytes.shrink_to(IDLE);
            out.clear();
            out.shrink_to(IDLE);
        }
    }
}

impl Queue {
    /// The lines of what was taken.
    fn print(&self, out: &mut String) {
        let mut at = 0;
        for entry in &self.entries {
            let Entry {
                micros,
                connection,
                what,
            } = entry;
            let _ = write!(out, r#"{{"unixMicros":{micros},"connection":{connection},"#);
            match what {
                What::Opened => out.push_str(r#""event":"opened"}"#),
                What::Closed(end) => {
                    let (word, reason) = match end {
                        End::Answered => ("answered", None),
                        End::Left => ("left", None),
                        End::Failed(reason) => ("failed", Some(quoted(reason))),
                    };
                    let _ = write!(out, r#""event":"closed","end":"{word}""#);
                    if let Some(reason) = reason {
                        let _ = write!(out, r#","reason":{reason}"#);
                    }
                    out.push('}');
                }
                What::Message(direction, length) => {
                    let message = &self.bytes[at..at + length];
                    at += length;
                    let direction = match direction {
                        Direction::In => "in",
                        Direction::Out => "out",
                    };
                    let _ = write!(out, r#""direction":"{direction}","#);
                    print_message(message, out);
                    out.push('}');
                }
            }
            out.push('\n');
        }
        if self.missing > 0 {
            tracing::warn!(
                missing = self.missing,
                "a recording misses lines: the disk was too slow"
            );
            let _ = writeln!(out, r#"{{"unixMicros":{},"missing":{}}}"#, now(), self.missing);
        }
    }
}

/// The message as a member: JSON in place where it is an object or a list, and else text or bytes.
fn print_message(message: &[u8], out: &mut String) {
    let text = match std::str::from_utf8(message) {
        Ok(text) => text,
        Err(_) => {
            let bytes = json::to_string(&Base64(message.to_vec())).unwrap_or_default();
            let _ = write!(out, r#""base64":{bytes}"#);
            return;
        }
    };
    if text.trim_start().starts_with(['{', '[']) && json::validate(message).is_ok() {
        out.push_str(r#""message":"#);
        // Line feeds stand between the tokens of JSON only, where a blank does as well.
        for (index, part) in text.split(['\n', '\r']).enumerate() {
            if index > 0 {
                out.push(' ');
            }
            out.push_str(part);
        }
    } else {
        let _ = write!(out, r#""text":{}"#, quoted(text));
    }
}

fn quoted(text: &str) -> String {
    json::to_string(text).unwrap_or_default()
}

fn now() -> u128 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default().as_micros()
}

/// Opens a file to append to. A line that a process has left half written is ended.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    if file.metadata()?.len() > 0 {
        let mut last = [0];
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            file.write_all(b"\n")?;
        }
    }
    Ok(file)
}
