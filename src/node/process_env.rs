//! Reads the configuration through JavaScript.
//!
//! `std::env` does not see a worker thread's own environment, and reading it beside Node's writes
//! is a data race. Nothing in this crate reads the environment any other way.

use std::ffi::CString;

use napi_sys as sys;

use super::raw::js::{Js, JsResult};
use crate::config::Settings;
use crate::config::env;
use crate::error::{Error, ErrorCode};

/// The settings that `process_env`, the facade's `process.env`, holds at this moment.
pub(super) fn read(js: Js, process_env: sys::napi_value) -> JsResult<Result<Settings, Error>> {
    let variable = |name: &str| {
        let name = CString::new(name).expect("no variable's name contains a zero");
        js.text(js.get(process_env, &name)?)
    };
    match env::read(variable) {
        Err(_) if js.is_throwing() => {
            // Somebody's own getter or proxy threw. What it threw may hold anything.
            js.take_exception()?;
            Ok(Err(unreadable()))
        }
        read => read,
    }
}

fn unreadable() -> Error {
    Error::new(
        ErrorCode::ConfigInvalid,
        "Reading process.env threw an exception",
        "Look for code that replaces process.env or defines getters on it; in Deno, allow the \
         variables with --allow-env.",
    )
}
