//! An [`Error`] as JavaScript sees it.

use std::ffi::CStr;

use napi_sys as sys;

use crate::error::Error;
use crate::node::raw::js::{Js, JsResult};

/// A real `Error` with `name`, `code`, `retryable`, and what the answer told.
///
/// Making one runs code of the application's (`Error.prepareStackTrace`), which may throw. Whoever
/// waits gets what there is then: an error that lacks a property, or at last what was thrown.
pub(crate) fn to_js(js: Js, error: &Error) -> JsResult {
    let Ok(value) = js.error(&error.to_string()) else {
        return js.take_exception();
    };
    let tell = |name: &CStr, told: JsResult| {
        best_effort(js, told.and_then(|told| js.set(value, name, told)))
    };
    best_effort(js, name_it(js, value));
    tell(c"code", js.string(error.code.as_str()));
    tell(c"retryable", js.boolean(error.is_retryable()));
    if let Some(status) = error.status {
        tell(c"status", js.number(f64::from(status)));
    }
    if let Some(error_code) = &error.error_code {
        tell(c"errorCode", js.string(error_code));
    }
    if let Some(request_id) = &error.request_id {
        tell(c"requestId", js.string(request_id));
    }
    if let Some(cause) = &error.cause {
        best_effort(js, js.error(cause).and_then(|cause| js.set_hidden(value, c"cause", cause)));
    }
    Ok(value)
}

/// A promise that is already rejected.
pub(crate) fn rejected(js: Js, error: &Error) -> JsResult {
    rejected_with(js, to_js(js, error)?)
}

/// The same with an error that is made already.
pub(crate) fn rejected_with(js: Js, error: sys::napi_value) -> JsResult {
    let (deferred, promise) = js.promise()?;
    js.settle(deferred, Err(error))?;
    Ok(promise)
}

fn best_effort(js: Js, outcome: JsResult<()>) {
    if outcome.is_err() {
        js.forget_exception();
    }
}

/// The stack was written when the error had no name yet; it begins with "Error".
fn name_it(js: Js, error: sys::napi_value) -> JsResult<()> {
    js.set_hidden(error, c"name", js.string(NAME)?)?;
    let stack = js.get(error, c"stack")?;
    let stack = js.text(stack)?;
    if let Some(rest) = stack.as_ref().and_then(|stack| stack.strip_prefix("Error")) {
        js.set_hidden(error, c"stack", js.string(&format!("{NAME}{rest}"))?)?;
    }
    Ok(())
}

const NAME: &str = "LakebaseTokenError";
