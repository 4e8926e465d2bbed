//! What code says, as the facade hands it over: checked, and flat.

use std::ffi::CStr;
use std::time::Duration;

use napi_sys as sys;

use crate::config::options::{NamedIdentity, Options, label};
use crate::node::raw::js::{Js, JsResult};
use crate::secret::Secret;

/// Of `{ host, endpoint, workspaceId, token, clientId, clientSecret, profile, ttlMs, claims }`, of which each may
/// be missing; `claims` is JSON.
pub(crate) fn read(js: Js, options: sys::napi_value) -> JsResult<Options> {
    let text = |name: &CStr| {
        let text = js.text(js.get(options, name)?)?;
        Ok(text.map(|text| text.to_string()))
    };
    let identity = match (text(c"token")?, text(c"clientId")?, text(c"profile")?) {
        (Some(token), _, _) => Some(NamedIdentity::Token(Secret::new(token))),
        (None, Some(client_id), _) => {
            let client_secret = Secret::new(text(c"clientSecret")?.unwrap_or_default());
            Some(NamedIdentity::Pair { client_id, client_secret })
        }
        (None, None, Some(name)) => Some(NamedIdentity::Profile(name, label("identity.profile"))),
        (None, None, None) => None,
    };
    let lifetime_ms = js.as_number(js.get(options, c"ttlMs")?);
    Ok(Options {
        host: text(c"host")?,
        endpoint: text(c"endpoint")?,
        workspace_id: text(c"workspaceId")?,
        identity,
        lifetime: lifetime_ms.map(|ms| Duration::from_millis(ms as u64)),
        claims: text(c"claims")?,
    })
}
