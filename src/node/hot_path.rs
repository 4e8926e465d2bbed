//! `getLakebasePostgresToken`: what every new connection calls.
//!
//! A *hit* takes no lock, allocates nothing and reads no environment: it returns the very promise
//! that the latest lease was remembered as.

use napi_sys as sys;

use super::js::{self, Call};

/// `getLakebasePostgresToken(processEnv)`: a promise of the token.
pub unsafe extern "C" fn get_token(
    env: sys::napi_env,
    info: sys::napi_callback_info,
) -> sys::napi_value {
    // SAFETY: these are the callback's own, and its function was made by `register`.
    let hit = unsafe { Call::read(env, info) }.and_then(|call| call.instance.hit());
    match hit {
        Some(promise) => promise,
        None => js::guarded(env, info, |call| call.instance.token(call.argument)),
    }
}
