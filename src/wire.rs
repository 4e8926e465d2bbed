//! What the requests for tokens have in common: the header that authorizes them, and what makes the
//! token of an answer one that can be used.

use std::time::{Duration, SystemTime};

use reqwest::header::HeaderValue;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

use crate::cache::lease::Grant;
use crate::error::{Error, ErrorCode};
use crate::http::{Answer, Unusable, without_mark};
use crate::secret::Secret;

/// An `Authorization` header that no log shows.
pub(crate) fn authorization(scheme: &str, credentials: &str) -> Result<HeaderValue, Error> {
    // Of its size from the start: what grows leaves its old memory behind.
    let mut text = Zeroizing::new(String::with_capacity(scheme.len() + 1 + credentials.len()));
    for part in [scheme, " ", credentials] {
        text.push_str(part);
    }
    let mut value = HeaderValue::from_str(&text).map_err(|_| {
        Error::new(
            ErrorCode::ConfigInvalid,
            "The identity contains characters that cannot be sent",
            "Paste its variables again, without quotes or line breaks.",
        )
    })?;
    value.set_sensitive(true);
    Ok(value)
}

/// The JSON of an answer with success.
pub(crate) fn json<T: DeserializeOwned>(answer: &Answer) -> Result<T, Unusable> {
    let body = without_mark(&answer.body);
    let parsed = serde_json::from_slice(body).map_err(|error| {
        // serde's message can quote the body, so only its position is told.
        let place = format!("line {} column {}", error.line(), error.column());
        let kind = match error.classify() {
            serde_json::error::Category::Data => OTHER_SHAPE,
            serde_json::error::Category::Io
            | serde_json::error::Category::Syntax
            | serde_json::error::Category::Eof => "something that is not JSON",
        };
        Unusable::Foreign(format!("answered with {kind} ({place})"))
    })?;
    // serde takes an array for an object, its members by their position.
    if body.trim_ascii_start().starts_with(b"[") {
        return Err(Unusable::Foreign(format!("answered with {OTHER_SHAPE}")));
    }
    Ok(parsed)
}

/// A token of an answer, wiped also if it is not used.
pub(crate) fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
    String::deserialize(deserializer).map(Secret::new)
}

/// A grant that ends at `expiry` on the service's clock, and at the latest after `longest`, the
/// longest life that the service gives: more is a clock that is wrong.
pub(crate) fn grant_until<T>(
    token: T,
    expiry: SystemTime,
    longest: Duration,
    answer: &Answer,
) -> Option<Grant<T>> {
    let lifetime = expiry.duration_since(answer.sent_by_service_clock).ok()?;
    // It began when the request had arrived, and is counted from before that left.
    grant_for(token, lifetime.min(longest + answer.took), answer)
}

/// A grant for `lifetime`; `None` if that is too short to be of use.
pub(crate) fn grant_for<T>(token: T, lifetime: Duration, answer: &Answer) -> Option<Grant<T>> {
    let lifetime = lifetime.min(LONGEST_LIFETIME);
    (lifetime >= SHORTEST_LIFETIME).then_some(Grant { token, from: answer.sent, lifetime })
}

/// Visible ASCII, as RFC 6750 §2.1 and a Postgres password allow, and not without end.
///
/// The error completes the sentence "… granted an access token …".
pub(crate) fn check_token(text: &str) -> Result<(), &'static str> {
    match text.len() {
        1..=LONGEST_TOKEN if text.bytes().all(|byte| byte.is_ascii_graphic()) => Ok(()),
        0..=LONGEST_TOKEN => Err("with unusable characters"),
        _ => Err("of more than 128 KiB"),
    }
}

const OTHER_SHAPE: &str = "JSON of another shape than a token's";

/// Twenty times what is known of real ones. Every error about it is searched for it.
pub(crate) const LONGEST_TOKEN: usize = 128 * 1024;

/// A token that expires sooner would be fetched again and again.
pub(crate) const SHORTEST_LIFETIME: Duration = Duration::from_secs(1);

/// A longer life is a mistake of units, or at least not worth relying on.
pub(crate) const LONGEST_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);
