//! A client within the process, which carries messages as they are: what the server costs that is never given any text.
//!
//! In: a transport. Out: the loads of [`Client`](crate::load::Client), every answer checked.

use anyhow::{Context, Result, bail, ensure};
use bench_wire_protocol::messages::ServerNotification;
use bench_wire_protocol::methods::{Open, PROTOCOL};
use bench_wire_protocol::peers::ServerPeer;
use bench_wire_protocol::{Count, FileReadParams, OpenParams, PageReadParams, PiecePushParams};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::runtime::Runtime;
use wiregate_runtime::transport::memory::Memory;
use wiregate_runtime::{CallError, Client, Limits, Notifications, Router, Side};

use crate::load::{BURST, Load, STREAM};
use crate::shapes::{ENTRIES, ITEM, PIECE, THREAD, TURN};

/// A client of one server.
pub struct TypedClient {
    runtime: Runtime,
    /// Ends when it is dropped.
    _client: Client,
    server: ServerPeer,
    notifications: Notifications,
    pushed: u32,
}

impl TypedClient {
    /// A client that has opened its connection.
    pub fn open(transport: Memory<true>) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()?;
        let (client, notifications) = runtime.block_on(async {
            let limits = Limits {
                outbound: 2 * STREAM as usize,
                ..Limits::default()
            };
            let router = Router::new(&PROTOCOL, Side::Client);
            let (client, notifications) = Client::connect(transport, router, limits);
            client
                .initialize::<Open>(OpenParams::new("bench".to_owned()))
                .await?;
            Ok::<_, CallError>((client, notifications))
        })?;
        Ok(Self {
            runtime,
            server: ServerPeer::from(client.peer().clone()),
            _client: client,
            notifications,
            pushed: 0,
        })
    }

    /// As [`Client::run`](crate::load::Client::run).
    pub fn run(&mut self, load: Load, count: u32) -> Result<u32> {
        let (server, notifications, pushed) = (&self.server, &mut self.notifications, &mut self.pushed);
        self.runtime.block_on(async {
            match load {
                Load::Small(depth) => {
                    let path = "runtime/src/transport/lines.rs";
                    requests(depth, count, async || {
                        let params = FileReadParams::new("ws_01JD3QW8Z5".to_owned(), path.to_owned(), 3);
                        let entry = server.file_read(params).await?;
                        ensure!(entry.path == path && entry.labels.len() == 3, "{entry:?}");
                        Ok(())
                    })
                    .await
                }
                Load::Medium(depth) => {
                    requests(depth, count, async || {
                        let params = PageReadParams::new("ws_01JD3QW8Z5".to_owned(), 7);
                        let page = server.page_read(params).await?;
                        ensure!(page.entries.len() == ENTRIES as usize, "{page:?}");
                        Ok(())
                    })
                    .await
                }
                Load::Out => stream(server, notifications, count.div_ceil(STREAM)).await,
                Load::In => push(server, pushed, count.div_ceil(BURST)).await,
            }
        })
    }
}

/// Keeps as many requests under way; sent in halves of the window, as the other client does.
async fn requests(depth: u32, count: u32, ask: impl AsyncFn() -> Result<()>) -> Result<u32> {
    let batch = (depth / 2).max(1);
    let mut open = FuturesUnordered::new();
    let (mut asked, mut answered) = (0, 0);
    while answered < count {
        if open.len() as u32 <= depth - batch {
            while (open.len() as u32) < depth && asked < count {
                open.push(ask());
                asked += 1;
            }
        }
        open.next().await.context("an answer is missing")??;
        answered += 1;
    }
    Ok(count)
}

async fn stream(server: &ServerPeer, notifications: &mut Notifications, streams: u32) -> Result<u32> {
    for _ in 0..streams {
        let answer = server.piece_stream(Count::new(STREAM));
        for index in 0..STREAM {
            let next = notifications.next::<ServerNotification>().await;
            let ServerNotification::Piece { params } = next.context("the stream has ended")?? else {
                bail!("another notification");
            };
            ensure!(params.index == index, "{} came, not {index}", params.index);
        }
        answer.await?;
    }
    Ok(streams * STREAM)
}

async fn push(server: &ServerPeer, pushed: &mut u32, bursts: u32) -> Result<u32> {
    for _ in 0..bursts {
        for _ in 0..BURST {
            // Sent already.
            drop(server.piece_push(PiecePushParams::new(
                THREAD.to_owned(),
                TURN.to_owned(),
                ITEM.to_owned(),
                *pushed,
                PIECE.to_owned(),
            )));
            *pushed += 1;
        }
        let came = server.piece_count().await?;
        ensure!(came.count == *pushed, "{} came of {pushed}", came.count);
    }
    Ok(bursts * BURST)
}
