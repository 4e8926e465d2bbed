//! Where a host has its token endpoint (RFC 6749 §3.2). That of a workspace is known; a host of several
//! workspaces has it elsewhere, and says where.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use crate::config::Host;
use crate::event::Wanted;
use crate::http::{Failure, Http, Request, Unusable};
use crate::trip::Trip;
use crate::wire::json;

/// That of a workspace.
pub(super) const OF_A_WORKSPACE: &str = "/oidc/v1/token";

/// The path that `host` has told of, if it had to be asked.
pub(super) fn told(host: &Host) -> Option<Arc<str>> {
    lock().iter().find(|(known, _)| known == host).map(|(_, path)| path.clone())
}

/// Forgets what `host` has told.
pub(crate) fn forget(host: &Host) {
    lock().retain(|(known, _)| known != host);
}

/// Asks the host of `http` for the path, which is remembered for all who ask it; `None` if it is that of
/// a workspace.
///
/// # Errors
///
/// The host does not tell, or names one of another host: that is not sent a secret.
pub(super) async fn discover(http: &Http, trip: &Trip) -> Result<Option<Arc<str>>, Failure> {
    let host = http.host();
    let issuer = ask(http, METADATA_PATH, OIDC_ENDPOINT, trip).await?;
    let of_server = format!("{}{SERVER_METADATA_PATH}", issuer.trim_end_matches('/'));
    let path: Arc<str> = ask(http, &of_server, TOKEN_ENDPOINT, trip).await?.into();
    if *path == *OF_A_WORKSPACE {
        return Ok(None);
    }
    let mut all = lock();
    all.retain(|(known, _)| known != host);
    if all.len() >= MANY_HOSTS {
        all.clear();
    }
    all.push((host.clone(), path.clone()));
    Ok(Some(path))
}

/// The path of the URL that the answer at `path` names by `key`.
async fn ask(http: &Http, path: &str, key: &str, trip: &Trip) -> Result<String, Failure> {
    let request = request(path);
    let answer = http.send(&request, trip).await?;
    let elsewhere = || Unusable::Foreign("names a token endpoint of another host".to_owned());
    let own = |told: Value| {
        let text = |key| told.get(key).and_then(Value::as_str).unwrap_or_default();
        http.host().path_of(&text(key).replace(ACCOUNT_PLACE, text(ACCOUNT_ID)))
    };
    json(&answer)
        .and_then(|told| own(told).ok_or_else(elsewhere))
        .map_err(|why| http.unusable(&request, &answer, why))
}

fn request(path: &str) -> Request<'_> {
    Request {
        wanted: Wanted::AccessToken,
        path,
        authorization: None,
        workspace_id: None,
        body: None,
        secret: "",
        advise: &|_| None,
    }
}

fn lock() -> MutexGuard<'static, Vec<(Host, Arc<str>)>> {
    static TOLD: Mutex<Vec<(Host, Arc<str>)>> = Mutex::new(Vec::new());
    TOLD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a host says of itself (`config/host_metadata.go` of the Go SDK): the URL of its authorization server,
/// perhaps with a place for the account's id.
const METADATA_PATH: &str = "/.well-known/databricks-config";
const OIDC_ENDPOINT: &str = "oidc_endpoint";
const ACCOUNT_ID: &str = "account_id";
const ACCOUNT_PLACE: &str = "{account_id}";

/// What that server says of itself (RFC 8414 §2).
const SERVER_METADATA_PATH: &str = "/.well-known/oauth-authorization-server";
const TOKEN_ENDPOINT: &str = "token_endpoint";

/// More hosts than a process has use for are those of a test suite.
const MANY_HOSTS: usize = 64;
