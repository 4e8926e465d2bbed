//! An access token for a service principal: the OAuth client credentials grant (RFC 6749 §4.4),
//! <https://docs.databricks.com/aws/en/dev-tools/auth/oauth-m2m>.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as BASE64;
use form_urlencoded::byte_serialize;
use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

use super::{authorization, check_token, grant_for, json, secret};
use crate::cache::Source;
use crate::cache::lease::Grant;
use crate::config::settings::IdentityLabels;
use crate::error::{Error, ErrorCode};
use crate::http::{Http, Post};
use crate::secret::{AccessToken, Secret};
use crate::time::TimeLimit;

/// The access tokens of one service principal.
#[derive(Debug)]
pub struct ClientCredentials {
    http: Arc<Http>,
    basic: Secret,
}

impl ClientCredentials {
    /// Asks as the service principal that `basic`, of [`basic`], stands for.
    pub fn new(http: Arc<Http>, basic: Secret) -> ClientCredentials {
        ClientCredentials { http, basic }
    }
}

impl Source for ClientCredentials {
    type Token = AccessToken;

    fn advice_when_late(&self) -> String {
        self.http.advice_when_late()
    }

    async fn fetch(
        &self,
        budget: TimeLimit,
        on_failure: &(impl Fn(&Error) + Send + Sync),
    ) -> Result<Grant<AccessToken>, Error> {
        let post = Post {
            path: TOKEN_PATH,
            authorization: authorization("Basic", self.basic.expose())?,
            content_type: "application/x-www-form-urlencoded",
            body: "grant_type=client_credentials&scope=all-apis".to_owned(),
            secret: self.basic.expose(),
        };
        let answer = self.http.send(&post, budget, on_failure).await.map_err(|error| {
            if error.code == ErrorCode::Unauthenticated {
                let IdentityLabels { name, proof } = &self.http.labels().identity;
                error.advise(format!("Check {name} and {proof}."))
            } else {
                error
            }
        })?;
        let granted: TokenAnswer = json(&self.http, &answer)?;
        if !granted.token_type.is_none_or(|kind| kind.eq_ignore_ascii_case("bearer")) {
            return Err(self.http.unusable("granted an access token that is not a bearer token"));
        }
        check_token(granted.access_token.expose())
            .map_err(|problem| self.http.unusable(&format!("granted an access token {problem}")))?;
        let token = AccessToken(granted.access_token);
        grant_for(token, granted.expires_in.0, &answer)
            .ok_or_else(|| self.http.unusable("granted an access token that is already expired"))
    }
}

/// The credentials of HTTP Basic, each form-url-encoded before base64 (RFC 6749 §2.3.1).
pub fn basic(client_id: &str, client_secret: &Secret) -> Secret {
    let form = |text| byte_serialize(str::as_bytes(text));
    // Of its size from the start: what grows leaves its old memory behind.
    let longest = 3 * (client_id.len() + client_secret.expose().len()) + 1;
    let mut credentials = Zeroizing::new(String::with_capacity(longest));
    credentials.extend(form(client_id).chain([":"]).chain(form(client_secret.expose())));
    Secret::new(BASE64.encode(&*credentials))
}

/// RFC 6749 §5.1.
#[derive(Deserialize)]
struct TokenAnswer {
    #[serde(deserialize_with = "secret")]
    access_token: Secret,
    token_type: Option<String>,
    expires_in: Seconds,
}

/// A number of seconds, which some services send as a string.
struct Seconds(Duration);

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Seconds, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum NumberOrText {
            Number(f64),
            Text(String),
        }
        let seconds: Option<f64> = match NumberOrText::deserialize(deserializer)? {
            NumberOrText::Number(seconds) => Some(seconds),
            NumberOrText::Text(text) => text.trim().parse().ok(),
        };
        seconds
            .filter(|seconds| !seconds.is_nan())
            .and_then(|seconds| Duration::try_from_secs_f64(seconds.min(MANY_SECONDS)).ok())
            .map(Seconds)
            .ok_or_else(|| serde::de::Error::custom("not a number of seconds"))
    }
}

/// The token endpoint of a workspace.
const TOKEN_PATH: &str = "/oidc/v1/token";

/// A year: keeps absurd lifetimes within what a `Duration` holds.
const MANY_SECONDS: f64 = 31_536_000.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_and_secret_are_form_url_encoded_before_base64() {
        let secret = Secret::new("a+b/c d:%".to_owned());
        let decoded = BASE64.decode(basic("client:1", &secret).expose()).expect("base64");
        assert_eq!(decoded, b"client%3A1:a%2Bb%2Fc+d%3A%25");
    }

    #[test]
    fn a_lifetime_may_be_a_number_or_a_string() {
        for (json, seconds) in
            [("3600", 3600.0), ("\"3600\"", 3600.0), ("59.5", 59.5), ("1e300", MANY_SECONDS)]
        {
            let parsed: Seconds = serde_json::from_str(json).expect(json);
            assert_eq!(parsed.0.as_secs_f64(), seconds, "{json}");
        }
        for json in ["null", "\"\"", "\"soon\"", "-1", "\"-1\"", "\"NaN\"", "true", "[]", "{}"] {
            assert!(serde_json::from_str::<Seconds>(json).is_err(), "{json}");
        }
    }
}
