//! `fs/*`: files, folders and watches.
//!
//! In: typed params. Out: what [`crate::files`] and [`crate::watches`] say, in the words of the protocol. What blocks is
//! done on a thread of its own.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use app_server_protocol::errors::{
    FsCopyError, FsCreateDirectoryError, FsGetMetadataError, FsReadDirectoryError, FsReadFileError,
    FsRemoveError, FsWatchError, FsWriteFileError,
};
use app_server_protocol::services::FsService;
use app_server_protocol::v2::{
    FsCopyParams, FsCopyResponse, FsCreateDirectoryParams, FsCreateDirectoryResponse, FsErrorKind,
    FsFileTooLarge, FsGetMetadataParams, FsGetMetadataResponse, FsInvalidInput, FsIoFailed,
    FsReadDirectoryEntry, FsReadDirectoryParams, FsReadDirectoryResponse, FsReadFileParams,
    FsReadFileResponse, FsRemoveParams, FsRemoveResponse, FsUnwatchParams, FsUnwatchResponse, FsWatchIdInUse,
    FsWatchParams, FsWatchResponse, FsWriteFileParams, FsWriteFileResponse,
};
use wiregate_runtime::{AbsolutePath, Base64, Cx, Declared, RpcError};

use crate::files::{self, Fault};
use crate::watches::{self, Watches};

/// The largest file that `fs/readFile` returns.
const LARGEST_FILE: u64 = 512 << 20;

/// Serves `fs/*`.
#[derive(Debug)]
pub(crate) struct Fs {
    watches: Watches,
}

impl Fs {
    pub(crate) fn new() -> Self {
        Self {
            watches: Watches::new(),
        }
    }
}

impl FsService for Fs {
    /// `fs/readFile`
    async fn fs_read_file(
        &self,
        _: &Cx,
        params: FsReadFileParams,
    ) -> Result<FsReadFileResponse, FsReadFileError> {
        let path = owned(&params.path);
        match blocking::<_, FsReadFileError>(move || files::read(&path, LARGEST_FILE)).await? {
            Some(bytes) => Ok(FsReadFileResponse::new(Base64(bytes))),
            None => {
                let text = format!("file is too large to read: limit is {LARGEST_FILE} bytes");
                Err(Declared::new(text, FsFileTooLarge::new(params.path, LARGEST_FILE)).into())
            }
        }
    }

    /// `fs/writeFile`
    async fn fs_write_file(
        &self,
        _: &Cx,
        params: FsWriteFileParams,
    ) -> Result<FsWriteFileResponse, FsWriteFileError> {
        let path = owned(&params.path);
        blocking::<_, FsWriteFileError>(move || files::write(&path, &params.data_base64)).await?;
        Ok(FsWriteFileResponse::default())
    }

    /// `fs/createDirectory`
    async fn fs_create_directory(
        &self,
        _: &Cx,
        params: FsCreateDirectoryParams,
    ) -> Result<FsCreateDirectoryResponse, FsCreateDirectoryError> {
        let path = owned(&params.path);
        let recursive = params.recursive.unwrap_or(true);
        blocking::<_, FsCreateDirectoryError>(move || files::create_folder(&path, recursive)).await?;
        Ok(FsCreateDirectoryResponse::default())
    }

    /// `fs/getMetadata`
    async fn fs_get_metadata(
        &self,
        _: &Cx,
        params: FsGetMetadataParams,
    ) -> Result<FsGetMetadataResponse, FsGetMetadataError> {
        let path = owned(&params.path);
        let found = blocking::<_, FsGetMetadataError>(move || files::look(&path)).await?;
        Ok(FsGetMetadataResponse::new(
            found.is_folder,
            found.is_file,
            found.created,
            found.modified,
        ))
    }

    /// `fs/readDirectory`
    async fn fs_read_directory(
        &self,
        _: &Cx,
        params: FsReadDirectoryParams,
    ) -> Result<FsReadDirectoryResponse, FsReadDirectoryError> {
        let path = owned(&params.path);
        let entries = blocking::<_, FsReadDirectoryError>(move || files::list(&path)).await?;
        let entry =
            |found: files::Entry| FsReadDirectoryEntry::new(found.name, found.is_folder, found.is_file);
        Ok(FsReadDirectoryResponse::new(
            entries.into_iter().map(entry).collect(),
        ))
    }

    /// `fs/remove`
    async fn fs_remove(&self, _: &Cx, params: FsRemoveParams) -> Result<FsRemoveResponse, FsRemoveError> {
        let path = owned(&params.path);
        let (recursive, force) = (params.recursive.unwrap_or(true), params.force.unwrap_or(true));
        blocking::<_, FsRemoveError>(move || files::remove(&path, recursive, force)).await?;
        Ok(FsRemoveResponse::default())
    }

    /// `fs/copy`
    async fn fs_copy(&self, _: &Cx, params: FsCopyParams) -> Result<FsCopyResponse, FsCopyError> {
        let (from, to) = (owned(&params.source_path), owned(&params.destination_path));
        blocking::<_, FsCopyError>(move || files::copy(&from, &to, params.recursive)).await?;
        Ok(FsCopyResponse::default())
    }

    /// `fs/watch`
    async fn fs_watch(&self, cx: &Cx, params: FsWatchParams) -> Result<FsWatchResponse, FsWatchError> {
        match self.watches.start(cx.peer(), &params.watch_id, &params.path) {
            Ok(()) => Ok(FsWatchResponse::new(params.path)),
            Err(watches::Refusal::InUse) => {
                let text = format!("watchId already exists: {}", params.watch_id);
                Err(Declared::new(text, FsWatchIdInUse::new(params.watch_id)).into())
            }
            Err(watches::Refusal::Failed(text)) => {
                Err(Declared::new(text, FsIoFailed::new(FsErrorKind::Other, params.path)).into())
            }
        }
    }

    /// `fs/unwatch`
    async fn fs_unwatch(&self, cx: &Cx, params: FsUnwatchParams) -> Result<FsUnwatchResponse, RpcError> {
        self.watches.stop(cx.connection(), &params.watch_id).await;
        Ok(FsUnwatchResponse::default())
    }
}

fn owned(path: &AbsolutePath) -> PathBuf {
    path.as_path().to_owned()
}

/// Runs what blocks, and says in the words of the protocol why it failed.
async fn blocking<T, E>(work: impl FnOnce() -> Result<T, Fault> + Send + 'static) -> Result<T, E>
where
    T: Send + 'static,
    E: From<Declared<FsInvalidInput>> + From<Declared<FsIoFailed>> + From<RpcError>,
{
    let done = tokio::task::spawn_blocking(work).await;
    let done = done.map_err(|error| E::from(RpcError::internal(error.to_string())))?;
    done.map_err(|Fault { path, error }| {
        let text = error.to_string();
        let Some(place) = shown(&path) else {
            return RpcError::internal(text).into();
        };
        match error.kind() {
            ErrorKind::InvalidInput => Declared::new(text, FsInvalidInput::new(place)).into(),
            kind => Declared::new(text, FsIoFailed::new(error_kind(kind), place)).into(),
        }
    })
}

/// The path as the protocol can hold it: what is not UTF-8 is shown with replacement characters.
fn shown(path: &Path) -> Option<AbsolutePath> {
    AbsolutePath::new(path.to_string_lossy().as_ref())
}

fn error_kind(kind: ErrorKind) -> FsErrorKind {
    match kind {
        ErrorKind::NotFound => FsErrorKind::NotFound,
        ErrorKind::AlreadyExists => FsErrorKind::AlreadyExists,
        ErrorKind::PermissionDenied => FsErrorKind::PermissionDenied,
        ErrorKind::NotADirectory => FsErrorKind::NotADirectory,
        ErrorKind::IsADirectory => FsErrorKind::IsADirectory,
        ErrorKind::DirectoryNotEmpty => FsErrorKind::DirectoryNotEmpty,
        _ => FsErrorKind::Other,
    }
}
