//! async-lsp: its router alone, without layers, over pipes that are waited for by epoll.

use std::future::ready;
use std::ops::ControlFlow;

use anyhow::Result;
use async_lsp::lsp_types::notification::Notification;
use async_lsp::lsp_types::request::Request;
use async_lsp::router::Router;
use async_lsp::stdio::{PipeStdin, PipeStdout};
use async_lsp::{ClientSocket, ErrorCode, MainLoop, ResponseError};
use serde_json::Value;

use crate::shapes::{
    self, Count, FileEntry, FileReadParams, OpenParams, OpenResult, Page, PageReadParams, Piece,
};

/// Serves standard input and output.
pub async fn serve() -> Result<()> {
    let (server, _) = MainLoop::new_server(router);
    let ends = (PipeStdin::lock_tokio()?, PipeStdout::lock_tokio()?);
    match server.run_buffered(ends.0, ends.1).await {
        Ok(()) | Err(async_lsp::Error::Eof) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

struct State {
    client: ClientSocket,
    pushed: u32,
}

fn router(client: ClientSocket) -> Router<State> {
    let mut router = Router::new(State { client, pushed: 0 });
    router
        .request::<Open, _>(|_, params| ready(Ok(shapes::open(params))))
        .request::<FileRead, _>(|_, params| ready(Ok(shapes::file(params))))
        .request::<PageRead, _>(|_, params| ready(Ok(shapes::page(params))))
        .request::<PieceStream, _>(|state, params| {
            let sent =
                (0..params.count).try_for_each(|index| state.client.notify::<Told>(shapes::piece(index)));
            ready(
                sent.map(|()| params)
                    .map_err(|error| ResponseError::new(ErrorCode::INTERNAL_ERROR, error)),
            )
        })
        .request::<PieceCount, _>(|state, _| ready(Ok(Count { count: state.pushed })))
        .notification::<PiecePush>(|state, _| {
            state.pushed += 1;
            ControlFlow::Continue(())
        });
    router
}

macro_rules! methods {
    ($($name:ident = $method:literal ($params:ty) -> $result:ty;)*) => {$(
        enum $name {}

        impl Request for $name {
            type Params = $params;
            type Result = $result;
            const METHOD: &'static str = $method;
        }
    )*};
}

methods! {
    Open = "open"(OpenParams) -> OpenResult;
    FileRead = "file/read"(FileReadParams) -> FileEntry;
    PageRead = "page/read"(PageReadParams) -> Page;
    PieceStream = "piece/stream"(Count) -> Count;
    PieceCount = "piece/count"(Value) -> Count;
}

enum PiecePush {}

impl Notification for PiecePush {
    type Params = Piece;
    const METHOD: &'static str = "piece/push";
}

enum Told {}

impl Notification for Told {
    type Params = Piece;
    const METHOD: &'static str = "piece";
}
