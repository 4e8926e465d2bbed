//! What an access token says of itself, if it is a JSON Web Token (RFC 7519). Nobody has verified it:
//! it decides nothing, and is told to people alone, where the token is refused already.

use std::time::SystemTime;

use jiff::Timestamp;

use crate::time::wall;
use serde_json::Value;
use url::Url;

use crate::config::elsewhere::Elsewhere;
use crate::config::id_token::payload;

/// What a token says of itself.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Claims {
    /// The name of the host that has issued it.
    pub issuer: Option<String>,
    pub expiry: Option<Timestamp>,
}

impl Claims {
    /// Those of `token`; none, if it is another kind of token.
    pub(super) fn of(token: &str) -> Claims {
        payload(token).map_or_else(Claims::default, |claims| Claims {
            issuer: claims.get("iss").and_then(Value::as_str).and_then(host),
            expiry: claims.get("exp").and_then(Value::as_f64).and_then(moment),
        })
    }

    /// When it expired, if it has.
    pub(super) fn expired(&self, now: SystemTime) -> Option<Timestamp> {
        self.expiry.filter(|expiry| wall(*expiry) <= now)
    }
}

/// The name in a URL, if it is one that a host of Databricks can have.
fn host(issuer: &str) -> Option<String> {
    let url = Url::parse(issuer).ok()?;
    let name = url.host_str()?;
    let is_name = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b));
    // Consoles issue tokens for their workspaces.
    let is_console = Elsewhere::of(name) == Some(Elsewhere::Console);
    let is_its_own = !is_console && !ENTRA.iter().any(|entra| name.contains(entra));
    (is_name && is_its_own && name.len() <= LONGEST_NAME).then(|| name.to_owned())
}

/// Seconds since 1970, perhaps with a fraction.
fn moment(seconds: f64) -> Option<Timestamp> {
    Timestamp::from_second(seconds as i64).ok().filter(|_| seconds.is_finite())
}

/// Who issues the tokens of Entra ID, which workspaces of Azure take: in all of its clouds.
const ENTRA: [&str; 3] = ["sts.windows.net", "sts.chinacloudapi.cn", "microsoftonline"];

/// RFC 1035 §2.3.4.
const LONGEST_NAME: usize = 253;

#[cfg(test)]
pub(crate) mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use base64::Engine as _;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64_URL;

    use super::*;

    /// A token with this payload.
    pub(crate) fn jwt(payload: &str) -> String {
        format!("eyJhbGciOiJSUzI1NiJ9.{}.c2lnbmF0dXJl", BASE64_URL.encode(payload))
    }

    #[test]
    fn a_token_tells_who_issued_it_and_when_it_expires() {
        for (payload, issuer, expiry) in [
            (
                r#"{"iss":"https://dbc-1.workspace.test/oidc","exp":1000}"#,
                Some("dbc-1.workspace.test"),
                Some(1000),
            ),
            (
                r#"{"iss":"https://Workspace.TEST:443","exp":1.5e3}"#,
                Some("workspace.test"),
                Some(1500),
            ),
            (r#"{"iss":"https://user:pw@workspace.test/"}"#, Some("workspace.test"), None),
            // Entra's are taken by every workspace of Azure.
            (r#"{"iss":"https://sts.windows.net/tenant/","exp":0}"#, None, Some(0)),
            (r#"{"iss":"https://login.microsoftonline.us/tenant/v2.0"}"#, None, None),
            (r#"{"iss":"https://accounts.cloud.databricks.com/oidc/accounts/1"}"#, None, None),
            (r#"{"iss":"workspace.test","exp":"1000"}"#, None, None),
            (r#"{"iss":7,"exp":true}"#, None, None),
            (r#"{"iss":"https://[::1]/","exp":1e300}"#, None, None),
            (r#"{"iss":"https://a b\u001b[31m/"}"#, None, None),
            ("{}", None, None),
            ("[]", None, None),
            ("no JSON", None, None),
        ] {
            let claims = Claims::of(&jwt(payload));
            assert_eq!(claims.issuer.as_deref(), issuer, "{payload}");
            assert_eq!(claims.expiry.map(Timestamp::as_second), expiry, "{payload}");
        }
        let long = format!(r#"{{"iss":"https://{}/"}}"#, "a.".repeat(200));
        assert_eq!(Claims::of(&jwt(&long)), Claims::default());
    }

    #[test]
    fn another_kind_of_token_tells_nothing() {
        for token in ["", "token-1", "a.b", "a.b.c", "a.b.c.d", "..", "é.é.é"] {
            assert_eq!(Claims::of(token), Claims::default(), "{token}");
        }
        let padded = jwt(r#"{"exp":1000}"#).replace(".c2ln", "==.c2ln");
        assert_eq!(Claims::of(&padded), Claims::default());
    }

    #[test]
    fn it_has_expired_from_its_expiry_on() {
        let claims = Claims::of(&jwt(r#"{"exp":1000}"#));
        for (now, has) in [(999, false), (1000, true), (1001, true)] {
            let now = UNIX_EPOCH + Duration::from_secs(now);
            assert_eq!(claims.expired(now).is_some(), has);
        }
        assert_eq!(Claims::default().expired(UNIX_EPOCH), None);
    }
}
