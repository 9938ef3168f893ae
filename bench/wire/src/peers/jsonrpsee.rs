//! jsonrpsee: synchronous methods, which it answers without a task, and a subscription for the notifications that it sends.
//! It takes none from clients.

use anyhow::Result;
use jsonrpsee::RpcModule;
use jsonrpsee::server::{PendingSubscriptionSink, Server, ServerConfig};
use jsonrpsee::types::{ErrorObjectOwned, Params};
use tokio::net::TcpListener;

use crate::shapes::{self, Count, FileEntry, OpenResult, Page};

/// Serves WebSockets.
pub async fn serve(listener: TcpListener) -> Result<()> {
    let config = ServerConfig::builder()
        .ws_only()
        .set_tcp_no_delay(true)
        .set_message_buffer_capacity(4096)
        .build();
    let server = Server::builder()
        .set_config(config)
        .build_from_tcp(listener.into_std()?)?;
    server.start(module()?).stopped().await;
    Ok(())
}

fn module() -> Result<RpcModule<()>> {
    let mut module = RpcModule::new(());
    module.register_method("open", |params, (), _| -> Result<OpenResult, ErrorObjectOwned> {
        Ok(shapes::open(params.parse()?))
    })?;
    module.register_method(
        "file/read",
        |params, (), _| -> Result<FileEntry, ErrorObjectOwned> { Ok(shapes::file(params.parse()?)) },
    )?;
    module.register_method("page/read", |params, (), _| -> Result<Page, ErrorObjectOwned> {
        Ok(shapes::page(params.parse()?))
    })?;
    module.register_subscription("piece/stream", "piece", "piece/stop", |params, pending, _, _| {
        stream(params, pending)
    })?;
    Ok(module)
}

async fn stream(
    params: Params<'static>,
    pending: PendingSubscriptionSink,
) -> Result<(), jsonrpsee::core::SubscriptionError> {
    let params: Count = params.parse()?;
    let sink = pending.accept().await?;
    for index in 0..params.count {
        let piece = serde_json::value::to_raw_value(&shapes::piece(index))?;
        sink.send(piece).await?;
    }
    Ok(())
}
