//! Watching paths for changes.
//!
//! In: a path and a name for the watch, from one connection. Out: `fs/changed` to that connection, at most one message every
//! 200 ms. Only folders are given to the operating system: a watch on a file would follow the file when an editor
//! replaces it, and a path that does not exist yet is seen coming in the nearest folder that does.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use app_server_protocol::peers::ClientPeer;
use app_server_protocol::v2::FsChangedNotification;
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::task::JoinHandle;
use wiregate_runtime::{AbsolutePath, ConnectionId, Peer};

/// How long changes are gathered before they are told.
const GATHER: Duration = Duration::from_millis(200);

/// How many events of the operating system may wait for a watch. One that falls behind says that everything changed.
const BACKLOG: usize = 1024;

/// How often a watch looks anew for the folders to listen to, when they change while it looks.
const MAX_LOOKS: usize = 100;

/// Why a watch was not started.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The connection has a watch of this name.
    InUse,
    /// The operating system refuses.
    Failed(String),
}

/// All watches of this process.
#[derive(Debug)]
pub(crate) struct Watches {
    running: Arc<Mutex<HashMap<Key, JoinHandle<()>>>>,
    /// Made with the first watch: few clients want one.
    folders: Mutex<Option<Arc<Folders>>>,
}

type Key = (ConnectionId, String);

impl Watches {
    pub(crate) fn new() -> Self {
        Self {
            running: Arc::default(),
            folders: Mutex::new(None),
        }
    }

    /// Starts a watch, which ends with the connection if not before.
    pub(crate) fn start(&self, peer: &Peer, name: &str, path: &AbsolutePath) -> Result<(), Refusal> {
        let failed = |error: notify::Error| Refusal::Failed(error.to_string());
        let key = (peer.connection(), name.to_owned());
        let mut running = lock(&self.running);
        let Entry::Vacant(place) = running.entry(key.clone()) else {
            return Err(Refusal::InUse);
        };
        let folders = self.folders().map_err(failed)?;
        let events = folders.events.subscribe();
        let mut watch = Watch {
            path: path.as_path().to_owned(),
            folders,
            armed: BTreeMap::new(),
            is_there: false,
        };
        watch.arm().map_err(failed)?;
        let (peer, others) = (peer.clone(), Arc::clone(&self.running));
        place.insert(tokio::spawn(async move {
            let client = ClientPeer::from(peer.clone());
            tokio::select! {
                () = watch.run(events, &client, &key.1) => {}
                () = peer.closed() => {}
            }
            lock(&others).remove(&key);
        }));
        Ok(())
    }

    /// Ends a watch. Nothing is sent for it once this completes.
    pub(crate) async fn stop(&self, connection: ConnectionId, name: &str) {
        let watch = lock(&self.running).remove(&(connection, name.to_owned()));
        if let Some(watch) = watch {
            watch.abort();
            // It ends by being cut off, which is no news.
            let _ = watch.await;
        }
    }

    fn folders(&self) -> notify::Result<Arc<Folders>> {
        let mut folders = lock(&self.folders);
        if let Some(folders) = &*folders {
            return Ok(Arc::clone(folders));
        }
        Ok(Arc::clone(folders.insert(Arc::new(Folders::new()?))))
    }
}

/// The folders that the operating system watches for us. Several watches may want the same one, and on Linux it can be
/// watched once only.
#[derive(Debug)]
struct Folders {
    state: Mutex<FoldersState>,
    events: broadcast::Sender<Event>,
}

#[derive(Debug)]
struct FoldersState {
    watcher: RecommendedWatcher,
    /// How many watches want each folder.
    wanted: HashMap<PathBuf, usize>,
}

impl Folders {
    fn new() -> notify::Result<Self> {
        let events = broadcast::Sender::new(BACKLOG);
        let sender = events.clone();
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| match event {
            // Looking at a file changes nothing.
            Ok(event) if matches!(event.kind, EventKind::Access(_)) => {}
            // Nobody may be listening just now.
            Ok(event) => drop(sender.send(event)),
            Err(error) => tracing::warn!(%error, "watching"),
        })?;
        Ok(Self {
            state: Mutex::new(FoldersState {
                watcher,
                wanted: HashMap::new(),
            }),
            events,
        })
    }

    fn want(&self, folder: &Path) -> notify::Result<()> {
        let mut state = lock(&self.state);
        // Also where it is watched already: it may be another folder of the same name.
        state.watcher.watch(folder, RecursiveMode::NonRecursive)?;
        *state.wanted.entry(folder.to_owned()).or_default() += 1;
        Ok(())
    }

    fn release(&self, folder: &Path) {
        let mut state = lock(&self.state);
        let Some(count) = state.wanted.get_mut(folder) else {
            return;
        };
        *count -= 1;
        if *count == 0 {
            state.wanted.remove(folder);
            // The folder may be gone, and its watch with it.
            let _ = state.watcher.unwatch(folder);
        }
    }
}

/// One watch.
#[derive(Debug)]
struct Watch {
    path: PathBuf,
    folders: Arc<Folders>,
    /// The folders that it listens to: as the operating system calls them, and as the client does.
    armed: BTreeMap<PathBuf, PathBuf>,
    /// Whether something stood at the path when it was last looked at.
    is_there: bool,
}

impl Watch {
    async fn run(&mut self, mut events: broadcast::Receiver<Event>, client: &ClientPeer, name: &str) {
        let mut changed = BTreeSet::new();
        loop {
            let event = events.recv().await;
            self.take(event, &mut changed);
            if changed.is_empty() {
                continue;
            }
            let told = tokio::time::sleep(GATHER);
            tokio::pin!(told);
            loop {
                tokio::select! {
                    () = &mut told => break,
                    event = events.recv() => self.take(event, &mut changed),
                }
            }
            let paths = std::mem::take(&mut changed).into_iter();
            let paths = paths.filter_map(|path: PathBuf| AbsolutePath::new(path.to_string_lossy().as_ref()));
            let params = FsChangedNotification::new(name.to_owned(), paths.collect());
            if client.fs_changed(params).await.is_err() {
                return;
            }
        }
    }

    fn take(&mut self, event: Result<Event, RecvError>, changed: &mut BTreeSet<PathBuf>) {
        match event {
            Ok(event) => {
                let named: Vec<PathBuf> = event
                    .paths
                    .iter()
                    .filter_map(|path| self.as_named(path))
                    .collect();
                if named.is_empty() {
                    return;
                }
                changed.extend(
                    named
                        .into_iter()
                        .filter(|path| *path == self.path || path.parent() == Some(&self.path)),
                );
                for path in &event.paths {
                    self.disarm(path);
                }
            }
            Err(RecvError::Lagged(_)) => drop(changed.insert(self.path.clone())),
            // The sender lives as long as we do.
            Err(RecvError::Closed) => return,
        }
        let was_there = self.is_there;
        if let Err(error) = self.arm() {
            tracing::warn!(path = %self.path.display(), %error, "cannot watch");
        }
        // What came while no folder near it was watched.
        if self.is_there != was_there {
            changed.insert(self.path.clone());
        }
    }

    /// A path of an event as the client would write it; none where it lies in none of our folders.
    fn as_named(&self, path: &Path) -> Option<PathBuf> {
        if let Some(named) = self.armed.get(path) {
            return Some(named.clone());
        }
        let folder = self.armed.get(path.parent()?)?;
        Some(folder.join(path.file_name()?))
    }

    /// Listens to the folders that tell of the path as things stand now, and to no others.
    fn arm(&mut self) -> notify::Result<()> {
        // Folders may come and go while we look; what happens in one that is listened to is not missed.
        for _ in 0..MAX_LOOKS {
            let wanted = self.wanted();
            self.armed.retain(|folder, _| {
                let keep = wanted.contains_key(folder);
                if !keep {
                    self.folders.release(folder);
                }
                keep
            });
            let missing = wanted
                .into_iter()
                .find(|(folder, _)| !self.armed.contains_key(folder));
            let Some((folder, named)) = missing else { break };
            match self.folders.want(&folder) {
                Ok(()) => drop(self.armed.insert(folder, named)),
                Err(error) if folder.is_dir() => return Err(error),
                Err(_) => {}
            }
        }
        self.is_there = fs::symlink_metadata(&self.path).is_ok();
        Ok(())
    }

    /// The folder at the path, if there is one, and the one that holds it, or the nearest above that exists.
    fn wanted(&self) -> BTreeMap<PathBuf, PathBuf> {
        let above = self.path.ancestors().skip(1).find_map(real_folder);
        real_folder(&self.path).into_iter().chain(above).collect()
    }

    /// Forgets a folder of which the operating system says something: another one may stand in its place.
    fn disarm(&mut self, folder: &Path) {
        if self.armed.remove(folder).is_some() {
            self.folders.release(folder);
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        for folder in self.armed.keys() {
            self.folders.release(folder);
        }
    }
}

/// A folder as the operating system calls it, and as it was given; none where no folder stands there.
fn real_folder(folder: &Path) -> Option<(PathBuf, PathBuf)> {
    let real = fs::canonicalize(folder).ok()?;
    real.is_dir().then(|| (real, folder.to_owned()))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
