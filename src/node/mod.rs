//! Translates between JavaScript and the cache. The only place that names Node-API, and the only
//! one with `unsafe` in it.
//!
//! Everything here runs on the thread of one JavaScript environment, except `raw::channel`.
//!
//! `callbacks → provider → environment → {errands → asking, waiters → {events → {news, publisher}, memo}} → agent →
//! {values → raw}`; no file names one that stands to its left.

#![expect(unsafe_code, reason = "the hot path and what crosses threads are raw Node-API")]

mod agent;
mod asking;
mod callbacks;
mod environment;
mod errands;
mod events;
mod first_copy;
mod memo;
mod news;
mod process_env;
mod provider;
mod publisher;
mod raw;
mod values;
mod waiters;

use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use napi::bindgen_prelude::{Env, Object};
use napi_derive::napi;
use napi_sys as sys;

use callbacks::{
    AbandonWaiter, AccessTokenExpiry, Credential, Employ, ForgetTokens, ImportedIn, Inspect,
    Invalidate, LookAt, OwnProvider, Status, Token, Tools, TryStore, put, put_hit,
};
use environment::Environment;
use provider::Provider;
use raw::js::{Js, JsResult, check};

use crate::config::options::Options;

/// Called once for each JavaScript environment that loads the addon.
#[napi(module_exports)]
pub fn register(exports: Object, env: Env) -> napi::Result<()> {
    use napi::JsValue as _;

    let register = first_copy::register(register_own);
    // SAFETY: both are of the environment that loads the addon, on its thread.
    let status = unsafe { register(env.raw(), exports.raw()) };
    check(status).map_err(|failed| napi::Error::from_status(failed.status().into()))
}

/// Registers the functions of this copy of the addon.
#[unsafe(export_name = first_copy::symbol!())]
unsafe extern "C" fn register_own(
    env: sys::napi_env,
    exports: sys::napi_value,
) -> sys::napi_status {
    match catch_unwind(AssertUnwindSafe(|| put_functions(Js::new(env), exports))) {
        Ok(Ok(())) => sys::Status::napi_ok,
        Ok(Err(failed)) => failed.status(),
        Err(_) => sys::Status::napi_generic_failure,
    }
}

/// What the functions of one environment point to. Freed when the environment goes down.
struct Kept {
    environment: Rc<Environment>,
    provider: Provider,
}

fn put_functions(js: Js, exports: sys::napi_value) -> JsResult<()> {
    let environment = Rc::new(Environment::new(js)?);
    let provider = Provider::new(environment.clone(), Options::default());
    let kept = Box::into_raw(Box::new(Kept { environment, provider }));
    // After the environment's channel: hooks run last to first, and ours must close it before Node.
    // SAFETY: the hook frees what is kept, once.
    check(unsafe { sys::napi_add_env_cleanup_hook(js.env(), Some(clean_up), kept.cast()) })?;
    // SAFETY: boxed above, and freed by the hook only, after which no function is called any more:
    // to them it is there for ever.
    let Kept { environment, provider } = unsafe { &*kept };
    put_hit(js, exports, provider.memo())?;
    put::<Token>(js, exports, provider)?;
    put::<Credential>(js, exports, provider)?;
    put::<Status>(js, exports, provider)?;
    put::<AccessTokenExpiry>(js, exports, provider)?;
    put::<AbandonWaiter>(js, exports, environment)?;
    put::<Invalidate>(js, exports, environment)?;
    put::<ForgetTokens>(js, exports, environment)?;
    put::<ImportedIn>(js, exports, environment)?;
    put::<Employ>(js, exports, environment)?;
    put::<LookAt>(js, exports, provider)?;
    put::<OwnProvider>(js, exports, provider)?;
    put::<Tools>(js, exports, provider)?;
    put::<TryStore>(js, exports, provider)?;
    put::<Inspect>(js, exports, provider)
}

/// The environment is going down.
unsafe extern "C" fn clean_up(kept: *mut c_void) {
    // SAFETY: boxed by `put_functions`, and this hook runs once.
    let kept = unsafe { Box::from_raw(kept.cast::<Kept>()) };
    kept.environment.close();
}
