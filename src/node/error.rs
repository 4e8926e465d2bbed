//! An [`Error`] as JavaScript sees it.

use napi_sys as sys;

use super::js::{Js, JsResult};
use crate::error::Error;

/// A real `Error` with `name`, `code`, `retryable`, and what the answer told.
pub fn to_js(js: Js, error: &Error) -> JsResult {
    let value = js.error(&error.to_string())?;
    name_it(js, value)?;
    js.set(value, c"code", js.string(error.code.as_str())?)?;
    js.set(value, c"retryable", js.boolean(error.code.is_retryable())?)?;
    if let Some(status) = error.status {
        js.set(value, c"status", js.number(f64::from(status))?)?;
    }
    if let Some(error_code) = &error.error_code {
        js.set(value, c"errorCode", js.string(error_code)?)?;
    }
    if let Some(request_id) = &error.request_id {
        js.set(value, c"requestId", js.string(request_id)?)?;
    }
    if let Some(cause) = &error.cause {
        js.define_hidden(value, c"cause", js.error(cause)?)?;
    }
    Ok(value)
}

/// The stack was written when the error had no name yet; it begins with "Error".
fn name_it(js: Js, error: sys::napi_value) -> JsResult<()> {
    js.define_hidden(error, c"name", js.string(NAME)?)?;
    let stack = js.get(error, c"stack")?;
    if let Some(rest) = js.text(stack)?.as_deref().and_then(|stack| stack.strip_prefix("Error")) {
        js.define_hidden(error, c"stack", js.string(&format!("{NAME}{rest}"))?)?;
    }
    Ok(())
}

const NAME: &str = "LakebaseTokenError";
