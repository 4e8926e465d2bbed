//! What an answer without success means, in every shape that a workspace or a gateway gives it.
//!
//! The shapes are those that the Databricks SDKs read (`service/apierr` of the Go SDK and its
//! issue tracker) and RFC 6749 §5.2.

use std::time::{Duration, SystemTime};

use reqwest::header::{HeaderMap, LOCATION, RETRY_AFTER};
use serde_json::Value;

use super::{Failure, quote::quote, time_of};
use crate::error::{Error, ErrorCode};

/// An answer whose status is not 2xx.
pub struct Refusal<'a> {
    /// Who answered: the origin.
    pub host: &'a str,
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// The body, or as much of it as was read.
    pub body: &'a [u8],
    /// What must not be repeated.
    pub secrets: &'a [&'a str],
}

impl Refusal<'_> {
    /// The error it stands for.
    pub fn into_failure(self, now: SystemTime) -> Failure {
        if (300..400).contains(&self.status) {
            return Failure { error: self.redirect(), is_transient: false };
        }
        let said = Said::read(self.body);
        let (code, is_transient) =
            classify(self.status, said.word.as_deref(), said.message.as_deref());
        let mut what = format!("{} answered {}", self.host, self.status);
        let word = said.word.as_deref().map(|word| quote(word, self.secrets));
        if let Some(word) = &word {
            what.push_str(&format!(" {word}"));
        }
        if let Some(message) = &said.message {
            what.push_str(&format!(": “{}”", quote(message, self.secrets)));
        }
        let error = Error {
            status: Some(self.status),
            error_code: word,
            request_id: said
                .request_id
                .or_else(|| header(self.headers, "x-request-id"))
                .or_else(|| header(self.headers, "x-databricks-request-id"))
                .map(|id| quote(&id, self.secrets)),
            retry_after: retry_after(self.headers, now).or(said.retry_delay),
            ..Error::new(code, what, advice(code))
        };
        Failure { error, is_transient }
    }

    fn redirect(self) -> Error {
        let target = header(self.headers, LOCATION.as_str()).unwrap_or_default();
        if target.contains("private-link-validation-error") {
            return Error {
                status: Some(self.status),
                ..Error::new(
                    ErrorCode::Protocol,
                    format!("{} accepts connections over its private link only", self.host),
                    "Run this process inside the network of the workspace's private link, or \
                     allow public access in the workspace's network settings.",
                )
            };
        }
        // A query can carry anything, so it is not repeated.
        let target = target.split(['?', '#']).next().unwrap_or_default();
        Error {
            status: Some(self.status),
            ..Error::new(
                ErrorCode::Protocol,
                format!(
                    "{} answered {} with a redirect to “{}”, which is not followed",
                    self.host,
                    self.status,
                    quote(target, self.secrets)
                ),
                "Set DATABRICKS_HOST to the URL of the workspace itself.",
            )
        }
    }
}

/// What can be read from the body of a refusal.
#[derive(Debug, Default, PartialEq)]
struct Said {
    /// The service's own word for the error: `error_code`, or OAuth's `error`.
    word: Option<String>,
    message: Option<String>,
    request_id: Option<String>,
    retry_delay: Option<Duration>,
}

impl Said {
    fn read(body: &[u8]) -> Said {
        match serde_json::from_slice::<Value>(body) {
            Ok(json) => Said::from_json(&json),
            Err(_) => Said::from_text(&String::from_utf8_lossy(body)),
        }
    }

    fn from_json(json: &Value) -> Said {
        let first = |keys: &[&str]| keys.iter().find_map(|key| scalar(json.get(key)?));
        let details = json.get("details").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let detail = |key: &str| details.iter().find_map(|detail| scalar(detail.get(key)?));
        Said {
            word: first(&["error_code", "errorCode", "error"]),
            message: first(&["message", "error_description", "errorSummary"]),
            request_id: detail("request_id"),
            retry_delay: detail("retry_delay").and_then(|text| proto_duration(&text)),
        }
    }

    /// A gateway's HTML page, or plain `CODE: message`.
    fn from_text(text: &str) -> Said {
        let between = |open: &str, close: &str| {
            let rest = text.split_once(open)?.1;
            Some(rest.split_once(close)?.0.trim().to_owned())
        };
        if text.trim_start().starts_with('<') {
            let message = between("<title>", "</title>").or_else(|| between("<pre>", "</pre>"));
            return Said { message: message.filter(|text| !text.is_empty()), ..Said::default() };
        }
        let is_word = |word: &str| {
            !word.is_empty() && word.bytes().all(|b| b.is_ascii_uppercase() || b == b'_')
        };
        match text.split_once(": ") {
            Some((word, message)) if is_word(word) => Said {
                word: Some(word.to_owned()),
                message: Some(message.to_owned()),
                ..Said::default()
            },
            _ => Said {
                message: Some(text.to_owned()).filter(|t| !t.trim().is_empty()),
                ..Said::default()
            },
        }
    }
}

/// A string, or a number as one: the service sends the same field as either.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
            None
        }
    }
}

/// The code, and whether the same request may succeed in a moment.
fn classify(status: u16, word: Option<&str>, message: Option<&str>) -> (ErrorCode, bool) {
    let word = word.unwrap_or_default().to_ascii_uppercase();
    match (word.as_str(), status) {
        ("REQUEST_LIMIT_EXCEEDED" | "RESOURCE_EXHAUSTED", _) => (ErrorCode::RateLimited, true),
        (
            "TEMPORARILY_UNAVAILABLE"
            | "WORKSPACE_TEMPORARILY_UNAVAILABLE"
            | "SERVICE_UNDER_MAINTENANCE",
            _,
        ) => (ErrorCode::Unavailable, true),
        ("INVALID_CLIENT" | "UNAUTHORIZED_CLIENT", _) => (ErrorCode::Unauthenticated, false),
        // The one case that is told by text alone.
        ("INVALID_REQUEST", _) if message.is_some_and(|m| m.contains("throttled")) => {
            (ErrorCode::RateLimited, true)
        }
        (_, 401) => (ErrorCode::Unauthenticated, false),
        // A refused access token rather than a refused permission, which has a word of its own.
        ("403" | "UNAUTHENTICATED" | "INVALID_TOKEN", 403) => (ErrorCode::Unauthenticated, false),
        (_, 403) => (ErrorCode::Forbidden, false),
        (_, 404) => (ErrorCode::NotFound, false),
        (_, 429) => (ErrorCode::RateLimited, true),
        (_, 408 | 502 | 503 | 504) => (ErrorCode::Unavailable, true),
        (_, 500..) => (ErrorCode::Unavailable, false),
        _ => (ErrorCode::Protocol, false),
    }
}

fn advice(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::RateLimited => "Try again later; this machine's address may share its limit.",
        ErrorCode::Unavailable | ErrorCode::Timeout | ErrorCode::Interrupted => {
            "Try again; if it lasts, look at the status page of Databricks."
        }
        ErrorCode::ConfigMissing
        | ErrorCode::ConfigInvalid
        | ErrorCode::Unauthenticated
        | ErrorCode::Forbidden
        | ErrorCode::NotFound
        | ErrorCode::Protocol => "Check that DATABRICKS_HOST is the URL of the workspace.",
    }
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned()).filter(|text| !text.is_empty())
}

/// `Retry-After`, in seconds or as a date (RFC 9110 §10.2.3).
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = header(headers, RETRY_AFTER.as_str())?;
    match text.trim().parse::<u64>() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        // By the clock of whoever wrote the date, if the answer tells that.
        Err(_) => {
            let now = header(headers, "date").and_then(|date| time_of(&date)).unwrap_or(now);
            time_of(&text)?.duration_since(now).ok()
        }
    }
}

/// `google.protobuf.Duration` in JSON: "1.5s".
fn proto_duration(text: &str) -> Option<Duration> {
    let seconds = text.strip_suffix('s')?.parse::<f64>().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}
