//! How a cache is doing, as the object that JavaScript gets.

use std::ffi::CStr;
use std::time::SystemTime;

use napi_sys as sys;

use super::error;
use crate::cache::status::Status;
use crate::identity::Named;
use crate::node::raw::js::{Js, JsResult};
use crate::registry::Counts;

/// `{ identity, token, isFetching, tokens, failures, rejections, fallbacks, lastFailure, store }`; index.d.ts is its manual.
pub(crate) fn to_js(
    js: Js,
    status: &Status,
    identity: Option<&Named>,
    store: Option<&StoreStatus>,
) -> JsResult {
    let Status { life, is_fetching, history } = status;
    let object = js.object()?;
    if let Some(Named { kind, from }) = identity {
        let identity = js.object()?;
        js.set(identity, c"type", js.string(kind)?)?;
        js.set(identity, c"from", js.string(from)?)?;
        js.set(object, c"identity", identity)?;
    }
    if let Some(life) = life {
        let token = js.object()?;
        js.set(token, c"issuedAt", js.date(life.issued_at)?)?;
        js.set(token, c"renewsAt", js.date(life.renews_at)?)?;
        js.set(token, c"expiresAt", js.date(life.expires_at)?)?;
        if let Some(StoreStatus { has_token, .. }) = store {
            let from = if *has_token { "store" } else { "workspace" };
            js.set(token, c"from", js.string(from)?)?;
        }
        js.set(object, c"token", token)?;
    }
    js.set(object, c"isFetching", js.boolean(*is_fetching)?)?;
    js.set(object, c"tokens", js.number(history.tokens as f64)?)?;
    js.set(object, c"failures", js.number(history.failures as f64)?)?;
    js.set(object, c"rejections", js.number(history.rejections as f64)?)?;
    js.set(object, c"fallbacks", js.number(history.fallbacks as f64)?)?;
    if let Some((at, reason)) = &history.last_failure {
        let failure = failure_to_js(js, *at, c"error", error::to_js(js, reason)?)?;
        js.set(object, c"lastFailure", failure)?;
    }
    if let Some(StoreStatus { counts, .. }) = store {
        js.set(object, c"store", counts_to_js(js, counts)?)?;
    }
    Ok(object)
}

/// How a store is doing for one token.
#[derive(Default)]
pub(crate) struct StoreStatus {
    pub counts: Counts,
    /// Whether the token in use was found there.
    pub has_token: bool,
}

/// `{ found, notFound, failures, lastFailure }`.
fn counts_to_js(js: Js, counts: &Counts) -> JsResult {
    let object = js.object()?;
    js.set(object, c"found", js.number(counts.found as f64)?)?;
    js.set(object, c"notFound", js.number(counts.not_found as f64)?)?;
    js.set(object, c"failures", js.number(counts.failures as f64)?)?;
    if let Some((at, message)) = &counts.last_failure {
        let failure = failure_to_js(js, *at, c"message", js.string(message)?)?;
        js.set(object, c"lastFailure", failure)?;
    }
    Ok(object)
}

/// `{ at, [name]: what }`.
fn failure_to_js(js: Js, at: SystemTime, name: &CStr, what: sys::napi_value) -> JsResult {
    let failure = js.object()?;
    js.set(failure, c"at", js.date(at)?)?;
    js.set(failure, name, what)?;
    Ok(failure)
}
