//! The answer of a token endpoint.

use std::time::Duration;

use serde::{Deserialize, Deserializer};

use crate::cache::lease::Grant;
use crate::http::{Answer, Unusable};
use crate::secret::{AccessToken, Secret};
use crate::wire::{check_token, grant_for, json, secret};

/// The access token that `answer` grants.
pub(super) fn granted(answer: &Answer) -> Result<Grant<AccessToken>, Unusable> {
    let granted: TokenAnswer = json(answer)?;
    let spoilt = |how: &str| Unusable::Spoilt(format!("granted an access token {how}"));
    if !granted.token_type.is_none_or(|kind| kind.eq_ignore_ascii_case("bearer")) {
        return Err(spoilt("that is not a bearer token"));
    }
    check_token(granted.access_token.expose()).map_err(spoilt)?;
    let token = AccessToken(granted.access_token);
    grant_for(token, granted.expires_in.0, answer).ok_or_else(|| spoilt("that is already expired"))
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

/// A year: keeps absurd lifetimes within what a `Duration` holds.
const MANY_SECONDS: f64 = 31_536_000.0;

#[cfg(test)]
mod tests {
    use super::*;

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
