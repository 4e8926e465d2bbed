//! What `process.env` asks for, and how far the cache has come with it, without asking anybody: for
//! the command line, which shows the way to a token step by step. It tells no secret.

use super::error;
use crate::config::settings::Settings;
use crate::error::Error;
use crate::identity;
use crate::node::raw::js::{Js, JsResult};
use crate::registry;
use crate::time::Now;

/// `{ error }`, or `{ host, endpoint, identity, proxy, trustsSystem, accessTokenExpiresAt }`: the
/// origin, the resource path, the kind of identity, where the proxy was set if there
/// is one, and when the access token in use expires, if one is in use.
pub fn to_js(js: Js, set: Result<&Settings, &Error>) -> JsResult {
    let found = js.object()?;
    let Settings { config, labels } = match set {
        Ok(settings) => settings,
        Err(reason) => {
            js.set(found, c"error", error::to_js(js, reason)?)?;
            return Ok(found);
        }
    };
    js.set(found, c"host", js.string(config.host.as_str())?)?;
    js.set(found, c"endpoint", js.string(&config.endpoint)?)?;
    js.set(found, c"identity", js.string(identity::kind(&config.identity))?)?;
    js.set(found, c"trustsSystem", js.boolean(config.network.trusts_system)?)?;
    if let Some(proxy) = &labels.network.proxy {
        js.set(found, c"proxy", js.string(&proxy.to_string())?)?;
    }
    let cache = registry::peek(config);
    if let Some(expiry) = cache.and_then(|cache| cache.source().access_tokens().expiry(Now::read()))
    {
        js.set(found, c"accessTokenExpiresAt", js.date(expiry)?)?;
    }
    Ok(found)
}
