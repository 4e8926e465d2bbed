//! What is told of fetches, waits and refused tokens, as the objects that index.d.ts describes. None of them holds a
//! token, a promise or a secret.

use std::time::SystemTime;

use napi_sys as sys;

use super::error;
use crate::error::Error;
use crate::event::{FailedAttempt, Landed, Life, Reason, Wanted};
use crate::node::raw::js::{Js, JsResult};
use crate::registry::Cache;

/// Whose token it is about.
pub(crate) struct Place<'a> {
    workspace: &'a str,
    endpoint: &'a str,
    identity: &'a str,
}

/// How a fetch ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub at: SystemTime,
    pub landed: Landed,
    pub error: Option<Error>,
    pub life: Option<Life>,
    pub retry_at: Option<SystemTime>,
    pub attempts: u64,
}

/// How waiting ended.
#[derive(Clone, Copy)]
pub(crate) enum WaitEnd {
    Token,
    /// With the error of the renewal, if there is one yet.
    Fallback(Option<sys::napi_value>),
    Failed(sys::napi_value),
    Aborted,
}

impl Place<'_> {
    /// That of what `cache` holds.
    pub(crate) fn of(cache: &Cache) -> Place<'_> {
        let source = cache.source();
        Place {
            workspace: source.workspace(),
            endpoint: source.endpoint(),
            identity: source.identity().kind,
        }
    }
}

impl Ended {
    /// One that failed before anything was sent.
    pub(crate) fn without_request(at: SystemTime, error: Error) -> Ended {
        let (landed, error) = (Landed::Failed, Some(error));
        Ended { at, landed, error, life: None, retry_at: None, attempts: 0 }
    }
}

/// `LakebaseTokenFetch`, as it begins.
pub(crate) fn fetch_begun(
    js: Js,
    place: Option<&Place<'_>>,
    at: SystemTime,
    reason: Reason,
    is_background: bool,
) -> JsResult {
    let fetch = about(js, place)?;
    if let Some(place) = place {
        js.set(fetch, c"identity", js.string(place.identity)?)?;
    }
    let reason = match reason {
        Reason::First => "first",
        Reason::Renewal => "renewal",
        Reason::Expired => "expired",
        Reason::Rejected => "rejected",
        Reason::MoreLife => "more-life",
    };
    js.set(fetch, c"reason", js.string(reason)?)?;
    js.set(fetch, c"isBackground", js.boolean(is_background)?)?;
    js.set(fetch, c"startedAt", js.date(at)?)?;
    Ok(fetch)
}

/// What is known of it in the end.
pub(crate) fn fetch_ended(js: Js, ended: &Ended) -> JsResult {
    let rest = js.object()?;
    js.set(rest, c"endedAt", js.date(ended.at)?)?;
    js.set(rest, c"attempts", js.number(ended.attempts as f64)?)?;
    let outcome = match ended.landed {
        Landed::Stored => "obtained",
        Landed::KeptStale => "kept",
        Landed::Failed => "failed",
        // Nobody waits for it any more: it has none.
        Landed::Superseded => return Ok(rest),
    };
    js.set(rest, c"outcome", js.string(outcome)?)?;
    if let Some(life) = &ended.life {
        let token = token(js, life)?;
        js.set(token, c"renewsAt", js.date(life.renews_at)?)?;
        js.set(rest, c"token", token)?;
    }
    if let Some(reason) = &ended.error {
        js.set(rest, c"error", error::to_js(js, reason)?)?;
    }
    retry_at(js, rest, ended.retry_at)?;
    Ok(rest)
}

/// `LakebaseTokenAttemptFailed` of that fetch.
pub(crate) fn attempt_failed(js: Js, fetch: sys::napi_value, attempt: &FailedAttempt) -> JsResult {
    let failed = js.object()?;
    let request = match attempt.wanted {
        Wanted::AccessToken => "access-token",
        Wanted::PostgresToken => "postgres-token",
    };
    js.set(failed, c"fetch", fetch)?;
    js.set(failed, c"attempt", js.number(attempt.number as f64)?)?;
    js.set(failed, c"request", js.string(request)?)?;
    js.set(failed, c"at", js.date(attempt.at)?)?;
    js.set(failed, c"error", error::to_js(js, &attempt.error)?)?;
    retry_at(js, failed, attempt.retry_at)?;
    Ok(failed)
}

/// `LakebaseTokenWait`, as it begins.
pub(crate) fn wait_begun(js: Js, place: Option<&Place<'_>>, at: SystemTime) -> JsResult {
    let wait = about(js, place)?;
    js.set(wait, c"startedAt", js.date(at)?)?;
    Ok(wait)
}

/// What is known of it in the end.
pub(crate) fn wait_ended(js: Js, at: SystemTime, how: WaitEnd) -> JsResult {
    let rest = js.object()?;
    let (outcome, error) = match how {
        WaitEnd::Token => ("token", None),
        WaitEnd::Fallback(error) => ("fallback", error),
        WaitEnd::Failed(error) => ("failed", Some(error)),
        WaitEnd::Aborted => ("aborted", None),
    };
    js.set(rest, c"endedAt", js.date(at)?)?;
    js.set(rest, c"outcome", js.string(outcome)?)?;
    if let Some(error) = error {
        js.set(rest, c"error", error)?;
    }
    Ok(rest)
}

/// `LakebaseTokenRejected`.
pub(crate) fn rejected(js: Js, place: &Place<'_>, life: &Life) -> JsResult {
    let rejected = about(js, Some(place))?;
    js.set(rejected, c"token", token(js, life)?)?;
    Ok(rejected)
}

fn about(js: Js, place: Option<&Place<'_>>) -> JsResult {
    let object = js.object()?;
    if let Some(Place { workspace, endpoint, .. }) = place {
        js.set(object, c"workspace", js.string(workspace)?)?;
        js.set(object, c"endpoint", js.string(endpoint)?)?;
    }
    Ok(object)
}

fn token(js: Js, life: &Life) -> JsResult {
    let token = js.object()?;
    js.set(token, c"issuedAt", js.date(life.issued_at)?)?;
    js.set(token, c"expiresAt", js.date(life.expires_at)?)?;
    Ok(token)
}

fn retry_at(js: Js, object: sys::napi_value, at: Option<SystemTime>) -> JsResult<()> {
    match at {
        Some(at) => js.set(object, c"retryAt", js.date(at)?),
        None => Ok(()),
    }
}
