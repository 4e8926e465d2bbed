//! Where a host has its token endpoint (RFC 6749 §3.2). That of a workspace is known; a host of several
//! workspaces has it elsewhere, and says where.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use once_cell::sync::Lazy;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::config::Host;
use crate::http::{Failure, Http, Request, Unusable};
use crate::trip::Trip;
use crate::wire::json;

/// That of a workspace.
pub(super) const OF_A_WORKSPACE: &str = "/oidc/v1/token";

/// The path that `host` has told of, if it had to be asked.
pub(super) fn told(host: &Host) -> Option<Arc<str>> {
    lock().get(host).cloned()
}

/// Forgets what `host` has told.
pub(crate) fn forget(host: &Host) {
    lock().remove(host);
}

/// Asks the host of `http` for the path, which is remembered for all who ask it; `None` if it is that of
/// a workspace.
///
/// # Errors
///
/// The host does not tell, or names one of another host: that is not sent a secret.
pub(super) async fn discover(http: &Http, trip: &Trip) -> Result<Option<Arc<str>>, Failure> {
    let host = http.host();
    let issuer = |told: Metadata| {
        let account = told.account_id.unwrap_or_default();
        host.path_of(&told.oidc_endpoint.replace(ACCOUNT_ID, &account))
    };
    let issuer = ask(http, METADATA_PATH, issuer, trip).await?;
    let of_server = format!("{}{SERVER_METADATA_PATH}", issuer.trim_end_matches('/'));
    let endpoint = |told: ServerMetadata| host.path_of(&told.token_endpoint);
    let path: Arc<str> = ask(http, &of_server, endpoint, trip).await?.into();
    if *path == *OF_A_WORKSPACE {
        return Ok(None);
    }
    let mut all = lock();
    if all.len() >= MANY_HOSTS {
        all.clear();
    }
    all.insert(host.clone(), path.clone());
    Ok(Some(path))
}

/// The path that the answer at `path` tells of.
async fn ask<T: DeserializeOwned>(
    http: &Http,
    path: &str,
    told: impl FnOnce(T) -> Option<String>,
    trip: &Trip,
) -> Result<String, Failure> {
    let request = request(path);
    let answer = http.send(&request, trip).await?;
    let elsewhere = || Unusable::Foreign("names a token endpoint of another host".to_owned());
    json(&answer)
        .and_then(|answer| told(answer).ok_or_else(elsewhere))
        .map_err(|why| http.unusable(&request, &answer, why))
}

fn request(path: &str) -> Request<'_> {
    Request {
        path,
        authorization: None,
        workspace_id: None,
        body: None,
        secret: "",
        advise: &|_| None,
    }
}

fn lock() -> MutexGuard<'static, HashMap<Host, Arc<str>>> {
    static TOLD: Lazy<Mutex<HashMap<Host, Arc<str>>>> = Lazy::new(Mutex::default);
    TOLD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a host says of itself (`config/host_metadata.go` of the Go SDK).
#[derive(Deserialize)]
struct Metadata {
    /// The URL of its authorization server, perhaps with [`ACCOUNT_ID`] in it.
    oidc_endpoint: String,
    account_id: Option<String>,
}

/// RFC 8414 §2.
#[derive(Deserialize)]
struct ServerMetadata {
    token_endpoint: String,
}

const METADATA_PATH: &str = "/.well-known/databricks-config";
const SERVER_METADATA_PATH: &str = "/.well-known/oauth-authorization-server";
const ACCOUNT_ID: &str = "{account_id}";

/// More hosts than a process has use for are those of a test suite.
const MANY_HOSTS: usize = 64;
