//! Ours: the emitted traits, served by the runtime as any server would do it.
//!
//! In: a transport. Out: the answers, in the runtime's tasks.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use bench_wire_protocol::peers::ClientPeer;
use bench_wire_protocol::router::Router;
use bench_wire_protocol::services::WireService;
use bench_wire_protocol::{
    Count, Entry, FileEntry, FileKind, FileReadParams, OpenParams, OpenResult, Page, PageReadParams,
    PieceParams, PiecePushParams,
};
use wiregate_runtime::transport::Transport;
use wiregate_runtime::{Cx, RpcError, Server};

use crate::shapes::{AT, AUTHOR, DIGEST, ENTRIES, ITEM, LABELS, LINE, LINES, PIECE, THREAD, TURN, last_name};

/// A server for any number of connections.
pub fn server() -> Server {
    Server::new(Router::new().wire(Arc::new(Bench::default())))
}

/// Serves one connection.
pub async fn serve(transport: impl Transport) -> io::Result<()> {
    server().connection(transport).run().await
}

#[derive(Default)]
struct Bench {
    /// How many notifications have come in.
    pushed: AtomicU32,
}

impl WireService for Bench {
    async fn open(&self, _: &Cx, params: OpenParams) -> Result<OpenResult, RpcError> {
        Ok(OpenResult::new(params.client))
    }

    async fn file_read(&self, _: &Cx, params: FileReadParams) -> Result<FileEntry, RpcError> {
        let name = last_name(&params.path).to_owned();
        let kind = if params.follow {
            FileKind::Link
        } else {
            FileKind::File
        };
        let labels = LABELS.iter().take(params.labels as usize);
        let labels = labels.map(|label| (*label).to_owned()).collect();
        Ok(FileEntry::new(
            params.path,
            name,
            kind,
            18_204,
            AT,
            false,
            DIGEST.to_owned(),
            labels,
        ))
    }

    async fn page_read(&self, _: &Cx, params: PageReadParams) -> Result<Page, RpcError> {
        let entry = |at| Entry::new(AUTHOR.to_owned(), AT + i64::from(at), LINE.repeat(LINES));
        let mut page = Page::new((0..ENTRIES).map(entry).collect());
        page.next = Some(params.page + 1);
        Ok(page)
    }

    async fn piece_stream(&self, cx: &Cx, params: Count) -> Result<Count, RpcError> {
        let client = ClientPeer::from(cx.peer().clone());
        for index in 0..params.count {
            let piece = PieceParams::new(
                THREAD.to_owned(),
                TURN.to_owned(),
                ITEM.to_owned(),
                index,
                PIECE.to_owned(),
            );
            let written = client.piece(piece);
            // Sent already; now and then it waits for the client, as whoever streams does.
            if index % 256 == 255 {
                written.await?;
            }
        }
        Ok(params)
    }

    async fn piece_count(&self, _: &Cx) -> Result<Count, RpcError> {
        Ok(Count::new(self.pushed.load(Ordering::Relaxed)))
    }

    async fn piece_push(&self, _: &Cx, _: PiecePushParams) {
        self.pushed.fetch_add(1, Ordering::Relaxed);
    }
}
