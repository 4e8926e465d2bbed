//! What `process.env` asks for, and how far the cache has come with it, without asking anybody: for
//! the command line, which shows the way to a token step by step. It tells no secret.

use napi_sys as sys;

use super::error::to_js;
use super::js::{Js, JsResult};
use super::process_env;
use crate::config::Identity;
use crate::registry;
use crate::time::Now;

/// `{ error }`, or `{ host, endpoint, identity, proxy, trustsSystem, accessTokenExpiresAt }`: the
/// origin, the resource path, the kind of identity, the name of the variable with the proxy if there
/// is one, and when the access token in use expires, if one is in use.
pub fn inspect(js: Js, process_env: sys::napi_value) -> JsResult {
    let found = js.object()?;
    let config = match process_env::read(js, process_env)? {
        Ok(config) => config,
        Err(error) => {
            js.set(found, c"error", to_js(js, &error)?)?;
            return Ok(found);
        }
    };
    let identity = match config.identity {
        Identity::PersonalToken(_) => "personal-token",
        Identity::ClientCredentials { .. } => "client-credentials",
    };
    js.set(found, c"host", js.string(config.host.as_str())?)?;
    js.set(found, c"endpoint", js.string(&config.endpoint)?)?;
    js.set(found, c"identity", js.string(identity)?)?;
    js.set(found, c"trustsSystem", js.boolean(config.network.trusts_system)?)?;
    if let Some(proxy) = &config.network.proxy {
        js.set(found, c"proxy", js.string(proxy.variable)?)?;
    }
    if let Some(expiry) = registry::cache(config).source().access_token_expiry(Now::read()) {
        js.set(found, c"accessTokenExpiresAt", js.date(expiry)?)?;
    }
    Ok(found)
}
