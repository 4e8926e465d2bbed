//! What code says, as the facade hands it over: checked, and flat.

use std::ffi::CStr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use napi_sys as sys;

use crate::config::options::{NamedIdentity, Options, label};
use crate::config::{CallersName, Identity};
use crate::node::raw::js::{Js, JsResult};
use crate::secret::Secret;

/// Of `{ host, endpoint, workspaceId, ttlMs, claims, token, clientId, clientSecret, profile, gives, audience,
/// name }`, of which each may be missing; `claims` is JSON, and `gives` tells what callers give.
pub(crate) fn read(js: Js, options: sys::napi_value) -> JsResult<Options> {
    let text = |name: &CStr| {
        let text = js.text(js.get(options, name)?)?;
        Ok(text.map(|text| text.to_string()))
    };
    let client_id = text(c"clientId")?;
    let identity = match (text(c"gives")?, text(c"token")?, text(c"profile")?) {
        (Some(gives), ..) => {
            let identity = of_callers(&gives, client_id, text(c"audience")?, text(c"name")?);
            Some(NamedIdentity::OfCallers(identity))
        }
        (None, Some(token), _) => Some(NamedIdentity::Token(Secret::new(token))),
        (None, None, Some(name)) => Some(NamedIdentity::Profile(name, label("identity.profile"))),
        (None, None, None) => {
            let client_secret = Secret::new(text(c"clientSecret")?.unwrap_or_default());
            client_id.map(|client_id| NamedIdentity::Pair { client_id, client_secret })
        }
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

fn of_callers(
    gives: &str,
    client_id: Option<String>,
    audience: Option<String>,
    name: Option<String>,
) -> Identity {
    let own = || CallersName::Own(PROVIDERS.fetch_add(1, Ordering::Relaxed));
    let name = name.map(CallersName::Given);
    if gives == "accessToken" {
        return Identity::AccessTokensOfCallers { whose: name.unwrap_or_else(own) };
    }
    let whose = if client_id.is_some() { name } else { Some(name.unwrap_or_else(own)) };
    Identity::IdTokensOfCallers { client_id, audience, whose }
}

/// So many have callers who share with nobody.
static PROVIDERS: AtomicU64 = AtomicU64::new(0);
