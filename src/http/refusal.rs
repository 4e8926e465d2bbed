//! What an answer without success means, in every shape that a workspace or a gateway gives it.
//!
//! The shapes are those that the Databricks SDKs read (`service/apierr` of the Go SDK and its
//! issue tracker) and RFC 6749 §5.2.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use reqwest::Url;
use reqwest::header::{HeaderMap, LOCATION, RETRY_AFTER};
use serde_json::Value;

use super::advice::{check_host, no_workspace};
use super::date::time_of;
use super::failure::Failure;
use super::quote::quote;
use crate::config::Host;
use crate::config::labels::Label;
use crate::error::{Error, ErrorCode};

/// An answer whose status is not 2xx.
pub(super) struct Refusal<'a> {
    /// Who answered.
    pub host: &'a Host,
    /// Where that was set.
    pub label: &'a Label,
    pub status: u16,
    pub headers: &'a HeaderMap,
    /// The body, or as much of it as was read.
    pub body: &'a [u8],
    /// What must not be repeated.
    pub secrets: &'a [&'a str],
}

impl Refusal<'_> {
    /// The error it stands for.
    pub(super) fn into_failure(self, now: SystemTime) -> Failure {
        if (300..400).contains(&self.status) {
            return Failure { error: self.redirect(), is_transient: false };
        }
        let said = Said::read(self.body);
        let (code, is_transient) =
            classify(self.status, said.word.as_deref(), said.message.as_deref());
        let mut what = format!("{} answered {}", self.host.as_str(), self.status);
        let word = said.word.as_deref().map(|word| quote(word, self.secrets));
        if let Some(word) = &word {
            what.push_str(&format!(" {word}"));
        }
        if let Some(message) = &said.message {
            // Its full stop would stand before ours.
            let quoted = quote(message, self.secrets);
            what.push_str(&format!(": “{}”", quoted.trim_end_matches('.')));
        }
        let error = Error {
            status: Some(self.status),
            error_code: word,
            request_id: said
                .request_id
                .or_else(|| request_id(self.headers))
                .map(|id| quote(&id, self.secrets)),
            retry_after: retry_after(self.headers, now).or(said.retry_delay),
            ..Error::new(code, what, advice(code, self.host, self.label))
        };
        Failure { error, is_transient }
    }

    fn redirect(self) -> Error {
        let target = header(self.headers, LOCATION.as_str()).unwrap_or_default();
        if target.contains("private-link-validation-error") {
            return Error {
                status: Some(self.status),
                request_id: request_id(self.headers).map(|id| quote(&id, self.secrets)),
                ..Error::new(
                    ErrorCode::Protocol,
                    format!(
                        "{} accepts connections over its private link only",
                        self.host.as_str()
                    ),
                    "Run this process inside the network of the workspace's private link, or \
                     allow public access in the workspace's network settings.",
                )
            };
        }
        let target = place(&target);
        Error {
            status: Some(self.status),
            request_id: request_id(self.headers).map(|id| quote(&id, self.secrets)),
            ..Error::new(
                ErrorCode::Protocol,
                format!(
                    "{} answered {} with a redirect to “{}”, which is not followed",
                    self.host.as_str(),
                    self.status,
                    quote(&target, self.secrets)
                ),
                no_workspace(self.host, self.label).unwrap_or_else(|| {
                    format!("Set {} to the URL of the workspace itself.", self.label)
                }),
            )
        }
    }
}

/// Where a redirect leads, without what may carry a secret: user, query, fragment.
fn place(location: &str) -> String {
    match Url::parse(location) {
        Ok(url) => format!("{}{}", url.origin().ascii_serialization(), url.path()),
        Err(_) if location.starts_with('/') && !location.starts_with("//") => {
            location.split(['?', '#']).next().unwrap_or_default().to_owned()
        }
        Err(_) => "another place".to_owned(),
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
            // Anything else is a raw body, which is not repeated.
            _ => Said::default(),
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

fn advice(code: ErrorCode, host: &Host, label: &Label) -> Cow<'static, str> {
    match code {
        ErrorCode::RateLimited => {
            "Try again later; this machine's address may share its limit.".into()
        }
        ErrorCode::Unavailable | ErrorCode::Timeout | ErrorCode::Interrupted => {
            "Try again; if it lasts, look at the status page of Databricks.".into()
        }
        ErrorCode::ConfigMissing
        | ErrorCode::ConfigInvalid
        | ErrorCode::Unauthenticated
        | ErrorCode::Forbidden
        | ErrorCode::NotFound
        | ErrorCode::Protocol => check_host(host, label).into(),
    }
}

/// What the headers call the request.
pub(super) fn request_id(headers: &HeaderMap) -> Option<String> {
    ["x-request-id", "x-databricks-request-id"].iter().find_map(|name| header(headers, name))
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

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use reqwest::header::{HeaderName, HeaderValue};

    use super::*;
    use ErrorCode::{Forbidden, NotFound, Protocol, RateLimited, Unauthenticated, Unavailable};

    fn refusal(status: u16, headers: &[(&str, &str)], body: &str) -> Failure {
        refusal_of("workspace.test", status, headers, body)
    }

    fn refusal_of(host: &str, status: u16, headers: &[(&str, &str)], body: &str) -> Failure {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| {
                let name: HeaderName = name.parse().unwrap();
                (name, HeaderValue::try_from(*value).unwrap())
            })
            .collect();
        let refusal = Refusal {
            host: &Host::parse(host).unwrap(),
            label: &Label::variable("HOST"),
            status,
            headers: &headers,
            body: body.as_bytes(),
            secrets: &["secret-1"],
        };
        refusal.into_failure(UNIX_EPOCH)
    }

    /// What is not retried, and what is.
    const FINAL: bool = false;
    const TRANSIENT: bool = true;

    /// Each row is a status, a body, and the word that is told, empty for none.
    fn all_mean(code: ErrorCode, is_transient: bool, rows: &[(u16, &str, &str)]) {
        for (status, body, word) in rows {
            let failure = refusal(*status, &[], body);
            let meant = (failure.error.code, failure.is_transient);
            assert_eq!(meant, (code, is_transient), "{status} {body}");
            assert_eq!(failure.error.error_code.unwrap_or_default(), *word, "{status} {body}");
            assert_eq!(failure.error.status, Some(*status));
        }
    }

    #[test]
    fn a_refused_access_token_is_told_in_many_ways() {
        let message = "Token is expiring within 30 seconds. (token expired)";
        let expiring = format!(r#"{{"error_code":403,"message":"{message}"}}"#);
        let rows = [
            (401, "", ""),
            (401, "Credential was not sent or was of an unsupported type", ""),
            (401, "<html><title>Unauthorized</title></html>", ""),
            (401, r#"{"error_code":"UNAUTHENTICATED","message":"No."}"#, "UNAUTHENTICATED"),
            (401, r#"{"error_code":"PERMISSION_DENIED"}"#, "PERMISSION_DENIED"),
            (403, r#"{"error_code":403,"message":"Invalid access token."}"#, "403"),
            (403, r#"{"error_code":"403","message":"Invalid access token."}"#, "403"),
            (403, &expiring, "403"),
            (403, r#"{"error_code":"UNAUTHENTICATED"}"#, "UNAUTHENTICATED"),
            (403, r#"{"error":"invalid_token","error_description":"Expired"}"#, "invalid_token"),
        ];
        all_mean(Unauthenticated, FINAL, &rows);
    }

    #[test]
    fn a_refused_client_is_told_in_many_ways() {
        let rows = [
            (401, r#"{"error":"invalid_client","error_description":"No"}"#, "invalid_client"),
            (400, r#"{"error":"invalid_client"}"#, "invalid_client"),
            (400, r#"{"error":"unauthorized_client"}"#, "unauthorized_client"),
            (401, r#"{"errorCode":"invalid_client","errorSummary":"No"}"#, "invalid_client"),
            (400, r#"{"error_code":"","error":"invalid_client"}"#, "invalid_client"),
        ];
        all_mean(Unauthenticated, FINAL, &rows);
    }

    #[test]
    fn a_refused_permission_is_not_a_refused_token() {
        let rows = [
            (403, r#"{"error_code":"PERMISSION_DENIED","message":"No."}"#, "PERMISSION_DENIED"),
            (403, r#"{"error_code":"PERMISSION_DENIED","message":"token"}"#, "PERMISSION_DENIED"),
            (403, r#"{"error":"access_denied"}"#, "access_denied"),
            (403, "FORBIDDEN: No", "FORBIDDEN"),
            (403, "Invalid access token.", ""),
            (403, "", ""),
        ];
        all_mean(Forbidden, FINAL, &rows);
    }

    #[test]
    fn what_is_not_there_is_not_found() {
        let rows = [
            (404, r#"{"error_code":"NOT_FOUND","message":"No."}"#, "NOT_FOUND"),
            (404, r#"{"error_code":"RESOURCE_DOES_NOT_EXIST"}"#, "RESOURCE_DOES_NOT_EXIST"),
            (404, r#"{"error_code":"FEATURE_DISABLED"}"#, "FEATURE_DISABLED"),
            (404, r#"{"errorCode":"E0000007"}"#, "E0000007"),
            (404, "<html><title>404</title></html>", ""),
        ];
        all_mean(NotFound, FINAL, &rows);
    }

    #[test]
    fn throttling_is_told_by_status_or_word_or_text() {
        let text = "Temporarily throttled, too many requests";
        let oauth = format!(r#"{{"error":"invalid_request","error_description":"{text}"}}"#);
        let rows = [
            (400, oauth.as_str(), "invalid_request"),
            (401, &oauth, "invalid_request"),
            (429, "", ""),
            (429, "<html><title>Slow down</title></html>", ""),
            (429, r#"{"error_code":"REQUEST_LIMIT_EXCEEDED"}"#, "REQUEST_LIMIT_EXCEEDED"),
            (400, r#"{"error_code":"REQUEST_LIMIT_EXCEEDED"}"#, "REQUEST_LIMIT_EXCEEDED"),
            (403, r#"{"error_code":"RESOURCE_EXHAUSTED"}"#, "RESOURCE_EXHAUSTED"),
            (500, "RESOURCE_EXHAUSTED: Too many", "RESOURCE_EXHAUSTED"),
        ];
        all_mean(RateLimited, TRANSIENT, &rows);
    }

    #[test]
    fn a_temporary_failure_is_told_by_status_or_word() {
        let workspace = r#"{"error_code":"WORKSPACE_TEMPORARILY_UNAVAILABLE"}"#;
        let rows = [
            (408, "", ""),
            (502, "<html><head><title>502 Bad Gateway</title></head></html>", ""),
            (503, r#"{"error_code":"TEMPORARILY_UNAVAILABLE"}"#, "TEMPORARILY_UNAVAILABLE"),
            (504, "upstream request timeout", ""),
            (500, r#"{"error_code":"TEMPORARILY_UNAVAILABLE"}"#, "TEMPORARILY_UNAVAILABLE"),
            (400, r#"{"error":"temporarily_unavailable"}"#, "temporarily_unavailable"),
            (404, workspace, "WORKSPACE_TEMPORARILY_UNAVAILABLE"),
            (400, r#"{"error_code":"SERVICE_UNDER_MAINTENANCE"}"#, "SERVICE_UNDER_MAINTENANCE"),
            (403, "SERVICE_UNDER_MAINTENANCE: Back at ten", "SERVICE_UNDER_MAINTENANCE"),
        ];
        all_mean(Unavailable, TRANSIENT, &rows);
    }

    #[test]
    fn any_other_failure_of_the_service_is_not_retried() {
        let rows = [
            (500, r#"{"error_code":"INTERNAL_ERROR","message":"No."}"#, "INTERNAL_ERROR"),
            (501, r#"{"error_code":"NOT_IMPLEMENTED"}"#, "NOT_IMPLEMENTED"),
            (500, "<!DOCTYPE html><pre>Stack trace</pre>", ""),
            (500, "lower_case: not a word", ""),
            (999, "", ""),
        ];
        all_mean(Unavailable, FINAL, &rows);
    }

    #[test]
    fn what_no_workspace_answers_is_a_breach_of_the_protocol() {
        let rows = [
            (400, r#"{"error_code":"INVALID_PARAMETER_VALUE"}"#, "INVALID_PARAMETER_VALUE"),
            (400, r#"{"error":"invalid_scope"}"#, "invalid_scope"),
            (400, r#"{"error":"unsupported_grant_type"}"#, "unsupported_grant_type"),
            (400, r#"{"error":"invalid_request","error_description":"No"}"#, "invalid_request"),
            (409, r#"{"error_code":"ABORTED"}"#, "ABORTED"),
            (400, r#"{"error_code":null,"message":null}"#, ""),
            (400, r#"{"error_code":["UNAUTHENTICATED"],"message":{}}"#, ""),
            (400, r#"{"error":{"code":401,"status":"UNAUTHENTICATED"}}"#, ""),
            (400, r#"{"error_code":true}"#, ""),
            (400, "", ""),
            (402, "{}", ""),
            (405, "[]", ""),
            (407, "null", ""),
            (418, "\"text\"", ""),
            (451, "{", ""),
        ];
        all_mean(Protocol, FINAL, &rows);
    }

    #[test]
    fn the_services_own_words_are_quoted() {
        for (status, body, what) in [
            (
                403,
                r#"{"error_code":"PERMISSION_DENIED","message":"Ask \"her\"."}"#,
                "403 PERMISSION_DENIED: “Ask \"her\"”",
            ),
            (
                401,
                r#"{"error":"invalid_client","error_description":"Failed"}"#,
                "401 invalid_client: “Failed”",
            ),
            (401, r#"{"errorCode":"E1","errorSummary":"Old"}"#, "401 E1: “Old”"),
            (400, r#"{"message":"not secret-1"}"#, "400: “not [redacted]”"),
            (400, r#"{"error_code":"secret-1"}"#, "400 [redacted]"),
            (502, "<html><title>\n Bad  Gateway </title><body>secret", "502: “Bad Gateway”"),
            (502, " <html><pre>Reason</pre>", "502: “Reason”"),
            (502, "<html><title></title>", "502"),
            (502, "<html>", "502"),
            (503, "UNAVAILABLE: Try later", "503 UNAVAILABLE: “Try later”"),
            // A raw body is not quoted, nor is what only looks like JSON.
            (503, "Try later", "503"),
            (503, r#"{"error_code":"X","message":"y"#, "503"),
            (503, " \n ", "503"),
        ] {
            let Failure { error, .. } = refusal(status, &[], body);
            assert_eq!(error.what, format!("https://workspace.test answered {what}"), "{body}");
        }
    }

    #[test]
    fn the_request_id_is_that_of_the_body_or_of_a_header() {
        let body = r#"{"details":[1,{"@type":"other"},{"@type":"type.googleapis.com/google.rpc.RequestInfo","request_id":"in-body"}]}"#;
        let (ours, theirs) = (("x-request-id", "in-header"), ("x-databricks-request-id", "theirs"));
        for (headers, body, id) in [
            (&[ours, theirs][..], body, Some("in-body")),
            (&[theirs, ours], "", Some("in-header")),
            (&[theirs], "{}", Some("theirs")),
            (&[("x-request-id", "")], r#"{"details":[{"request_id":""}]}"#, None),
            (&[], r#"{"details":{"request_id":"not in a list"}}"#, None),
            (&[("x-request-id", "secret-1")], "", Some("[redacted]")),
        ] {
            let Failure { error, .. } = refusal(403, headers, body);
            assert_eq!(error.request_id.as_deref(), id, "{headers:?} {body}");
        }
    }

    #[test]
    fn the_pause_is_what_the_service_asks_for() {
        let date = ("date", "Sat, 01 Jan 2000 12:00:00 GMT");
        let after = |text| [("retry-after", text)];
        for (headers, body, pause_ms) in [
            (&after("0")[..], "", Some(0)),
            (&after("7"), "", Some(7000)),
            (&after(" 7 "), "", Some(7000)),
            (&after("18446744073709551615"), "", Some(u128::from(u64::MAX) * 1000)),
            // By the clock of whoever wrote it, else by this machine's, which says 1970.
            (&[date, ("retry-after", "Sat, 01 Jan 2000 12:00:30 GMT")], "", Some(30_000)),
            (&after("Thu, 01 Jan 1970 00:01:00 GMT"), "", Some(60_000)),
            (&[date, ("retry-after", "Sat, 01 Jan 2000 11:59:59 GMT")], "", None),
            (&after("7.5"), "", None),
            (&after("-7"), "", None),
            (&after("18446744073709551616"), "", None),
            (&after("soon"), "", None),
            (&after(""), "", None),
            // `RetryInfo`, where the header says nothing.
            (&[], r#"{"details":[{"retry_delay":"1.5s"}]}"#, Some(1500)),
            (&[], r#"{"details":[{"other":1},{"retry_delay":"0.000001s"}]}"#, Some(0)),
            (&after("7"), r#"{"details":[{"retry_delay":"1.5s"}]}"#, Some(7000)),
            (&after("soon"), r#"{"details":[{"retry_delay":"1.5s"}]}"#, Some(1500)),
            (&[], r#"{"details":[{"retry_delay":"1.5"}]}"#, None),
            (&[], r#"{"details":[{"retry_delay":1.5}]}"#, None),
            (&[], r#"{"details":[{"retry_delay":"-1.5s"}]}"#, None),
            (&[], r#"{"details":[{"retry_delay":"NaNs"}]}"#, None),
            (&[], r#"{"details":[{"retry_delay":"infs"}]}"#, None),
            (&[], r#"{"details":[{"retry_delay":"1e30s"}]}"#, None),
            (&[], r#"{"details":[{"retry_delay":"s"}]}"#, None),
            (&[], r#"{"details":[{"retry_delay":{"seconds":1}}]}"#, None),
            (&[], r#"{"retry_delay":"1.5s"}"#, None),
            (&[], "", None),
        ] {
            let Failure { error, .. } = refusal(429, headers, body);
            let asked = error.retry_after.map(|pause| pause.as_millis());
            assert_eq!(asked, pause_ms, "{headers:?} {body}");
        }
    }

    #[test]
    fn advice_names_the_workspace_by_where_it_was_set() {
        for (status, body, advice) in [
            (302, "", "Set HOST to the URL of the workspace itself."),
            (404, "", "Check that HOST is the URL of the workspace."),
            (400, "<html>", "Check that HOST is the URL of the workspace."),
            (503, "", "Try again; if it lasts, look at the status page of Databricks."),
        ] {
            assert_eq!(refusal(status, &[], body).error.advice, advice, "{status}");
        }
    }

    #[test]
    fn a_host_that_is_no_workspace_is_told() {
        for (host, status, what) in [
            ("accounts.cloud.databricks.com", 404, "the console of an account"),
            ("login.databricks.com", 302, "the console of an account"),
            ("my-app.aws.databricksapps.com", 400, "the URL of an app"),
            (
                "ep-1.database.eu.cloud.databricks.com",
                404,
                "a Postgres host, which belongs in PGHOST",
            ),
            ("corp.azuredatabricks.net", 404, "a host of several workspaces"),
        ] {
            let advice = refusal_of(host, status, &[], "").error.advice;
            let told = format!("HOST is {what}: set it to a workspace's own, such as");
            assert!(advice.starts_with(&told), "{host} {status}: {advice}");
        }
    }

    #[test]
    fn a_redirect_is_told_without_its_query() {
        for (target, what) in [
            (
                "/login.html?error=private-link-validation-error:123",
                "accepts connections over its private link only",
            ),
            (
                "https://other.test/path?secret-1#secret-1",
                "answered 302 with a redirect to “https://other.test/path”, which is not followed",
            ),
            ("/secret-1", "answered 302 with a redirect to “/[redacted]”, which is not followed"),
            (
                "https://user:canary@other.test/path?canary",
                "answered 302 with a redirect to “https://other.test/path”, which is not followed",
            ),
            (
                "//user:canary@other.test",
                "answered 302 with a redirect to “another place”, which is not followed",
            ),
            ("", "answered 302 with a redirect to “another place”, which is not followed"),
        ] {
            let Failure { error, is_transient } = refusal(302, &[("location", target)], "secret-1");
            assert_eq!(error.what, format!("https://workspace.test {what}"));
            assert_eq!((error.code, error.status, is_transient), (Protocol, Some(302), false));
        }
    }
}
