//! rmcp: tools that read their arguments and write their result as text, without its macros' schema checks, over pipes that
//! are waited for by epoll.

use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::Result;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, CustomNotification, ErrorData,
    JsonObject, ServerCapabilities, ServerConfig, ServerNotification,
};
use rmcp::service::{NotificationContext, RequestContext};
use rmcp::{RoleServer, ServerHandler, ServiceExt};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::net::unix::pipe;

use crate::shapes::{self, Count, Piece};

/// Serves standard input and output.
pub async fn serve(read: pipe::Receiver, write: pipe::Sender) -> Result<()> {
    let running = Bench::default().serve((read, write)).await?;
    running.waiting().await?;
    Ok(())
}

#[derive(Default)]
struct Bench {
    /// How many notifications have come in.
    pushed: AtomicU32,
}

impl ServerHandler for Bench {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let arguments = request.arguments.unwrap_or_default();
        match &*request.name {
            "file/read" => text(&shapes::file(read(arguments)?)),
            "page/read" => text(&shapes::page(read(arguments)?)),
            "piece/stream" => {
                let params: Count = read(arguments)?;
                for index in 0..params.count {
                    let piece = serde_json::to_value(shapes::piece(index)).map_err(internal)?;
                    let notification = CustomNotification::new("piece", Some(piece));
                    let sent = context
                        .peer
                        .send_notification(ServerNotification::CustomNotification(notification));
                    sent.await.map_err(internal)?;
                }
                text(&params)
            }
            "piece/count" => {
                let count = self.pushed.load(Ordering::Relaxed);
                text(&Count { count })
            }
            other => Err(ErrorData::invalid_params(other.to_owned(), None)),
        }
    }

    async fn on_custom_notification(
        &self,
        notification: CustomNotification,
        _: NotificationContext<RoleServer>,
    ) {
        let piece = notification.params.map(serde_json::from_value::<Piece>);
        if matches!(piece, Some(Ok(_))) {
            self.pushed.fetch_add(1, Ordering::Relaxed);
        }
    }
}

fn read<T: DeserializeOwned>(arguments: JsonObject) -> Result<T, ErrorData> {
    serde_json::from_value(Value::Object(arguments))
        .map_err(|error| ErrorData::invalid_params(error.to_string(), None))
}

fn text(result: &impl Serialize) -> Result<CallToolResponse, ErrorData> {
    let text = serde_json::to_string(result).map_err(internal)?;
    Ok(CallToolResult::success(vec![ContentBlock::text(text)]).into())
}

fn internal(error: impl std::fmt::Display) -> ErrorData {
    ErrorData::internal_error(error.to_string(), None)
}
