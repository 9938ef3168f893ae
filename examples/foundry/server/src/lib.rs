//! A build farm that keeps jobs in memory and never runs them: enough to see the second protocol at work.
//!
//! In: typed params. Out: typed results, and notifications to who handed a job in.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use foundry_protocol::errors::{JobGetError, JobStopError, JobSubmitError};
use foundry_protocol::jobs::{
    Job, JobGetParams, JobState, JobStateChangedParams, JobStateQueued, JobStopParams, JobStopResult,
    JobSubmitParams, JobSubmitResult, JobUnknown, QueueFull,
};
use foundry_protocol::peers::Clients;
use foundry_protocol::router::Router;
use foundry_protocol::services::{JobsService, SessionService};
use foundry_protocol::{SessionOpenParams, SessionOpenResult};
use wiregate_runtime::{Cx, Declared, RpcError, Uuid};

/// How many jobs the farm takes.
pub const JOB_LIMIT: u32 = 2;

/// What the farm serves. Logs it has none, so their methods are answered "method not found".
pub fn router() -> Router {
    Router::new()
        .session(Arc::new(Reception))
        .jobs(Arc::new(Farm::default()))
}

struct Reception;

impl SessionService for Reception {
    async fn session_open(&self, _: &Cx, _: SessionOpenParams) -> Result<SessionOpenResult, RpcError> {
        let mut result = SessionOpenResult::new("foundry 2.1".to_owned());
        result.job_limit = Some(JOB_LIMIT);
        Ok(result)
    }

    async fn session_ready(&self, _: &Cx) {}

    async fn session_close(&self, cx: &Cx) -> Result<(), RpcError> {
        cx.peer().close();
        Ok(())
    }
}

#[derive(Default)]
struct Farm {
    jobs: Mutex<HashMap<Uuid, Job>>,
}

impl JobsService for Farm {
    async fn job_submit(&self, _: &Cx, params: JobSubmitParams) -> Result<JobSubmitResult, JobSubmitError> {
        if params.command.is_empty() {
            return Err(RpcError::invalid_params(
                "job.submit params.command: expected a program, found none",
            )
            .into());
        }
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let position = u32::try_from(jobs.len()).unwrap_or(u32::MAX);
        if position >= JOB_LIMIT {
            return Err(Declared::new(
                "the session has as many jobs as it may",
                QueueFull::new(JOB_LIMIT),
            )
            .into());
        }
        let name = Uuid::new(format!("00000000-0000-4000-8000-{position:012}"))
            .ok_or_else(|| RpcError::internal("a job could not be named"))?;
        let state = JobState::Queued(JobStateQueued::new(position));
        jobs.insert(name.clone(), Job::new(name.clone(), state, Vec::new(), 0));
        Ok(JobSubmitResult::new(name, position))
    }

    async fn job_get(&self, _: &Cx, params: JobGetParams) -> Result<Job, JobGetError> {
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let unknown = || Declared::new("no job has that name", JobUnknown::default());
        Ok(jobs.get(&params.job_id).cloned().ok_or_else(unknown)?)
    }

    async fn job_stop(&self, cx: &Cx, params: JobStopParams) -> Result<JobStopResult, JobStopError> {
        {
            let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
            let unknown = || Declared::new("no job has that name", JobUnknown::default());
            jobs.get_mut(&params.job_id).ok_or_else(unknown)?.state = JobState::Stopped;
        }
        let told = JobStateChangedParams::new(params.job_id, JobState::Stopped);
        Clients::from(cx.hub().clone()).job_state_changed(told);
        Ok(JobStopResult::new(JobState::Stopped))
    }
}
