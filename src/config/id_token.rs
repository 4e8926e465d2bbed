//! ID tokens of others (OpenID Connect), which a workspace takes for a service principal by its federation
//! policies: <https://docs.databricks.com/aws/en/dev-tools/auth/oauth-federation>.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64_URL;
use serde_json::Value;

use super::host::Host;
use super::text_file::ReadFile;
use crate::secret::Secret;

/// Where an ID token comes from, each time that one is needed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum IdTokenSource {
    /// A file, which whoever rotates it writes anew.
    File(PathBuf),
    /// The value that a variable had.
    Text(Secret),
    /// The issuer of a job of GitHub Actions.
    GitHub(GitHubIssuer),
}

/// An issuer that is asked by HTTP.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct GitHubIssuer {
    pub host: Host,
    /// With a query.
    pub path: String,
    /// What the job is known by.
    pub token: Secret,
    /// Whom ID tokens are to be for, if that was said.
    pub audience: Option<String>,
}

/// What federation policies look at. Nobody has verified it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct IdTokenClaims {
    pub issuer: String,
    pub subject: String,
    /// Several with commas between them.
    pub audience: String,
}

impl IdTokenClaims {
    /// Those of a JSON Web Token (RFC 7519); `None` of anything else.
    pub(crate) fn of(token: &str) -> Option<IdTokenClaims> {
        let claims = payload(token)?;
        let text = |key: &str| claims.get(key).and_then(Value::as_str).unwrap_or("").to_owned();
        let audience = match claims.get("aud") {
            Some(Value::Array(all)) => {
                let texts: Vec<&str> = all.iter().filter_map(Value::as_str).collect();
                texts.join(", ")
            }
            _ => text("aud"),
        };
        Some(IdTokenClaims { issuer: text("iss"), subject: text("sub"), audience })
    }
}

impl IdTokenSource {
    /// The ID token as it is now, if there is one.
    pub(crate) fn read(&self, file: ReadFile<'_>) -> Option<Secret> {
        match self {
            IdTokenSource::Text(text) => Some(text.clone()),
            IdTokenSource::File(path) => {
                file(path).ok().map(|text| Secret::new(text.trim().to_owned()))
            }
            // Nothing is asked of anybody here.
            IdTokenSource::GitHub(_) => None,
        }
    }
}

/// When it expires, if it tells that.
pub(crate) fn expiry(token: &str) -> Option<SystemTime> {
    let seconds = payload(token)?.get("exp")?.as_f64()?;
    let since = Duration::try_from_secs_f64(seconds).ok()?;
    SystemTime::UNIX_EPOCH.checked_add(since)
}

/// What a JSON Web Token says, which nobody has verified; nothing of any other text.
pub(crate) fn payload(token: &str) -> Option<Value> {
    let mut parts = token.split('.');
    let (_, payload, _) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || payload.len() > LONGEST_PAYLOAD {
        return None;
    }
    serde_json::from_slice(&BASE64_URL.decode(payload).ok()?).ok()
}

/// Some tokens carry lists of groups.
const LONGEST_PAYLOAD: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_policies_look_at_is_read() {
        let jwt = |claims: &str| format!("e30.{}.x", BASE64_URL.encode(claims));
        let claims = |issuer: &str, subject: &str, audience: &str| {
            let text = str::to_owned;
            Some(IdTokenClaims {
                issuer: text(issuer),
                subject: text(subject),
                audience: text(audience),
            })
        };
        for (token, read) in [
            (jwt(r#"{"iss":"i","sub":"s","aud":"a"}"#), claims("i", "s", "a")),
            (jwt(r#"{"iss":"i","sub":"s","aud":["a","b"]}"#), claims("i", "s", "a, b")),
            (jwt(r#"{"iss":1}"#), claims("", "", "")),
            ("opaque".to_owned(), None),
            ("a.b.c".to_owned(), None),
            ("a.b.c.d".to_owned(), None),
        ] {
            assert_eq!(IdTokenClaims::of(&token), read, "{token}");
        }
    }
}
