//! Translates between JavaScript and the cache. The only place that names Node-API, and the only
//! one with `unsafe` in it.
//!
//! Everything here runs on the thread of one JavaScript environment, except [`mailbox`].

#![expect(
    unsafe_code,
    reason = "the hot path and what crosses threads are raw Node-API"
)]

mod error;
mod hot_path;
mod instance;
mod js;
mod mailbox;
mod process_env;
mod reference;

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

    let js = Js::new(env.raw());
    let instance = Instance::create(js).map_err(js::to_napi_error)?;
    for (name, function) in [
        (c"getLakebasePostgresToken", hot_path::get_token as Function),
        (c"getLakebaseCredential", get_credential),
        (c"invalidateLakebasePostgresToken", invalidate_token),
        (c"forgetTokens", forget_tokens),
    ] {
        let function = js
            .function(name, function, instance.cast_mut().cast())
            .map_err(js::to_napi_error)?;
        js.set(exports.raw(), name, function)
            .map_err(js::to_napi_error)?;
    }
    Ok(())
}

type Function = unsafe extern "C" fn(sys::napi_env, sys::napi_callback_info) -> sys::napi_value;

/// `getLakebaseCredential(processEnv)`: a promise of `{ token, expiresAt }`.
unsafe extern "C" fn get_credential(
    env: sys::napi_env,
    info: sys::napi_callback_info,
) -> sys::napi_value {
    js::guarded(env, info, |call: Call<'_>| {
        call.instance.credential(call.argument)
    })
}

/// `invalidateLakebasePostgresToken(token)`: whether it was in use.
unsafe extern "C" fn invalidate_token(
    env: sys::napi_env,
    info: sys::napi_callback_info,
) -> sys::napi_value {
    js::guarded(env, info, |call: Call<'_>| -> JsResult {
        let Some(token) = call.js.text(call.argument)? else {
            return call.js.boolean(false);
        };
        let is_forgotten = registry::invalidate(&PostgresToken(Secret::new(token)));
        call.js.boolean(is_forgotten)
    })
}

/// `forgetTokens(host)`: all that the process has of that workspace.
unsafe extern "C" fn forget_tokens(
    env: sys::napi_env,
    info: sys::napi_callback_info,
) -> sys::napi_value {
    js::guarded(env, info, |call: Call<'_>| -> JsResult {
        if let Some(Ok(host)) = call.js.text(call.argument)?.as_deref().map(Host::parse) {
            registry::forget(&host);
        }
        call.js.undefined()
    })
}
