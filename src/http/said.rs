//! What a refusal says, in every shape that a workspace or a gateway gives it.
//!
//! The shapes are those that the Databricks SDKs read (`service/apierr` of the Go SDK and its
//! issue tracker), RFC 6749 §5.2 and RFC 6750 §3.

use std::time::Duration;

use reqwest::header::{HeaderMap, WWW_AUTHENTICATE};
use serde_json::Value;

/// What can be read from a refusal.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Said {
    /// The service's own word for the error: `error_code`, or OAuth's `error`.
    pub word: Option<String>,
    pub message: Option<String>,
    pub request_id: Option<String>,
    pub retry_delay: Option<Duration>,
    /// The `WWW-Authenticate` that tells that scopes are missing.
    pub challenge: Option<String>,
}

impl Said {
    pub(super) fn read(headers: &HeaderMap, body: &[u8]) -> Said {
        let body = without_mark(body);
        let said = match serde_json::from_slice::<Value>(body) {
            Ok(json) => Said::from_json(&json),
            Err(_) => Said::from_text(&String::from_utf8_lossy(body)),
        };
        let in_message = || id_in(said.message.as_deref()?);
        let request_id = said.request_id.or_else(|| request_id(headers)).or_else(in_message);
        let challenges = headers.get_all(WWW_AUTHENTICATE).iter();
        let challenge = challenges
            .filter_map(|text| text.to_str().ok())
            .find(|text| text.contains("error=\"insufficient_scope\""))
            .map(str::to_owned);
        Said { request_id, challenge, ..said }
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
            challenge: None,
        }
    }

    /// A gateway's HTML page, plain `CODE: message`, or a plain sentence.
    fn from_text(text: &str) -> Said {
        let between = |open: &str, close: &str| {
            let rest = text.split_once(open)?.1;
            Some(rest.split_once(close)?.0.trim().to_owned())
        };
        let text_of = |message| Said { message, ..Said::default() };
        if text.trim_start().starts_with('<') {
            let message = between("<title>", "</title>").or_else(|| between("<pre>", "</pre>"));
            return text_of(message.filter(|text| !text.is_empty()));
        }
        let is_word = |word: &str| {
            !word.is_empty() && word.bytes().all(|b| b.is_ascii_uppercase() || b == b'_')
        };
        match text.split_once(": ") {
            Some((word, message)) if is_word(word) => {
                Said { word: Some(word.to_owned()), ..text_of(Some(message.to_owned())) }
            }
            _ => text_of(Some(text.trim().to_owned()).filter(|text| is_sentence(text))),
        }
    }
}

/// A byte order mark is no JSON, but some gateways put one before it.
pub(crate) fn without_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)
}

/// What the headers call the request.
pub(super) fn request_id(headers: &HeaderMap) -> Option<String> {
    ["x-request-id", "x-databricks-request-id"].iter().find_map(|name| header(headers, name))
}

pub(super) fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned()).filter(|text| !text.is_empty())
}

/// One short line for people. Anything else is a raw body, which is not repeated.
fn is_sentence(text: &str) -> bool {
    let is_text = |c: char| !c.is_control() && c != char::REPLACEMENT_CHARACTER;
    !text.is_empty()
        && !text.starts_with(['{', '[', '"'])
        && text.chars().count() <= LONGEST_SENTENCE
        && text.chars().all(is_text)
}

/// Where a message says by itself what the request is called: "… [ReqId: 0f0e0d0c]".
fn id_in(message: &str) -> Option<String> {
    let id = message.split_once("[ReqId: ")?.1.split_once(']')?.0;
    Some(id.to_owned()).filter(|id| !id.is_empty() && !id.contains(' '))
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

/// `google.protobuf.Duration` in JSON: "1.5s".
fn proto_duration(text: &str) -> Option<Duration> {
    let seconds = text.strip_suffix('s')?.parse::<f64>().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

/// Longer than what a service says in plain text, shorter than most of what is none.
const LONGEST_SENTENCE: usize = 200;
