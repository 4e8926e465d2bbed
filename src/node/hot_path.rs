//! What every new connection calls.
//!
//! A *hit* takes no lock, allocates nothing and reads no environment: it returns the very promise
//! that the latest lease was remembered as. It has a function of its own, without arguments,
//! because handing over `process.env` costs half as much again as the hit itself.

use std::ptr;

use napi_sys as sys;

use super::js::{self, Call, JsResult};

/// `hit()`: the remembered promise, or `undefined`.
pub unsafe extern "C" fn hit(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: these are the callback's own, and its function was made by `register`.
    let hit = unsafe { Call::read(env, info) }.and_then(|call| call.instance.hit());
    // What a callback returns as null is `undefined`.
    hit.unwrap_or(ptr::null_mut())
}

/// `token(processEnv)`: a promise of the token.
pub unsafe extern "C" fn token(
    env: sys::napi_env,
    info: sys::napi_callback_info,
) -> sys::napi_value {
    js::guarded(env, info, |call: Call<'_>| -> JsResult {
        let [process_env] = call.arguments()?;
        call.instance.token(process_env)
    })
}
