//! Two clients of one server, of which one has opted in: what each may send, and what each is sent.

use std::sync::Arc;
use std::time::Duration;

use foundry_protocol::jobs::{
    ChooseStoreParams, JobState, JobStateChangedParams, JobStateMoving, OnFailure, RestTarget, Store, Target,
    TargetStore, UploadConfirmParams, UploadListParams, UploadListResult, UploadMovedParams,
    UploadPlanParams, UploadPlanResult, UploadRecord,
};
use foundry_protocol::peers::Clients;
use foundry_protocol::services::UploadsService;
use serde_json::{Value, json};
use wiregate_runtime::transport::memory::{self, MemorySink, MemorySource};
use wiregate_runtime::transport::{Sink, Source, Transport};
use wiregate_runtime::{CallError, Cx, Map, RpcError, Server, Uuid};

const JOB: &str = "00000000-0000-4000-8000-000000000000";

#[tokio::test]
async fn the_same_request_is_refused_and_served() {
    let (_, mut plain, mut partner) = two().await;
    let params = json!({
        "job_id": JOB,
        "steps": [{"output": "a", "target": {"to": "farm"}}, {"output": "b", "target": store()}],
        "keep_days": null,
    });
    let refusal = json!({
        "code": -32600,
        "message": "target.store requires accept_uploads capability",
        "data": {"gate": "uploads", "path": "params.steps[1].target", "capability": "accept_uploads"},
    });
    assert_eq!(plain.ask("upload.plan", &params).await["error"], refusal);
    let served = partner.ask("upload.plan", &params).await;
    assert_eq!(served["result"]["steps"], params["steps"]);
}

#[tokio::test]
async fn what_says_nothing_is_no_use() {
    let (_, mut plain, _) = two().await;
    for (name, value) in [("revocable", json!(false)), ("placement", Value::Null)] {
        let params = json!({"job_id": JOB, "keep_days": null, name: value});
        assert!(
            plain.ask("upload.plan", &params).await["result"].is_object(),
            "{name}"
        );
    }
    // The first in the order of the declarations is named, whatever the order on the wire.
    let params = json!({"job_id": JOB, "keep_days": 1, "revocable": true, "placement": {"zones": []}});
    let refused = plain.ask("upload.plan", &params).await;
    assert_eq!(
        refused["error"]["message"],
        "upload.plan.placement requires placement capability"
    );
}

#[tokio::test]
async fn a_client_may_ask_for_what_nobody_knows() {
    let server = Server::new(foundry_server::router().uploads(Arc::new(Depot)));
    let opts = json!({"client": "later", "accept_teleports": true, "features": ["teleports", "placement"]});
    let mut later = Wire::opened(&server, &opts).await;
    let params = json!({"job_id": JOB, "keep_days": 1, "placement": {"zones": []}});
    assert!(later.ask("upload.plan", &params).await["result"].is_object());
    let params = json!({"job_id": JOB, "keep_days": 1, "revocable": true});
    let refused = later.ask("upload.plan", &params).await;
    assert_eq!(
        refused["error"]["message"],
        "retention.revocable requires accept_uploads capability"
    );
}

#[tokio::test]
async fn a_fault_within_something_gated_is_told_to_who_has_opted_in() {
    let (_, mut plain, mut partner) = two().await;
    let params = json!({
        "job_id": JOB,
        "keep_days": 1,
        "steps": [{"output": "a", "target": {"to": "store", "store": {"url": 5, "secret": null}}}],
    });
    let refused = plain.ask("upload.plan", &params).await;
    assert_eq!(
        refused["error"]["message"],
        "target.store requires accept_uploads capability"
    );
    assert_eq!(refused["error"]["data"]["path"], "params.steps[0].target");
    let wrong = partner.ask("upload.plan", &params).await;
    assert_eq!(wrong["error"]["code"], -32602);
    assert_eq!(wrong["error"]["data"]["path"], "params.steps[0].target.store.url");
}

#[tokio::test]
async fn the_same_result_is_stripped_and_whole() {
    let (_, mut plain, mut partner) = two().await;
    let params = json!({"job_id": JOB});
    let own = json!({"output": "a", "target": {"to": "farm"}, "digest": "sha256:0"});
    let theirs = json!({"output": "b", "target": store(), "digest": "sha256:1"});
    assert_eq!(
        plain.ask("upload.list", &params).await["result"],
        json!({"uploads": [own]})
    );
    assert_eq!(
        partner.ask("upload.list", &params).await["result"],
        json!({"uploads": [own, theirs], "confirmed": {"b": "sha256:1"}})
    );

    // Null, a default, and fields that are left out.
    let params = json!({"job_id": JOB, "keep_days": 3});
    assert_eq!(
        plain.ask("upload.plan", &params).await["result"],
        json!({"steps": [], "targets": {}, "main": null, "rest": "farm", "keep_days": 3})
    );
    assert_eq!(
        partner.ask("upload.plan", &params).await["result"],
        json!({
            "steps": [], "targets": {"b": store()}, "main": store(), "rest": "store", "costs": {"b": 5}, "keep_days": 3,
        })
    );
}

#[tokio::test]
async fn the_same_notification_is_stripped_withheld_and_whole() {
    let (clients, mut plain, mut partner) = two().await;
    follow(&mut plain, &mut partner).await;
    let mut moving = JobStateMoving::new("north".to_owned());
    moving.outputs = Some(vec!["b".to_owned()]);
    clients.job_state_changed(JobStateChangedParams::new(job(), JobState::Moving(moving)));
    assert_eq!(
        plain.next().await["params"]["state"],
        json!({"state": "queued", "position": 0})
    );
    assert_eq!(
        partner.next().await["params"]["state"],
        json!({"state": "moving", "zone": "north", "outputs": ["b"]})
    );

    clients.upload_moved(UploadMovedParams::new(job(), "b".to_owned(), target()));
    clients.upload_moved(UploadMovedParams::new(job(), "a".to_owned(), Target::Farm));
    assert_eq!(partner.next().await["params"]["target"], store());
    for wire in [&mut plain, &mut partner] {
        assert_eq!(wire.next().await["params"]["target"], json!({"to": "farm"}));
    }
}

#[tokio::test]
async fn a_gated_request_goes_to_who_has_opted_in() {
    let (clients, mut plain, mut partner) = two().await;
    plain.ask("upload.list", &json!({"job_id": JOB})).await;
    let ask = || clients.job_choose_store(ChooseStoreParams::new(job(), "sha256:1".to_owned()));
    let Err(CallError::Gate(error)) = ask().await else {
        panic!("nobody has opted in");
    };
    assert_eq!(
        error.message,
        "job.choose_store requires accept_uploads capability"
    );
    partner.ask("upload.list", &json!({"job_id": JOB})).await;
    let call = ask();
    let asked = partner.next().await;
    assert_eq!(asked["method"], "job.choose_store");
    partner.answer(&asked["id"], &json!({"folder": "/srv"})).await;
    assert!(call.await.is_ok());
}

#[tokio::test]
async fn an_open_request_and_its_answer_keep_to_the_gates_of_each() {
    let (clients, mut plain, mut partner) = two().await;
    partner.ask("upload.list", &json!({"job_id": JOB})).await;
    let ask = || {
        let mut params = UploadConfirmParams::new(job(), OnFailure::Keep);
        params.target = Some(target());
        clients.upload_confirm(params).timeout(Duration::from_secs(10))
    };
    let call = ask();
    assert_eq!(partner.next().await["params"]["target"], store());
    // Who follows the job later is asked too, in a form of its own.
    let asked = plain.ask("upload.list", &json!({"job_id": JOB})).await;
    assert!(plain.next().await["result"].is_object());
    assert_eq!(asked["params"], json!({"job_id": JOB, "otherwise": "keep"}));
    plain
        .answer(&asked["id"], &json!({"use_it": false, "instead": store()}))
        .await;
    let Err(CallError::Gated("upload.confirm", used)) = call.await else {
        panic!("the answer uses what its sender has not opted into");
    };
    assert_eq!((used.what, &*used.path), ("target.store", "instead"));

    let call = ask();
    let asked = partner.next().await;
    partner
        .answer(&asked["id"], &json!({"use_it": false, "instead": store()}))
        .await;
    assert_eq!(call.await.unwrap().instead, Some(target()));
}

/// Answers with something of each kind, and has its caller follow the job.
struct Depot;

impl UploadsService for Depot {
    async fn upload_plan(&self, _: &Cx, params: UploadPlanParams) -> Result<UploadPlanResult, RpcError> {
        let targets = Map::from_iter([("b".to_owned(), target())]);
        let mut result = UploadPlanResult::new(params.steps, targets);
        result.retention = params.retention;
        result.main = Some(target());
        result.rest = RestTarget::Store;
        result.costs = Some(Map::from_iter([("b".to_owned(), 5)]));
        Ok(result)
    }

    async fn upload_list(&self, cx: &Cx, params: UploadListParams) -> Result<UploadListResult, RpcError> {
        cx.subscribe(&params.job_id);
        let record = |output: &str, target, digest: &str| {
            UploadRecord::new(output.to_owned(), target, digest.to_owned())
        };
        let own = record("a", Target::Farm, "sha256:0");
        let theirs = record("b", target(), "sha256:1");
        let mut result = UploadListResult::new(vec![own, theirs]);
        result.confirmed = Some(Map::from_iter([("b".to_owned(), "sha256:1".to_owned())]));
        Ok(result)
    }
}

fn job() -> Uuid {
    Uuid::new(JOB).unwrap()
}

fn target() -> Target {
    Target::Store(TargetStore::new(Store::new("https://store.example".to_owned())))
}

fn store() -> Value {
    json!({"to": "store", "store": {"url": "https://store.example", "secret": null}})
}

/// One server, and a client of it that has opted into nothing beside one that has opted into all that matters here.
async fn two() -> (Clients, Wire, Wire) {
    let server = Server::new(foundry_server::router().uploads(Arc::new(Depot)));
    let plain = Wire::opened(&server, &json!({"client": "plain"})).await;
    let opts = json!({"client": "partner", "accept_uploads": true, "features": ["placement"]});
    let partner = Wire::opened(&server, &opts).await;
    (Clients::from(server.hub().clone()), plain, partner)
}

async fn follow(plain: &mut Wire, partner: &mut Wire) {
    for wire in [plain, partner] {
        wire.ask("upload.list", &json!({"job_id": JOB})).await;
    }
}

/// A client that speaks raw text.
struct Wire {
    source: MemorySource,
    sink: MemorySink,
}

impl Wire {
    async fn opened(server: &Server, params: &Value) -> Self {
        let (ours, theirs) = memory::pair();
        tokio::spawn(server.connection(theirs).run());
        let (source, sink) = ours.split();
        let mut wire = Self { source, sink };
        let answer = wire.ask("session.open", params).await;
        assert!(answer["result"].is_object(), "{answer}");
        wire
    }

    async fn ask(&mut self, method: &str, params: &Value) -> Value {
        self.send(&json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}))
            .await;
        self.next().await
    }

    async fn answer(&mut self, id: &Value, result: &Value) {
        self.send(&json!({"jsonrpc": "2.0", "id": id, "result": result}))
            .await;
    }

    async fn send(&mut self, message: &Value) {
        self.sink.send(&message.to_string()).await.unwrap();
    }

    async fn next(&mut self) -> Value {
        let next = tokio::time::timeout(Duration::from_secs(10), self.source.next(1 << 20));
        match next.await.expect("something is sent").unwrap() {
            Some(text) => serde_json::from_slice(&text).unwrap(),
            other => panic!("expected a message, found {other:?}"),
        }
    }
}
