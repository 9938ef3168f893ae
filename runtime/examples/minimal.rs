//! A server of some thirty lines on generated traits. Run it with `cargo run -p wiregate-runtime --features tokio --example
//! minimal`, and type:
//!
//! ```text
//! {"id":1,"method":"initialize","params":{"clientInfo":{"name":"me","version":"1"},"capabilities":{"experimentalApi":true}}}
//! {"id":2,"method":"mock/experimentalMethod","params":{"value":"hello"}}
//! ```

use std::sync::Arc;

use app_server_protocol::errors::InitializeError;
use app_server_protocol::router::Router;
use app_server_protocol::services::{HandshakeService, MockService};
use app_server_protocol::v2::{MockExperimentalMethodParams, MockExperimentalMethodResponse};
use app_server_protocol::{InitializeParams, InitializeResponse};
use wiregate_runtime::transport::stdio::stdio;
use wiregate_runtime::{AbsolutePath, Connection, Cx, RpcError};

struct Minimal;

impl HandshakeService for Minimal {
    async fn initialize(
        &self,
        _: &Cx,
        params: InitializeParams,
    ) -> Result<InitializeResponse, InitializeError> {
        let home = AbsolutePath::new("/").ok_or_else(|| RpcError::internal("no home"))?;
        Ok(InitializeResponse::new(
            params.client_info.name,
            home,
            "unix".into(),
            "linux".into(),
        ))
    }

    async fn initialized(&self, _: &Cx) {}
}

impl MockService for Minimal {
    async fn mock_experimental_method(
        &self,
        _: &Cx,
        params: MockExperimentalMethodParams,
    ) -> Result<MockExperimentalMethodResponse, RpcError> {
        let mut answer = MockExperimentalMethodResponse::default();
        answer.echoed = params.value;
        Ok(answer)
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let server = Arc::new(Minimal);
    let router = Router::new().handshake(Arc::clone(&server)).mock(server);
    Connection::new(stdio(), router).run().await
}
