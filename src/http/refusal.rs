//! An answer without success, as an error.

use std::time::{Duration, SystemTime};

use reqwest::Url;
use reqwest::header::{HeaderMap, LOCATION, RETRY_AFTER};

use super::advice::Advice;
use super::date::time_of;
use super::failure::Failure;
use super::quote::quote;
use super::refused::{Here, Refused, Who, meaning};
use super::said::{Said, header, request_id};
use crate::error::{Error, ErrorCode};

/// An answer whose status is not 2xx.
pub(super) struct Refusal<'a> {
    /// Who answered, and what to do about it.
    pub advice: Advice<'a>,
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
            return self.redirect();
        }
        let said = Said::read(self.headers, self.body);
        let mut refused = meaning(self.status, &said);
        if let Refused::Who(Who::Scopes(names)) = &mut refused {
            *names = quote(names, self.secrets);
        }
        let word = said.word.as_deref().map(|word| quote(word, self.secrets));
        let is_transient = refused.is_transient();
        let error = Error {
            status: Some(self.status),
            request_id: said.request_id.as_deref().map(|id| quote(id, self.secrets)),
            retry_after: retry_after(self.headers, now).or(said.retry_delay),
            ..Error::new(
                refused.code(self.status),
                self.sentence(word.as_deref(), said.message.as_deref()),
                self.advice.on(&refused),
            )
        };
        let error = Error { error_code: word, ..error };
        Failure { error, is_transient, refused: Some(refused) }
    }

    /// What the service said, word for word.
    fn sentence(&self, word: Option<&str>, message: Option<&str>) -> String {
        let mut what = format!("{} answered {}", self.advice.host.as_str(), self.status);
        // Some words are the status once more.
        if let Some(word) = word.filter(|word| *word != self.status.to_string()) {
            what.push_str(&format!(" {word}"));
        }
        if let Some(message) = message {
            // Its full stop would stand before ours.
            let quoted = quote(message, self.secrets);
            what.push_str(&format!(": “{}”", quoted.trim_end_matches('.')));
        }
        what
    }

    fn redirect(self) -> Failure {
        let target = header(self.headers, LOCATION.as_str()).unwrap_or_default();
        let place = place(&target);
        let here = match &place {
            _ if target.contains("private-link-validation-error") => Here::PublicNetwork,
            place if is_login(place) => Here::Login,
            _ => Here::Redirect,
        };
        let what = if here == Here::PublicNetwork {
            "accepts connections over its private link only".to_owned()
        } else {
            let place = quote(&place, self.secrets);
            format!("answered {} with a redirect to “{place}”, which is not followed", self.status)
        };
        let refused = Refused::Here(here);
        let error = Error {
            status: Some(self.status),
            request_id: request_id(self.headers).map(|id| quote(&id, self.secrets)),
            ..Error::new(
                ErrorCode::Protocol,
                format!("{} {what}", self.advice.host.as_str()),
                self.advice.on(&refused),
            )
        };
        Failure { error, is_transient: false, refused: Some(refused) }
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

/// Whether it leads to a page for people, where a workspace answers itself.
fn is_login(place: &str) -> bool {
    let path = Url::parse(place).map_or_else(|_| place.to_owned(), |url| url.path().to_owned());
    path.starts_with("/login")
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

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use reqwest::header::{HeaderName, HeaderValue};

    use super::*;
    use crate::config::labels::{Label, Labels};
    use crate::config::{Host, Settings};
    use crate::testing::settings;
    use ErrorCode::{Forbidden, NotFound, Protocol, RateLimited, Unauthenticated, Unavailable};

    fn refusal(status: u16, headers: &[(&str, &str)], body: &str) -> Failure {
        refusal_of("workspace.test", status, headers, body)
    }

    fn labels() -> Labels {
        let Settings { labels, .. } = settings(&[("DATABRICKS_TOKEN", "token-1")]).unwrap();
        Labels { host: Label::variable("HOST"), ..labels }
    }

    /// Whoever asks says what was refused, where that is for it to say.
    fn refusal_of(host: &str, status: u16, headers: &[(&str, &str)], body: &str) -> Failure {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| {
                let name: HeaderName = name.parse().unwrap();
                (name, HeaderValue::try_from(*value).unwrap())
            })
            .collect();
        let refusal = Refusal {
            advice: Advice {
                host: &Host::parse(host).unwrap(),
                labels: &labels(),
                advise: &|refused| {
                    matches!(refused, Refused::Who(_) | Refused::What(_))
                        .then(|| format!("{refused:?}"))
                },
            },
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
            (400, r#"{"error":"invalid_token"}"#, "invalid_token"),
            // In plain text there is no word.
            (400, "Invalid Token", ""),
            (400, " Invalid Token.\n", ""),
            (403, "Invalid access token.", ""),
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
            (400, AADSTS, "invalid_scope"),
        ];
        all_mean(Unauthenticated, FINAL, &rows);
    }

    #[test]
    fn a_refused_permission_is_not_a_refused_token() {
        let rows = [
            (403, r#"{"error_code":"PERMISSION_DENIED","message":"No."}"#, "PERMISSION_DENIED"),
            (403, r#"{"error_code":"PERMISSION_DENIED","message":"token"}"#, "PERMISSION_DENIED"),
            (403, r#"{"error":"access_denied"}"#, "access_denied"),
            (403, r#"{"error_code":"403","message":"Unauthorized access to Org: 42"}"#, "403"),
            (403, "FORBIDDEN: No", "FORBIDDEN"),
            (403, "Invalid access token of a friend", ""),
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
            (400, r#"{"error_code":"INVALID","message":"Invalid Token"}"#, "INVALID"),
            (400, "Workspace it is", ""),
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
        let longest = "word ".repeat(39) + "words";
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
            (503, " Try later.\r\n", "503: “Try later”"),
            (400, "not secret-1, nor dapi0123", "400: “not [redacted], nor [redacted]”"),
            (400, &longest, &format!("400: “{longest}”")),
            // A raw body is not quoted, nor is what only looks like JSON.
            (400, &format!("{longest}s"), "400"),
            (503, "Try\nlater", "503"),
            (503, "Try \u{1b}[31mlater", "503"),
            (503, r#"{"error_code":"X","message":"y"#, "503"),
            (503, r#"["canary", "#, "503"),
            (503, r#""canary"#, "503"),
            (503, " \n ", "503"),
            // A mark before it does not matter.
            (403, "\u{feff}{\"error_code\":\"X\"}", "403 X"),
            (403, "\u{feff}No entry", "403: “No entry”"),
            // A word that is the status says nothing.
            (403, r#"{"error_code":403,"message":"No"}"#, "403: “No”"),
            (403, r#"{"error_code":"403"}"#, "403"),
            (400, r#"{"error_code":403}"#, "400 403"),
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
            // In the message, where nothing else tells it.
            (&[], r#"{"message":"Blocked [ReqId: in-message]"}"#, Some("in-message")),
            (&[], "Blocked [ReqId: in-message]", Some("in-message")),
            (&[theirs], "Blocked [ReqId: in-message]", Some("theirs")),
            (&[], "Blocked [ReqId: secret-1]", Some("[redacted]")),
            (&[], "Blocked [ReqId: ] [ReqId: no end", None),
            (&[], "Blocked [ReqId: two words]", None),
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

    const AADSTS: &str = r#"{"error":"invalid_scope","error_description":"AADSTS1002012: The provided value for scope all-apis is not valid."}"#;

    #[test]
    fn an_address_that_is_not_on_the_list_is_told_by_the_services_sentence() {
        let message = "Source IP address: 203.0.113.7 is blocked by Databricks IP ACL for workspace: 1 \
                       [ReqId: 0f0e-1]";
        let json = |word| format!(r#"{{"error_code":{word},"message":"{message}"}}"#);
        for (status, body) in [
            (403, json("403")),
            (403, json(r#""403""#)),
            (403, json(r#""PERMISSION_DENIED""#)),
            (403, json(r#""UNAUTHENTICATED""#)),
            (401, json("null")),
            (400, json(r#""BAD_REQUEST""#)),
            (403, message.to_owned()),
        ] {
            let Failure { error, is_transient, .. } = refusal(status, &[], &body);
            assert_eq!((error.code, is_transient), (Forbidden, FINAL), "{body}");
            assert_eq!(error.request_id.as_deref(), Some("0f0e-1"), "{body}");
            assert!(error.what.contains("blocked by Databricks IP ACL"), "{body}");
            assert!(error.advice.contains("IP access list"), "{body}: {}", error.advice);
        }
    }

    #[test]
    fn scopes_that_are_missing_are_a_refused_permission_and_are_named() {
        let challenge =
            ("www-authenticate", r#"Bearer error="insufficient_scope", scope="postgres""#);
        let lacks = "Provided OAuth token does not have required scopes: postgres";
        let secret = "Scopes 'all-apis' are not assigned to the OAuth secret";
        let standard =
            |word, message: &str| format!(r#"{{"error_code":{word},"message":"{message}"}}"#);
        let oauth =
            |word, text: &str| format!(r#"{{"error":"{word}","error_description":"{text}"}}"#);
        for (status, headers, body, scopes) in [
            (403, &[][..], standard(r#""PERMISSION_DENIED""#, lacks), "postgres"),
            (403, &[], standard("403", &format!("{lacks}.")), "postgres"),
            (403, &[], standard("403", &format!("{lacks}, sql [ReqId: 1]")), "postgres, sql"),
            (403, &[], lacks.to_owned(), "postgres"),
            (401, &[], oauth("insufficient_scope", lacks), "postgres"),
            (403, &[], oauth("insufficient_scope", ""), ""),
            (403, &[challenge], String::new(), "postgres"),
            (401, &[challenge], standard("403", "No"), "postgres"),
            (403, &[], oauth("access_denied", secret), "all-apis"),
            (400, &[], oauth("access_denied", secret), "all-apis"),
            (400, &[], oauth("invalid_scope", "Scope 'all-apis' is not allowed"), "all-apis"),
            (400, &[], oauth("invalid_scope", "No such scope"), ""),
            // No names of scopes.
            (400, &[], oauth("invalid_scope", "Client 'my-client' can't ask for it"), ""),
            (403, &[], oauth("insufficient_scope", "'a b', 'é', ''"), ""),
            (403, &[], lacks.replace("postgres", "secret-1"), "[redacted]"),
            (403, &[], lacks.replace("postgres", &"x".repeat(65)), ""),
            // No more than a person reads.
            (
                403,
                &[],
                standard("403", &lacks.replace("postgres", &"a ".repeat(100))),
                "a, a, a, a, a, a, a, a",
            ),
            (
                403,
                &[],
                oauth("invalid_scope", &format!("Scopes {}", "'a' ".repeat(100))),
                "a, a, a, a, a, a, a, a",
            ),
        ] {
            let Failure { error, is_transient, .. } = refusal(status, headers, &body);
            assert_eq!((error.code, is_transient), (Forbidden, FINAL), "{body}");
            assert_eq!(error.advice, format!("Who(Scopes({scopes:?}))"), "{body}");
        }
        let other = ("www-authenticate", r#"Bearer error="invalid_token""#);
        assert_eq!(refusal(401, &[other], "").error.code, Unauthenticated);
    }

    #[test]
    fn a_sentence_in_another_means_nothing() {
        let denied = |text| format!(r#"{{"error_code":"PERMISSION_DENIED","message":"{text}"}}"#);
        for text in [
            "Workspace admins disabled the user: bob is not active",
            "Workspace 42: service principal 1 is not active",
            "Lakebase endpoint primary is suspended because autoscaling is not enabled for it",
            "CAN USE on Lakebase project shop; serverless egress is not enabled",
            "Lacks CAN USE. Others are blocked by Databricks IP ACL",
            "See AADSTS1002012",
        ] {
            let error = refusal(403, &[], &denied(text)).error;
            assert_eq!((error.code, &*error.advice), (Forbidden, "What(Permission)"), "{text}");
        }
        let said = |text: &str| format!(r#"{{"error_code":"403","message":"{text}"}}"#);
        let lacks = "User does not have permission to use Lakebase project shop";
        assert_eq!(refusal(403, &[], &said(lacks)).error.code, Forbidden);
        for status in [402, 404, 405] {
            let code = refusal(status, &[], "Invalid Token").error.code;
            assert!(matches!(code, Protocol | NotFound), "{status}");
        }
        assert_eq!(refusal(400, &[], "Invalid token").error.code, Unauthenticated);
    }

    #[test]
    fn what_is_refused_is_told_by_the_services_own_words() {
        let standard =
            |word, message| format!(r#"{{"error_code":"{word}","message":"{message}"}}"#);
        for (status, body, code, refused) in [
            (400, AADSTS.to_owned(), Unauthenticated, "Who(Entra)"),
            (401, r#"{"error":"invalid_client"}"#.to_owned(), Unauthenticated, "Who(Identity)"),
            (
                403,
                standard(
                    "PERMISSION_DENIED",
                    "Personal access tokens are disabled for this workspace.",
                ),
                Forbidden,
                "Who(PersonalTokens)",
            ),
            (403, standard("PERMISSION_DENIED", "No."), Forbidden, "What(Permission)"),
            (403, standard("QUOTA_EXCEEDED", "No."), Forbidden, "What(Quota)"),
            (400, standard("QUOTA_EXCEEDED", "No."), Protocol, "What(Quota)"),
            (404, standard("NOT_FOUND", "No."), NotFound, "What(Missing)"),
            (404, "Not Found".to_owned(), NotFound, "What(Missing)"),
            (
                404,
                standard("ENDPOINT_NOT_FOUND", "No API found for 'POST /postgres/credentials'"),
                NotFound,
                "What(Api)",
            ),
            (404, standard("FEATURE_DISABLED", "No."), NotFound, "What(Feature)"),
            (403, standard("FEATURE_DISABLED", "No."), Forbidden, "What(Feature)"),
            (
                400,
                standard("BAD_REQUEST", "Lakebase is not enabled for this workspace."),
                Protocol,
                "What(Feature)",
            ),
            (
                400,
                standard("FAILED_PRECONDITION", "Endpoint is disabled."),
                Protocol,
                "What(DisabledEndpoint)",
            ),
            (400, standard("INVALID_PARAMETER_VALUE", "No."), Protocol, "What(Request)"),
            (400, standard("FAILED_PRECONDITION", "No."), Protocol, "What(Request)"),
            (409, standard("RESOURCE_CONFLICT", "No."), Protocol, "What(Change)"),
        ] {
            let Failure { error, is_transient, .. } = refusal(status, &[], &body);
            assert_eq!((error.code, is_transient), (code, FINAL), "{body}");
            assert_eq!(error.advice, refused, "{body}");
        }
    }

    #[test]
    fn what_everybody_meets_here_is_told_by_where_the_workspace_was_set() {
        let standard =
            |word, message| format!(r#"{{"error_code":"{word}","message":"{message}"}}"#);
        let check = "Check that HOST is the URL of the workspace.";
        let several = "HOST may be a URL of several workspaces, or of none: set it to a workspace's \
                       own, such as https://dbc-….cloud.databricks.com or \
                       https://adb-….azuredatabricks.net, or set DATABRICKS_WORKSPACE_ID to the \
                       workspace's id.";
        let status_page = "Try again; if it lasts, look at the status page of Databricks.";
        let (login, page) = (("location", "/login?next_url=%2F"), ("location", "/elsewhere"));
        for (status, headers, body, code, advice) in [
            (302, &[][..], String::new(), Protocol, "Set HOST to the URL of the workspace itself."),
            (302, &[page], String::new(), Protocol, "Set HOST to the URL of the workspace itself."),
            (303, &[login], String::new(), Protocol, several),
            (400, &[], standard("BAD_REQUEST", "Unable to load OAuth Config"), Protocol, several),
            (400, &[], "<html>".to_owned(), Protocol, check),
            (400, &[], "Bad Request".to_owned(), Protocol, check),
            (418, &[], standard("TEAPOT", "No."), Protocol, check),
            (
                400,
                &[],
                standard("INVALID_STATE", "Workspace 1234567890123456 is not active."),
                Protocol,
                "Look at the workspace in the console of its account: it may be suspended or cancelled.",
            ),
            (503, &[], String::new(), Unavailable, status_page),
            (500, &[], String::new(), Unavailable, status_page),
            // However it words it, what passes is tried again.
            (503, &[], standard("X", "Workspace 1 is not active."), Unavailable, status_page),
        ] {
            let error = refusal(status, headers, &body).error;
            assert_eq!((error.code, error.advice.as_ref()), (code, advice), "{status} {body}");
        }
    }

    #[test]
    fn a_host_that_is_no_workspace_is_told_whatever_it_refuses() {
        let named = |host| format!("HOST is {host}: set it to a workspace's own, such as");
        let (console, shared) =
            (named("the console of an account"), named("a host of several workspaces"));
        for (host, status, body, advice) in [
            ("accounts.cloud.databricks.com", 404, "", console.as_str()),
            ("accounts.cloud.databricks.com", 401, "", &console),
            ("login.databricks.com", 302, "", &console),
            ("accounts.cloud.databricks.com", 503, "", "Try again"),
            ("my-app.aws.databricksapps.com", 400, "", "HOST is the URL of an app"),
            ("ep-1.database.eu.cloud.databricks.com", 403, "", "HOST is a Postgres host"),
            // It may be asked, as long as it says which workspace is meant.
            ("corp.azuredatabricks.net", 404, "", "What(Missing)"),
            ("corp.azuredatabricks.net", 400, "", &shared),
            ("corp.azuredatabricks.net", 400, "Unable to load OAuth Config", &shared),
            ("workspace.test", 404, "", "What(Missing)"),
        ] {
            let advice_given = refusal_of(host, status, &[], body).error.advice;
            assert!(advice_given.starts_with(advice), "{host} {status}: {advice_given}");
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
            let Failure { error, is_transient, .. } =
                refusal(302, &[("location", target)], "secret-1");
            assert_eq!(error.what, format!("https://workspace.test {what}"));
            assert_eq!((error.code, error.status, is_transient), (Protocol, Some(302), false));
        }
    }
}
