//! What to obtain and as whom. Equal configurations share one cache: a [`Config`] is the registry's
//! key, and holds nothing but values. What messages call them is in [`labels`].

mod auth_type;
pub(crate) mod choice;
#[cfg(test)]
mod choice_tests;
mod chosen;
pub(crate) mod elsewhere;
pub(crate) mod env;
pub(crate) mod excess;
mod host;
pub(crate) mod id_token;
mod identity;
mod ini;
pub(crate) mod labels;
pub(crate) mod login_command;
pub(crate) mod network;
mod no_proxy;
mod node_options;
pub(crate) mod options;
mod platform;
mod problems;
mod profile;
mod profiles;
#[cfg(test)]
mod property_tests;
mod sources;
pub(crate) mod store;
pub(crate) mod survey;
pub(crate) mod text_file;
mod variables;

use std::sync::Arc;
use std::time::Duration;

use excess::excess;
pub(crate) use host::{Address, Host};
use id_token::IdTokenSource;
pub(crate) use identity::{CallersName, CliLogin, Identity};
use labels::Labels;
use network::Network;
use store::Store;

/// Everything that decides which Postgres token a call gets.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Config {
    pub host: Host,
    /// Which of the host's workspaces is meant; only a host of several has to be told.
    pub workspace_id: Option<String>,
    /// The Lakebase endpoint's resource path, `projects/{p}/branches/{b}/endpoints/{e}`.
    pub endpoint: String,
    pub identity: Identity,
    /// How long tokens shall live, if that was said.
    pub lifetime: Option<Duration>,
    /// What they shall be good for, in JSON, if that was said.
    pub claims: Option<String>,
    /// How the workspace is reached.
    pub network: Network,
    /// Where they are shared with other processes, if they are.
    pub store: Option<Arc<Store>>,
}

/// A configuration, and what messages call its parts.
#[derive(Debug, PartialEq)]
pub(crate) struct Settings {
    /// What is to be obtained.
    pub config: Config,
    /// Where ID tokens come from at this moment, if the identity takes any.
    pub supply: Option<IdTokenSource>,
    /// Where it was set. It decides nothing: configurations that differ in it alone share a cache.
    pub labels: Labels,
}

/// The error completes the sentence "LAKEBASE_ENDPOINT …".
///
/// Checks the path's shape only. Ids are not checked: older ones use other characters.
fn check_endpoint(path: String) -> Result<String, &'static str> {
    let is_id = |id: &&str| !id.is_empty() && id.chars().all(|c| c.is_ascii_graphic());
    let segments: Vec<&str> = path.split('/').collect();
    match segments.as_slice() {
        ["projects", project, "branches", branch, "endpoints", endpoint]
            if [project, branch, endpoint].into_iter().all(is_id) =>
        {
            let is_filled_in = !path.contains(['<', '>', '{', '}', '[', ']']);
            is_filled_in.then_some(path).ok_or("has a placeholder in it")
        }
        [name] if is_instance(name) => Err(NO_INSTANCE),
        _ => Err(excess(&path).unwrap_or(NO_ENDPOINT)),
    }
}

/// Whether it may be the name of an instance of Lakebase Provisioned. Those of endpoints are `ep-…`.
fn is_instance(name: &str) -> bool {
    let is_letter = |b: u8| b.is_ascii_alphanumeric() || b"-_".contains(&b);
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && !name.starts_with("ep-")
        && name.bytes().all(is_letter)
}

/// What prints the paths of a branch's endpoints:
/// <https://docs.databricks.com/aws/en/oltp/projects/cli>.
pub(crate) const LIST_ENDPOINTS: &str =
    "databricks postgres list-endpoints projects/<project>/branches/<branch>";

const NO_ENDPOINT: &str = "is not of the form \
    projects/<project>/branches/<branch>/endpoints/<endpoint>, as \
    `databricks postgres list-endpoints projects/<project>/branches/<branch>` prints it";

const NO_INSTANCE: &str = "is a name, and not of the form \
    projects/<project>/branches/<branch>/endpoints/<endpoint>, as \
    `databricks postgres list-endpoints projects/<project>/branches/<branch>` prints it (an instance \
    of Lakebase Provisioned has a name alone, and is not served)";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_that_were_kept_are_told() {
        for pasted in
            ["\"https://workspace.test\"", "'https://workspace.test'", "\"workspace.test\""]
        {
            let problem = Host::parse(pasted).expect_err(pasted);
            assert_eq!(problem, "is in quotes, which docker --env-file keeps");
        }
        for path in ["\"projects/p/branches/b/endpoints/e\"", "'projects/p/branches/b/endpoints/e'"]
        {
            let problem = check_endpoint(path.to_owned()).expect_err(path);
            assert_eq!(problem, "is in quotes, which docker --env-file keeps");
        }
    }

    #[test]
    fn an_endpoint_that_is_none_is_told_apart() {
        for (path, part) in [
            ("projects/<project>/branches/<branch>/endpoints/<endpoint>", "placeholder"),
            ("projects/{project-id}/branches/b/endpoints/e", "placeholder"),
            ("projects/p/branches/[BRANCH_ID]/endpoints/e", "placeholder"),
            ("my-lakebase-instance", "Lakebase Provisioned"),
            ("main", "Lakebase Provisioned"),
            ("ep-cool-breeze-d1abcd23", "list-endpoints"),
            ("ep-cool.database.workspace.test", "list-endpoints"),
            ("https://workspace.test/lakebase/projects/p", "list-endpoints"),
            ("projects/p/branches/b", "list-endpoints"),
        ] {
            let problem = check_endpoint(path.to_owned()).expect_err(path);
            assert!(problem.contains(part), "{path}: {problem}");
            let is_provisioned = problem.contains("Provisioned");
            assert_eq!(is_provisioned, part.contains("Provisioned"), "{path}: {problem}");
        }
        assert!(NO_ENDPOINT.contains(LIST_ENDPOINTS) && NO_INSTANCE.contains(LIST_ENDPOINTS));
    }

    #[test]
    fn an_endpoint_is_checked_by_its_shape() {
        for path in [
            "projects/p/branches/b/endpoints/e",
            "projects/6f1a-uuid/branches/br-Cool_9/endpoints/ep-1",
        ] {
            assert_eq!(check_endpoint(path.to_owned()).as_deref(), Ok(path));
        }
        for path in [
            "",
            "projects/p",
            "projects/p/branches/b/endpoints/",
            "projects//branches/b/endpoints/e",
            "/projects/p/branches/b/endpoints/e",
            "projects/p/branches/b/endpoints/e/",
            "projects/p q/branches/b/endpoints/e",
            "projects/p/branches/b/endpoints/e\u{e9}",
            "ep-123.database.workspace.test",
        ] {
            assert!(check_endpoint(path.to_owned()).is_err(), "{path}");
        }
    }
}
