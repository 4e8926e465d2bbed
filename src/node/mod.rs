//! Translates between JavaScript and the cache. The only place that names Node-API, and the only
//! one with `unsafe` in it.
//!
//! Everything here runs on the thread of one JavaScript environment, except [`mailbox`].

#![expect(unsafe_code, reason = "the hot path and what crosses threads are raw Node-API")]

mod error;
mod first_copy;
mod hot_path;
mod inspection;
mod instance;
mod js;
mod mailbox;
mod memo;
mod process_env;
mod reference;
mod status;
mod waiters;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use napi::bindgen_prelude::{Env, Object};
use napi_derive::napi;
use napi_sys as sys;

use crate::config::Host;
use crate::registry;
use crate::secret::{PostgresToken, Secret};
use instance::Instance;
use js::{Call, Js, JsResult};

/// Called once for each JavaScript environment that loads the addon.
#[napi(module_exports)]
pub fn register(exports: Object, env: Env) -> napi::Result<()> {
    use napi::JsValue as _;

    let register = first_copy::register(register_own);
    // SAFETY: both are of the environment that loads the addon, on its thread.
    let status = unsafe { register(env.raw(), exports.raw()) };
    js::check(status).map_err(js::to_napi_error)
}

/// Registers the functions of this copy of the addon.
#[unsafe(export_name = first_copy::symbol!())]
unsafe extern "C" fn register_own(
    env: sys::napi_env,
    exports: sys::napi_value,
) -> sys::napi_status {
    let put = || js::status_of(put_functions(Js::new(env), exports));
    catch_unwind(AssertUnwindSafe(put)).unwrap_or(sys::Status::napi_generic_failure)
}

fn put_functions(js: Js, exports: sys::napi_value) -> JsResult<()> {
    let instance = Instance::create(js)?;
    for (name, function) in [
        (c"hit", hot_path::hit as Function),
        (c"token", hot_path::token),
        (c"credential", credential),
        (c"abandonWaiter", abandon_waiter),
        (c"invalidate", invalidate),
        (c"status", status),
        (c"forgetTokens", forget_tokens),
        (c"inspect", inspect),
    ] {
        let function = js.function(name, function, instance.cast_mut().cast())?;
        js.set(exports, name, function)?;
    }
    Ok(())
}

type Function = unsafe extern "C" fn(sys::napi_env, sys::napi_callback_info) -> sys::napi_value;

/// `credential(processEnv, timeoutMs, minLifetimeMs)`: `{ promise, waiter }`, a promise of
/// `{ token, expiresAt }` and the number to abandon it by.
unsafe extern "C" fn credential(
    env: sys::napi_env,
    info: sys::napi_callback_info,
) -> sys::napi_value {
    js::guarded(env, info, |call: Call<'_>| {
        let [process_env, timeout, min_lifetime] = call.arguments()?;
        let duration = |value| {
            let seconds = call.js.as_number(value).map(|ms| ms / 1000.0);
            seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        };
        let patience = duration(timeout).unwrap_or(instance::PATIENCE);
        let life = duration(min_lifetime).unwrap_or_default();
        call.instance.credential(process_env, patience, life)
    })
}

/// `abandonWaiter(waiter)`: nobody waits for that promise any more.
unsafe extern "C" fn abandon_waiter(
    env: sys::napi_env,
    info: sys::napi_callback_info,
) -> sys::napi_value {
    js::guarded(env, info, |call: Call<'_>| -> JsResult {
        let [waiter] = call.arguments()?;
        if let Some(waiter) = call.js.as_number(waiter) {
            call.instance.abandon(waiter as u64)?;
        }
        call.js.undefined()
    })
}

/// `invalidate(token)`: whether it was in use.
unsafe extern "C" fn invalidate(
    env: sys::napi_env,
    info: sys::napi_callback_info,
) -> sys::napi_value {
    js::guarded(env, info, |call: Call<'_>| -> JsResult {
        let [token] = call.arguments()?;
        let Some(mut token) = call.js.text(token)? else { return call.js.boolean(false) };
        let token = PostgresToken(Secret::new(std::mem::take(&mut *token)));
        call.js.boolean(registry::invalidate(&token))
    })
}

/// `status(processEnv)`: how the cache is doing.
unsafe extern "C" fn status(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    js::guarded(env, info, |call: Call<'_>| {
        let [process_env] = call.arguments()?;
        call.instance.status(process_env)
    })
}

/// `inspect(processEnv)`: what it asks for, and how far the cache has come with it.
unsafe extern "C" fn inspect(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    js::guarded(env, info, |call: Call<'_>| -> JsResult {
        let [process_env] = call.arguments()?;
        inspection::inspect(call.js, process_env)
    })
}

/// `forgetTokens(host)`: all that the process has of that workspace.
unsafe extern "C" fn forget_tokens(
    env: sys::napi_env,
    info: sys::napi_callback_info,
) -> sys::napi_value {
    js::guarded(env, info, |call: Call<'_>| -> JsResult {
        let [host] = call.arguments()?;
        if let Some(Ok(host)) = call.js.text(host)?.map(|host| Host::parse(&host)) {
            registry::forget(&host);
        }
        call.js.undefined()
    })
}
