//! What tests of several modules need.

pub(crate) mod folder;
pub(crate) mod scripted_server;

use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::config::Settings;
use crate::config::choice::Reading;
use crate::config::env;
use crate::config::options::Options;
use crate::config::text_file::Unread;
use crate::error::Error;
use crate::event::{FailedAttempt, Progress, Wanted};
use crate::secret::Secret;
use crate::time::{Now, TimeLimit};
use crate::trip::{Reports, Trip};

/// What an environment says with these variables, beside a workspace and an endpoint; of two of the
/// same name the last one counts.
pub(crate) fn settings(variables: &[(&str, &str)]) -> Result<Settings, Error> {
    settings_of(variables, &[], None)
}

/// The same of a process that was started with these options, in that folder.
pub(crate) fn settings_of(
    variables: &[(&str, &str)],
    options: &[&str],
    folder: Option<&str>,
) -> Result<Settings, Error> {
    let common = [("DATABRICKS_HOST", "workspace.test"), ("LAKEBASE_ENDPOINT", ENDPOINT)];
    let variables = [&common, variables].concat();
    let find = |name| {
        let found = variables.iter().rev().find(|(other, _)| *other == name);
        Ok::<_, Infallible>(found.map(|(_, value)| (*value).to_owned()))
    };
    let options = || options.iter().map(|&option| option.to_owned()).collect();
    let read_file = &|_: &Path| Err(Unread::Missing);
    let folder = folder.map(Into::into);
    let (arguments, options) = (options, &Options::default());
    let text = |name: &str| {
        let found = variables.iter().rev().find(|(other, _)| *other == name);
        found.map(|(_, value)| Secret::new((*value).to_owned()))
    };
    let read = Reading { file: read_file, text: &text };
    let process = env::Process { options, arguments, read, folder };
    env::read(find, process).expect("reading cannot go wrong here")
}

/// The endpoint of [`settings`].
pub(crate) const ENDPOINT: &str = "projects/p/branches/b/endpoints/e";

/// An attempt that has failed just now, and will not be made again.
pub(crate) fn failed_attempt(error: Error) -> FailedAttempt {
    let (at, wanted) = (Now::read().wall, Wanted::PostgresToken);
    FailedAttempt { at, error, wanted, number: 1, retry_at: None }
}

/// A request that may take so long, and its progress.
pub(crate) fn watched(budget: Duration) -> (Trip, watch::Receiver<Progress>) {
    let (reports, progress) = Reports::new(Arc::default());
    let trip = Trip::unwatched(TimeLimit::new(Now::read(), budget));
    (Trip { reports, ..trip }, progress)
}
