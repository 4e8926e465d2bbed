//! Both calls against a scripted server: what is asked, what is made of any answer.

mod bad_answers;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as BASE64;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use proptest::collection::vec;
use proptest::prelude::*;
use tokio::runtime::Builder;

use super::postgres::PostgresTokens;
use crate::cache::Source;
use crate::cache::lease::Grant;
use crate::config::labels::{IdentityLabels, Label, Labels, NetworkLabels};
use crate::config::{Config, Settings};
use crate::error::{Error, ErrorCode};
use crate::event::Progress;
use crate::http::Http;
use crate::identity::client_credentials::ClientCredentials;
use crate::secret::{AccessToken, PostgresToken, Secret};
use crate::testing::scripted_server::{Reply, ScriptedServer};
use crate::testing::{ENDPOINT, settings, watched};
use crate::time::{Now, TimeLimit};
use crate::trip::{Reports, Trip};
use crate::wire::{LONGEST_LIFETIME, LONGEST_TOKEN, SHORTEST_LIFETIME, check_token};

const CLIENT: [(&str, &str); 2] =
    [("DATABRICKS_CLIENT_ID", "client-1"), ("DATABRICKS_CLIENT_SECRET", "secret 1/+%")];
const GIVEN: [(&str, &str); 1] = [("DATABRICKS_TOKEN", "given-1")];

/// The source that an environment means.
fn source(server: &ScriptedServer, identity: &[(&str, &str)]) -> PostgresTokens {
    let Settings { config, labels, .. } = set(server, identity);
    PostgresTokens::new(config, labels)
}

fn set(server: &ScriptedServer, identity: &[(&str, &str)]) -> Settings {
    let origin = server.origin();
    settings(&[&[("DATABRICKS_HOST", origin.as_str())], identity].concat()).unwrap()
}

fn client_credentials(server: &ScriptedServer) -> ClientCredentials {
    let Settings { config: Config { host, network, .. }, labels, .. } = set(server, &CLIENT);
    let secret = Secret::new("secret-1".to_owned());
    let http = Arc::new(Http::new(host, network, Arc::new(labels), Vec::new()));
    ClientCredentials::new(http, "client-1", &secret, None)
}

async fn fetch<S: Source>(source: &S) -> Result<Grant<S::Token>, Error> {
    let (trip, mut progress) = watched(Duration::from_secs(30));
    tokio::select! {
        biased;
        outcome = source.fetch(&trip) => outcome,
        progress = progress.wait_for(is_pausing) => panic!("{:?}", progress.unwrap().failure),
    }
}

/// Whether it waits to try again, for ever: the clock stands still.
fn is_pausing(progress: &Progress) -> bool {
    progress.failure.as_ref().is_some_and(|(_, error)| error.is_retryable())
}

async fn token(source: &PostgresTokens) -> Result<String, Error> {
    fetch(source).await.map(|grant| grant.token.0.expose().to_owned())
}

fn postgres_token(text: &str) -> PostgresToken {
    PostgresToken(Secret::new(text.to_owned()))
}

fn access_token(text: &str) -> AccessToken {
    AccessToken(Secret::new(text.to_owned()))
}

/// An answer written in the first moment of the year 2000, by the server's clock.
fn success(body: impl AsRef<[u8]>) -> Reply {
    Reply::new("200 OK", &[("Date", "Sat, 01 Jan 2000 00:00:00 GMT")], body)
}

fn grants_access(token: &str) -> Reply {
    success(format!(r#"{{"access_token":"{token}","token_type":"Bearer","expires_in":3600}}"#))
}

fn issues(token: &str) -> Reply {
    success(format!(r#"{{"token":"{token}","expire_time":"2000-01-01T01:00:00Z"}}"#))
}

fn refuses(status: &str, body: &str) -> Reply {
    Reply::new(status, &[], body)
}

/// The path of each request, and what it authorizes itself with.
fn told(server: &ScriptedServer) -> Vec<String> {
    let requests = server.take_requests();
    let tell = |request: &String| {
        let path = request.split(' ').nth(1).unwrap().rsplit('/').next().unwrap().to_owned();
        let authorization = request.lines().find_map(|line| line.strip_prefix("authorization: "));
        match authorization.unwrap().split_once(' ').unwrap() {
            ("Basic", _) => format!("{path} as the client"),
            (_, token) => format!("{path} with {token}"),
        }
    };
    requests.iter().map(tell).collect()
}

const LONG: Duration = Duration::from_secs(3600);

#[tokio::test(start_paused = true)]
async fn both_requests_are_on_the_wire_as_documented() {
    let server = ScriptedServer::start().await;
    server.tell([grants_access("access-1"), issues("postgres-1")]);
    assert_eq!(token(&source(&server, &CLIENT)).await.as_deref(), Ok("postgres-1"));
    let host = server.origin().replace("http://", "");
    let version = env!("CARGO_PKG_VERSION");
    let basic = BASE64.encode("client-1:secret+1%2F%2B%25");
    let granting = format!(
        "POST /oidc/v1/token HTTP/1.1\r\nauthorization: Basic {basic}\r\n\
         accept: application/json\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         accept-encoding: identity\r\nuser-agent: lakebase-token/{version}\r\nhost: {host}\r\ncontent-length: 44\r\n\r\n\
         grant_type=client_credentials&scope=all-apis"
    );
    let issuing = format!(
        "POST /api/2.0/postgres/credentials HTTP/1.1\r\nauthorization: Bearer access-1\r\n\
         accept: application/json\r\ncontent-type: application/json\r\n\
         accept-encoding: identity\r\nuser-agent: lakebase-token/{version}\r\nhost: {host}\r\ncontent-length: 48\r\n\r\n\
         {{\"endpoint\":\"projects/p/branches/b/endpoints/e\"}}"
    );
    assert_eq!(server.take_requests(), [granting, issuing]);
    assert_eq!(server.connections(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_given_token_is_the_access_token() {
    let server = ScriptedServer::start().await;
    server.tell([issues("postgres-1")]);
    assert_eq!(token(&source(&server, &GIVEN)).await.as_deref(), Ok("postgres-1"));
    assert_eq!(told(&server), ["credentials with given-1"]);
}

#[tokio::test(start_paused = true)]
async fn an_access_token_buys_many_postgres_tokens() {
    let server = ScriptedServer::start().await;
    let source = source(&server, &CLIENT);
    server.tell([grants_access("access-1"), issues("postgres-1"), issues("postgres-2")]);
    assert_eq!(token(&source).await.as_deref(), Ok("postgres-1"));
    assert_eq!(token(&source).await.as_deref(), Ok("postgres-2"));
    assert_eq!(
        told(&server),
        ["token as the client", "credentials with access-1", "credentials with access-1"]
    );
}

const REJECTIONS: [(&str, &str); 5] = [
    ("400 Bad Request", "Invalid Token"),
    ("403 Forbidden", "Invalid access token."),
    ("401 Unauthorized", r#"{"error_code":"UNAUTHENTICATED"}"#),
    ("403 Forbidden", r#"{"error_code":403,"message":"Invalid access token."}"#),
    ("403 Forbidden", r#"{"error_code":"403","message":"Invalid access token."}"#),
];

#[tokio::test(start_paused = true)]
async fn a_rejected_access_token_costs_one_more_request_of_each_kind() {
    let server = ScriptedServer::start().await;
    for (status, body) in REJECTIONS {
        let source = source(&server, &CLIENT);
        server.tell([grants_access("access-1"), issues("postgres-1")]);
        assert_eq!(token(&source).await.as_deref(), Ok("postgres-1"));
        told(&server);
        server.tell([refuses(status, body), grants_access("access-2"), issues("postgres-2")]);
        assert_eq!(token(&source).await.as_deref(), Ok("postgres-2"), "{status} {body}");
        assert_eq!(
            told(&server),
            ["credentials with access-1", "token as the client", "credentials with access-2"]
        );
        server.tell([issues("postgres-3")]);
        assert_eq!(token(&source).await.as_deref(), Ok("postgres-3"));
        assert_eq!(told(&server), ["credentials with access-2"]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_second_rejection_is_the_error() {
    const SECOND: &str = r#"{"error_code":"SECOND"}"#;
    let server = ScriptedServer::start().await;
    for (status, body) in REJECTIONS {
        let (first, second) = (refuses(status, body), refuses("401 Unauthorized", SECOND));
        server.tell([grants_access("access-1"), first, grants_access("access-2"), second]);
        let error = token(&source(&server, &CLIENT)).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::Unauthenticated);
        assert!(error.what.contains("SECOND"), "{error}");
        assert!(error.advice.contains("DATABRICKS_CLIENT_ID"), "{error}");
        assert_eq!(told(&server).len(), 4);
    }
}

#[tokio::test(start_paused = true)]
async fn a_rejected_given_token_is_the_error_at_once() {
    let server = ScriptedServer::start().await;
    for (status, body) in REJECTIONS {
        server.tell([refuses(status, body)]);
        let error = token(&source(&server, &GIVEN)).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::Unauthenticated);
        assert!(error.advice.contains("DATABRICKS_TOKEN"), "{error}");
        assert_eq!(told(&server), ["credentials with given-1"]);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_no_refused_token_costs_no_second_one() {
    let server = ScriptedServer::start().await;
    let address = r#"{"error_code":403,"message":"Source IP address: 203.0.113.7 is blocked by Databricks IP ACL for workspace: 1"}"#;
    let scopes = r#"{"error_code":403,"message":"Provided OAuth token does not have required scopes: postgres"}"#;
    for (body, part) in
        [(address, "IP access list"), (scopes, "the scope postgres, or with all-apis")]
    {
        for identity in [&CLIENT[..], &GIVEN] {
            if identity.len() > 1 {
                server.tell([grants_access("access-1")]);
            }
            server.tell([refuses("403 Forbidden", body)]);
            let error = token(&source(&server, identity)).await.unwrap_err();
            assert_eq!((error.code, error.status), (ErrorCode::Forbidden, Some(403)));
            assert!(error.advice.contains(part), "{error}");
            assert_eq!(told(&server).len(), identity.len());
        }
        // The token endpoint has the list as well.
        server.tell([refuses("403 Forbidden", address)]);
        let error = token(&source(&server, &CLIENT)).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::Forbidden);
        assert!(error.advice.contains("IP access list"), "{error}");
        assert_eq!(told(&server).len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_permission_is_the_error_at_once_and_the_access_token_stays() {
    let server = ScriptedServer::start().await;
    let source = source(&server, &CLIENT);
    let denied = r#"{"error_code":"PERMISSION_DENIED","message":"No."}"#;
    server.tell([grants_access("access-1"), refuses("403 Forbidden", denied)]);
    let error = token(&source).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Forbidden);
    assert!(error.advice.contains(ENDPOINT), "{error}");
    assert_eq!(told(&server).len(), 2);
    server.tell([issues("postgres-1")]);
    assert_eq!(token(&source).await.as_deref(), Ok("postgres-1"));
    assert_eq!(told(&server), ["credentials with access-1"]);
}

#[tokio::test(start_paused = true)]
async fn an_unknown_endpoint_is_the_error_at_once() {
    let server = ScriptedServer::start().await;
    server.tell([refuses("404 Not Found", r#"{"error_code":"NOT_FOUND"}"#)]);
    let error = token(&source(&server, &GIVEN)).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::NotFound);
    assert!(error.advice.contains("LAKEBASE_ENDPOINT") && error.advice.contains(ENDPOINT));
    assert_eq!(told(&server).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_refused_client_is_the_error_and_no_postgres_token_is_asked_for() {
    let server = ScriptedServer::start().await;
    server.tell([refuses("401 Unauthorized", r#"{"error":"invalid_client"}"#)]);
    let error = token(&source(&server, &CLIENT)).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Unauthenticated);
    assert!(error.advice.contains("DATABRICKS_CLIENT_SECRET"), "{error}");
    assert_eq!(told(&server), ["token as the client"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_reported_of_a_flight_holds_no_secret() {
    let server = ScriptedServer::start().await;
    let client = [("DATABRICKS_CLIENT_ID", "id"), ("DATABRICKS_CLIENT_SECRET", "canary-1")];
    let echo = |status, token| {
        let message = format!("canary-1 {token}");
        refuses(status, &format!(r#"{{"error_code":"{token}","message":"{message}"}}"#))
    };
    let source = source(&server, &client);
    server.tell([grants_access("canary-2"), issues("canary-3")]);
    server.tell([echo("401 Unauthorized", "canary-2"), grants_access("canary-4")]);
    server.tell([echo("403 Forbidden", "canary-4")]);
    let history = Arc::default();
    for is_last in [false, true] {
        let (reports, progress) = Reports::new(Arc::clone(&history));
        let budget = TimeLimit::new(Now::read(), LONG);
        let trip = Trip { reports, ..Trip::unwatched(budget) };
        assert_eq!(source.fetch(&trip).await.is_err(), is_last);
        let shown = format!("{trip:?} {progress:?} {history:?}");
        assert!(!shown.contains("canary"), "{shown}");
        assert!(progress.borrow().authorized_until.is_some(), "{shown}");
        assert_eq!(shown.contains("redacted"), is_last, "{shown}");
    }
}

#[tokio::test(start_paused = true)]
async fn advice_names_what_was_set_by_where_it_was_set() {
    let server = ScriptedServer::start().await;
    let denied = |status| refuses(status, "{}");
    let granted = || grants_access("access-1");
    let client = &CLIENT[..];
    for (identity, replies, advice) in [
        (
            client,
            vec![denied("401 Unauthorized")],
            "Check NAME and PROOF: an OAuth secret expires after 730 days at the latest.",
        ),
        (client, vec![success("")], "Check that HOST is the URL of the workspace."),
        (
            client,
            vec![granted(), denied("401 No"), granted(), denied("401 No")],
            "Check that the service principal of NAME still belongs to the workspace.",
        ),
        (
            &GIVEN,
            vec![denied("401 Unauthorized")],
            "Renew PROOF: a token of the Databricks CLI lives for an hour.",
        ),
        (
            &GIVEN,
            vec![denied("404 Not Found")],
            "Check ENDPOINT (projects/p/branches/b/endpoints/e) and that HOST is its workspace.",
        ),
    ] {
        let Settings { config, .. } = set(&server, identity);
        let [host, endpoint, name, proof] =
            ["HOST", "ENDPOINT", "NAME", "PROOF"].map(Label::variable);
        let identity = IdentityLabels { name, proof, profile: None, last_resort: None };
        let (workspace_id, network) = (None, NetworkLabels::default());
        let labels = Labels { host, workspace_id, endpoint, identity, network, store: None };
        let source = PostgresTokens::new(config, labels);
        server.tell(replies);
        assert_eq!(token(&source).await.unwrap_err().advice, advice);
        assert!(source.advice_when_late().starts_with("Check that this machine reaches HOST;"));
    }
}

#[tokio::test(start_paused = true)]
async fn advice_fits_what_is_refused_and_is_that_of_the_failed_attempt_too() {
    let server = ScriptedServer::start().await;
    let host = "Check that DATABRICKS_HOST is the URL of the workspace.";
    let standard = |word, message| format!(r#"{{"error_code":"{word}","message":"{message}"}}"#);
    for (status, body, advice) in [
        (
            "400 No",
            standard("INVALID_PARAMETER_VALUE", "Invalid endpoint name"),
            "Check LAKEBASE_ENDPOINT \
         (projects/p/branches/b/endpoints/e): `databricks postgres list-endpoints \
         projects/<project>/branches/<branch>` prints those that there are.",
        ),
        (
            "400 No",
            standard("FAILED_PRECONDITION", "Endpoint is disabled."),
            "Enable the endpoint \
         projects/p/branches/b/endpoints/e, or set LAKEBASE_ENDPOINT to another.",
        ),
        (
            "409 No",
            standard("RESOURCE_CONFLICT", "Project is being updated."),
            "Try again in a moment; \
         if it lasts, check LAKEBASE_ENDPOINT (projects/p/branches/b/endpoints/e).",
        ),
        (
            "403 No",
            standard("QUOTA_EXCEEDED", "No"),
            "Have the quota of the workspace raised, or let \
         fewer processes ask for tokens of projects/p/branches/b/endpoints/e.",
        ),
        (
            "404 No",
            standard("ENDPOINT_NOT_FOUND", "No API found for 'POST /x'"),
            "Check that \
         DATABRICKS_HOST is the workspace of LAKEBASE_ENDPOINT, in a region that has Lakebase.",
        ),
        (
            "404 No",
            standard("FEATURE_DISABLED", "No"),
            "Have an admin of the workspace enable Lakebase, \
         and check that DATABRICKS_HOST is the workspace of LAKEBASE_ENDPOINT.",
        ),
        (
            "403 No",
            standard("PERMISSION_DENIED", "Personal access tokens are disabled"),
            "Set \
         DATABRICKS_TOKEN to a token of another kind, as `npx lakebase-token refresh-env` writes it, or \
         have an admin of the workspace allow personal access tokens.",
        ),
        (
            "403 No",
            standard("403", "Provided PAT token does not have required scopes: postgres"),
            "Set \
         DATABRICKS_TOKEN to a token with the scope postgres, or with all-apis.",
        ),
        ("400 No", "Bad Request".to_owned(), host),
        ("200 OK", "no JSON".to_owned(), host),
    ] {
        server.tell([refuses(status, &body)]);
        let (trip, progress) = watched(LONG);
        let error = source(&server, &GIVEN).fetch(&trip).await.unwrap_err();
        assert_eq!(error.advice, advice, "{status} {body}");
        let failure = progress.borrow().failure.clone();
        assert_eq!(failure.map(|(_, error)| error), (status != "200 OK").then_some(error));
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_cannot_be_used_is_told_with_its_status_and_its_request_id() {
    let server = ScriptedServer::start().await;
    let update = "Update lakebase-token; if that does not help, please report it.";
    let host = "Check that DATABRICKS_HOST is the URL of the workspace.";
    let without_zone = r#"{"token":"canary","expire_time":"2099-12-31T00:00:00"}"#;
    let number = r#"{"token":"canary","expire_time":4102358400}"#;
    let provisioned = r#"{"token":"canary","expiration_time":"2099-12-31T00:00:00Z"}"#;
    let expired = r#"{"token":"canary","expire_time":"1970-01-01T00:00:00Z"}"#;
    let unreadable = "issued a Postgres token without a readable expire_time";
    for (status, body, what, advice) in [
        (200, without_zone, unreadable, update),
        (200, number, unreadable, update),
        (201, provisioned, unreadable, update),
        (200, r#"{"token":"canary","expire_time":{"seconds":1}}"#, unreadable, update),
        (200, r#"{"token":"canary"}"#, unreadable, update),
        (200, expired, "issued a Postgres token that is already expired", update),
        (202, "", "answered with something that is not JSON (line 1 column 0)", host),
        (200, "{}", "answered with JSON of another shape than a token's (line 1 column 2)", host),
    ] {
        let headers = [("X-Request-Id", "request-1")];
        server.tell([Reply::new(&format!("{status} Status"), &headers, body)]);
        let error = token(&source(&server, &GIVEN)).await.unwrap_err();
        assert_eq!(error.what, format!("{} {what}", server.origin()), "{body}");
        assert_eq!(error.advice, advice, "{body}");
        assert_eq!((error.code, error.status), (ErrorCode::Protocol, Some(status)), "{body}");
        assert_eq!(error.request_id.as_deref(), Some("request-1"), "{body}");
    }
    // So is a page for people, which comes from a host of several workspaces, and what has no end.
    let page = "<!doctype html><html><title>Databricks - Sign In</title></html>";
    let large = " ".repeat(1024 * 1024 + 1);
    for (body, part) in [(page, "several workspaces"), (&large, "DATABRICKS_HOST")] {
        server.tell([Reply::new("200 OK", &[("X-Request-Id", "request-1")], body)]);
        let error = token(&source(&server, &CLIENT)).await.unwrap_err();
        assert!(error.advice.contains(part), "{error}");
        assert_eq!((error.status, error.request_id.as_deref()), (Some(200), Some("request-1")));
    }
}

/// A host whose token endpoint is not where a workspace has its own: what it says of itself.
fn tells_of(origin: &str, token_endpoint: &str) -> [Reply; 2] {
    let of_host = format!(
        r#"{{"oidc_endpoint":"{origin}/oidc/accounts/{{account_id}}","account_id":"account-1"}}"#
    );
    [success(of_host), success(format!(r#"{{"token_endpoint":"{token_endpoint}"}}"#))]
}

/// The method and path of each request, and the workspace that it names.
fn asked(server: &ScriptedServer) -> Vec<(String, Option<String>)> {
    let tell = |request: String| {
        let path = request.split(" HTTP").next().unwrap().to_owned();
        let workspace =
            |line: &str| line.strip_prefix("x-databricks-workspace-id: ").map(str::to_owned);
        (path, request.lines().find_map(workspace))
    };
    server.take_requests().into_iter().map(tell).collect()
}

const WORKSPACE_TOKEN: &str = "POST /oidc/v1/token";
const ACCOUNT_TOKEN: &str = "POST /oidc/accounts/account-1/v1/token";
const CREDENTIALS: &str = "POST /api/2.0/postgres/credentials";
const OF_HOST: &str = "GET /.well-known/databricks-config";
const OF_SERVER: &str = "GET /oidc/accounts/account-1/.well-known/oauth-authorization-server";

#[tokio::test(start_paused = true)]
async fn the_workspace_is_named_where_a_postgres_token_is_asked_for_and_nowhere_else() {
    for (query, variable, named) in [
        ("/?o=1", "", Some("1")),
        ("/?w=w-1&o=2", "", Some("w-1")),
        ("/?o=1", "2", Some("2")),
        ("", "3", Some("3")),
        ("/?o=1", "none", Some("1")),
        ("", "none", None),
        ("", "", None),
    ] {
        let server = ScriptedServer::start().await;
        let host = format!("{}{query}", server.origin());
        let set = [("DATABRICKS_HOST", &*host), ("DATABRICKS_WORKSPACE_ID", variable)];
        let Settings { config, labels, .. } = settings(&[&CLIENT[..], &set].concat()).unwrap();
        server.tell([grants_access("access-1"), issues("postgres-1")]);
        let token = token(&PostgresTokens::new(config, labels)).await;
        assert_eq!(token.as_deref(), Ok("postgres-1"));
        let named = named.map(str::to_owned);
        assert_eq!(
            asked(&server),
            [(WORKSPACE_TOKEN.to_owned(), None), (CREDENTIALS.to_owned(), named),]
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_host_without_a_workspaces_token_endpoint_is_asked_once_where_it_has_its_own() {
    let login = Reply::new("303 See Other", &[("Location", "/login?next_url=%2F")], "");
    let page = success("<!doctype html><title>Databricks - Sign In</title>");
    let unknown = r#"{"error_code":"BAD_REQUEST","message":"Unable to load OAuth Config"}"#;
    for refusal in [login, page, refuses("404 Not Found", ""), refuses("400 Bad Request", unknown)]
    {
        let server = ScriptedServer::start().await;
        let origin = server.origin();
        let endpoint = format!("{origin}/oidc/accounts/account-1/v1/token");
        server.tell([refusal]);
        server.tell(tells_of(&origin, &endpoint));
        server.tell([grants_access("access-1"), issues("postgres-1")]);
        assert_eq!(token(&source(&server, &CLIENT)).await.as_deref(), Ok("postgres-1"));
        let paths = |asked: Vec<(String, _)>| asked.into_iter().map(|(path, _)| path);
        let asked_first: Vec<String> = paths(asked(&server)).collect();
        let first = [WORKSPACE_TOKEN, OF_HOST, OF_SERVER, ACCOUNT_TOKEN, CREDENTIALS];
        assert_eq!(asked_first, first);
        // Another cache of the same host knows.
        server.tell([grants_access("access-2"), issues("postgres-2")]);
        assert_eq!(token(&source(&server, &CLIENT)).await.as_deref(), Ok("postgres-2"));
        let asked_then: Vec<String> = paths(asked(&server)).collect();
        assert_eq!(asked_then, [ACCOUNT_TOKEN, CREDENTIALS]);
        // It is no longer there: the next call looks again.
        server.tell([refuses("404 Not Found", "")]);
        let error = token(&source(&server, &CLIENT)).await.unwrap_err();
        assert_eq!((error.code, server.take_requests().len()), (ErrorCode::NotFound, 1));
        server.tell([grants_access("access-3"), issues("postgres-3")]);
        assert_eq!(token(&source(&server, &CLIENT)).await.as_deref(), Ok("postgres-3"));
        assert_eq!(asked(&server)[0].0, WORKSPACE_TOKEN);
    }
}

#[tokio::test(start_paused = true)]
async fn a_secret_is_not_sent_to_a_token_endpoint_of_another_host() {
    let server = ScriptedServer::start().await;
    let login = || Reply::new("303 See Other", &[("Location", "/login")], "");
    for endpoint in ["https://other.test/v1/token", "http://user@127.0.0.1/v1/token", "/v1/token"] {
        server.tell([login()]);
        server.tell(tells_of(&server.origin(), endpoint));
        let error = token(&source(&server, &CLIENT)).await.unwrap_err();
        assert_eq!(error.status, Some(303), "{error}");
        assert!(error.advice.contains("DATABRICKS_WORKSPACE_ID"), "{error}");
        assert_eq!(server.take_requests().len(), 3);
    }
    // Nor is what belongs to another host asked where the secret goes.
    server.tell([login(), success(r#"{"oidc_endpoint":"https://other.test/oidc"}"#)]);
    let error = token(&source(&server, &CLIENT)).await.unwrap_err();
    assert_eq!((error.status, server.take_requests().len()), (Some(303), 2));
}

#[tokio::test(start_paused = true)]
async fn a_secret_that_has_lakebases_scope_alone_is_used_and_that_is_remembered() {
    let server = ScriptedServer::start().await;
    let source = client_credentials(&server);
    let scopes = |server: &ScriptedServer| -> Vec<String> {
        let requests = server.take_requests();
        let scope = |request: &String| request.split_once("scope=").unwrap().1.to_owned();
        requests.iter().map(scope).collect()
    };
    let refused = |scope| {
        let message = format!("Scopes '{scope}' are not assigned to the OAuth secret");
        refuses(
            "403 Forbidden",
            &format!(r#"{{"error":"access_denied","error_description":"{message}"}}"#),
        )
    };
    server.tell([refused("all-apis"), grants_access("access-1"), grants_access("access-2")]);
    for _ in 0..2 {
        assert!(fetch(&source).await.is_ok());
    }
    assert_eq!(scopes(&server), ["all-apis", "postgres", "postgres"]);
    // Scopes of a secret can be changed.
    server.tell([refused("postgres")]);
    let error = fetch(&source).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Forbidden);
    server.tell([grants_access("access-3")]);
    assert!(fetch(&source).await.is_ok());
    assert_eq!(scopes(&server), ["postgres", "all-apis"]);
    server.tell([refused("all-apis"), refused("postgres")]);
    assert_eq!(
        fetch(&source).await.unwrap_err().advice,
        "Set DATABRICKS_CLIENT_SECRET to another OAuth secret of the service principal, with the \
         scope postgres, or with all-apis."
    );
}

#[tokio::test(start_paused = true)]
async fn a_secret_in_quotes_is_sent_as_it_is_and_the_quotes_are_told_where_it_is_refused() {
    let server = ScriptedServer::start().await;
    let quoted =
        [("DATABRICKS_CLIENT_ID", "client-1"), ("DATABRICKS_CLIENT_SECRET", "\"secret-1\"")];
    let source = source(&server, &quoted);
    server.tell([grants_access("access-1"), issues("postgres-1")]);
    assert_eq!(token(&source).await.as_deref(), Ok("postgres-1"));
    let basic = BASE64.encode("client-1:%22secret-1%22");
    assert!(server.take_requests()[0].contains(&basic));
    let source = self::source(&server, &quoted);
    server.tell([refuses("401 Unauthorized", r#"{"error":"invalid_client"}"#)]);
    let error = token(&source).await.unwrap_err();
    assert_eq!(
        error.advice,
        "Set DATABRICKS_CLIENT_SECRET again: it is in quotes, which docker --env-file keeps."
    );
}

#[tokio::test(start_paused = true)]
async fn no_error_repeats_a_secret_that_an_answer_echoes() {
    let server = ScriptedServer::start().await;
    let basic = BASE64.encode("client-1:secret+1%2F%2B%25");
    let secrets = ["secret 1/+%", "secret+1%2F%2B%25", &basic, "access-1", "given-1"];
    let echoes = |status, secrets: &[&str]| {
        let message = secrets.join("; ");
        [
            refuses(status, &format!(r#"{{"error_code":"{message}","message":"{message}"}}"#)),
            refuses(status, &format!("<html><title>{message}</title>")),
            refuses(status, &format!("ERROR: {message}")),
            refuses(status, &message),
            refuses(status, &format!("Blocked [ReqId: {}]", secrets[secrets.len() - 1])),
            refuses(
                status,
                &format!("It does not have required scopes: {}", message.replace("; ", ",")),
            ),
            Reply::new("200 OK", &[("x-request-id", &message)], ""),
            Reply::new(status, &[("x-request-id", &message)], ""),
            Reply::new("302 Found", &[("Location", &format!("/{message}?{message}"))], ""),
            success(format!(r#"{{"{message}":"{message}"}}"#)),
            success(&message),
        ]
    };
    for echo in echoes("400 Bad Request", &secrets[..3]) {
        let server = ScriptedServer::start().await;
        // Where a scope is refused another one is asked for.
        server.tell([echo.clone(), echo]);
        let shown = format!("{:?}", token(&source(&server, &CLIENT)).await.unwrap_err());
        assert!(!secrets.iter().any(|secret| shown.contains(secret)), "{shown}");
    }
    for echo in echoes("403 Forbidden", &secrets[..4]) {
        server.tell([grants_access("access-1"), echo]);
        let shown = format!("{:?}", token(&source(&server, &CLIENT)).await.unwrap_err());
        assert!(!secrets.iter().any(|secret| shown.contains(secret)), "{shown}");
    }
    for echo in echoes("403 Forbidden", &secrets[4..]) {
        server.tell([echo]);
        let shown = format!("{:?}", token(&source(&server, &GIVEN)).await.unwrap_err());
        assert!(!secrets.iter().any(|secret| shown.contains(secret)), "{shown}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_is_short_although_the_server_chose_both_the_token_and_what_it_says() {
    let server = ScriptedServer::start().await;
    for token in ["e", "e e", "[redacted]", &"e".repeat(60_000), &"ab".repeat(30_000)] {
        let token = token.replace(' ', "~");
        let said = format!("{token} ").repeat(1_040_000 / (token.len() + 1));
        let message = format!(r#"{{"error_code":"NOT_FOUND","message":"{said}"}}"#);
        let header = [("x-request-id", &said[..said.len().min(8000)])];
        for (status, is_last) in [("404 Not Found", true), ("503 Service Unavailable", false)] {
            let reply = Reply::new(status, &header, &message);
            server.tell([grants_access(&token), reply]);
            let source = source(&server, &CLIENT);
            let (trip, mut progress) = watched(LONG);
            // The pause after a 503 lasts for ever: the clock stands still.
            tokio::select! {
                biased;
                outcome = source.fetch(&trip) => assert!(is_last && outcome.is_err()),
                _ = progress.wait_for(|progress| progress.failure.is_some()) => {}
            }
            let progress = progress.borrow();
            assert_eq!(progress.failed_attempts, 1);
            let (_, error) = progress.failure.as_ref().unwrap();
            assert!(error.what.chars().count() < 500, "{}", error.what.len());
            assert!(error.what.contains("[redacted]"), "{}", error.what);
            assert!(error.request_id.as_ref().unwrap().chars().count() <= 300);
            assert!(error.error_code.as_ref().unwrap().chars().count() <= 300);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_time_of_a_postgres_token_is_read_in_every_rfc_3339_spelling() {
    let server = ScriptedServer::start().await;
    let source = source(&server, &GIVEN);
    // A second is lost to the precision of `Date`.
    for (expire_time, lifetime_ms) in [
        ("2000-01-01T01:00:00Z", 3_599_000.0),
        ("2000-01-01T01:00:00z", 3_599_000.0),
        ("2000-01-01t01:00:00z", 3_599_000.0),
        ("2000-01-01 01:00:00Z", 3_599_000.0),
        ("2000-01-01T01:00:00+00:00", 3_599_000.0),
        ("2000-01-01T01:00:00-00:00", 3_599_000.0),
        ("2000-01-01T03:00:00+02:00", 3_599_000.0),
        ("1999-12-31T20:30:00-04:30", 3_599_000.0),
        ("2000-01-01T06:45:00+05:45", 3_599_000.0),
        ("2000-01-01T01:00:00.5Z", 3_599_500.0),
        ("2000-01-01T01:00:00.123Z", 3_599_123.0),
        ("2000-01-01T01:00:00.123456Z", 3_599_123.456),
        ("2000-01-01T01:00:00.123456789Z", 3_599_123.456_789),
        ("2000-01-01T02:00:00.000000001+01:00", 3_599_000.000_001),
        // A leap second is the one before it.
        ("2000-01-01T00:59:60Z", 3_598_000.0),
        ("2000-01-01T00:00:02Z", 1_000.0),
        // No more than an hour is believed: its `Date` is behind the clock that tokens expire by.
        ("2000-01-01T01:00:01Z", 3_600_000.0),
        ("2000-01-01T01:00:02Z", 3_600_000.0),
        ("2000-01-01T01:00:11Z", 3_600_000.0),
        ("2000-01-01T01:00:15Z", 3_600_000.0),
        ("2000-01-01T01:00:16Z", 3_600_000.0),
        ("2000-03-01T00:00:00Z", 3_600_000.0),
        ("9999-12-30T00:00:00Z", 3_600_000.0),
    ] {
        let body = format!(r#"{{"token":"postgres-1","expire_time":"{expire_time}"}}"#);
        server.tell([success(body)]);
        let grant = fetch(&source).await.expect(expire_time);
        assert_eq!(grant.token, postgres_token("postgres-1"));
        assert_eq!(grant.lifetime, Duration::from_secs_f64(lifetime_ms / 1000.0), "{expire_time}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_postgres_token_is_read_leniently() {
    let server = ScriptedServer::start().await;
    let source = source(&server, &GIVEN);
    let time = r#""expire_time":"2000-01-01T01:00:00Z""#;
    let long = "x".repeat(LONGEST_TOKEN);
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    for (body, token) in [
        (format!(r#"{{"token":"postgres-1",{time}}}"#), "postgres-1"),
        (format!(r#"{{{time},"token":"postgres-1"}}"#), "postgres-1"),
        (format!("\r\n\t {{ \"token\" : \"postgres-1\" ,\n{time}}}\n\n"), "postgres-1"),
        (
            format!(r#"{{"token":"postgres-1",{time},"other":[{{"token":1}}],"x":null}}"#),
            "postgres-1",
        ),
        (format!(r#"{{"token":"\u0070ostgres\u002d1",{time}}}"#), "postgres-1"),
        (format!(r#"{{"tok\u0065n":"postgres-1",{time}}}"#), "postgres-1"),
        (format!(r#"{{"token":"a\/b\"c\\d!~",{time}}}"#), "a/b\"c\\d!~"),
        (format!(r#"{{"token":"1",{time}}}"#), "1"),
        (format!(r#"{{"token":"postgres-1",{time},"x":{deep}}}"#), "postgres-1"),
        (format!(r#"{{"token":"postgres-1",{time},"x":1e999}}"#), "postgres-1"),
        (format!(r#"{{"token":"{long}",{time}}}"#), long.as_str()),
    ] {
        server.tell([success(&body)]);
        assert_eq!(fetch(&source).await.expect(&body).token, postgres_token(token), "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_access_token_is_read_leniently() {
    let server = ScriptedServer::start().await;
    let source = client_credentials(&server);
    for (expires_in, lifetime_s) in [
        ("3600", 3600.0),
        ("3600.0", 3600.0),
        ("3.6e3", 3600.0),
        ("59.5", 59.5),
        (r#""3600""#, 3600.0),
        (r#"" 3600 ""#, 3600.0),
        (r#""59.5""#, 59.5),
        (r#""3.6e3""#, 3600.0),
        ("1", 1.0),
        // No longer than a day is believed.
        ("86400", 86_400.0),
        ("3600000", 86_400.0),
        ("18446744073709551615", 86_400.0),
        ("18446744073709551616", 86_400.0),
        ("1e300", 86_400.0),
    ] {
        for rest in [
            "",
            r#","token_type":"Bearer""#,
            r#","token_type":"bearer","scope":"all-apis""#,
            r#","token_type":"BEARER","scope":null,"refresh_token":7"#,
            r#","token_type":null"#,
        ] {
            let body = format!(r#"{{"access_token":"access-1","expires_in":{expires_in}{rest}}}"#);
            server.tell([success(&body)]);
            let grant = fetch(&source).await.expect(&body);
            assert_eq!(grant.token, access_token("access-1"));
            assert_eq!(grant.lifetime, Duration::from_secs_f64(lifetime_s), "{body}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_lifetime_is_right_whatever_this_machines_clock_says() {
    let server = ScriptedServer::start().await;
    let source = source(&server, &GIVEN);
    let hour = Duration::from_secs(3600);
    for service_clock in [
        SystemTime::now() + hour,
        SystemTime::now(),
        SystemTime::now() - hour,
        SystemTime::now() + 24 * hour,
        SystemTime::now() - 24 * 365 * hour,
    ] {
        let date = Timestamp::try_from(service_clock).unwrap();
        let expiry = Timestamp::try_from(service_clock + hour).unwrap();
        let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&date).unwrap();
        let body = format!(r#"{{"token":"postgres-1","expire_time":"{expiry}"}}"#);
        let before = Now::read();
        server.tell([Reply::new("200 OK", &[("Date", &date)], body)]);
        let grant = fetch(&source).await.unwrap();
        // Of the date the fraction of a second is unknown; and this machine's clock, where it is
        // the one that counts, has gone on since the loop's beginning.
        assert!(grant.lifetime <= hour + Duration::from_secs(1), "{:?}", grant.lifetime);
        let passed = SystemTime::now().duration_since(before.wall).unwrap();
        let earliest = hour - Duration::from_secs(2) - passed;
        assert!(grant.lifetime >= earliest, "{date}: {:?}", grant.lifetime);
        assert!(grant.from.wall >= before.wall);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn whatever_the_body_of_a_success_a_call_brings_a_usable_token_or_an_error(
        bodies in vec(spoilt(), 8),
        given in any::<bool>(),
    ) {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let server = ScriptedServer::start().await;
            for body in &bodies {
                server.tell([success(body)]);
                let outcome = if given {
                    let outcome = fetch(&source(&server, &GIVEN)).await;
                    outcome.map(|grant| (grant.token.0, grant.lifetime))
                } else {
                    let outcome = fetch(&client_credentials(&server)).await;
                    outcome.map(|grant| (grant.token.0, grant.lifetime))
                };
                match outcome {
                    Ok((token, lifetime)) => {
                        prop_assert!(check_token(token.expose()).is_ok());
                        prop_assert!((SHORTEST_LIFETIME..=LONGEST_LIFETIME).contains(&lifetime));
                    }
                    Err(error) => {
                        prop_assert_eq!(error.code, ErrorCode::Protocol);
                        let shown = format!("{error:?}");
                        prop_assert!(!shown.contains("canary"), "{}", shown);
                    }
                }
            }
            Ok(())
        })?;
    }
}

/// An answer of either call, with some bytes changed, left out or put in.
fn spoilt() -> impl Strategy<Value = Vec<u8>> {
    let whole = prop::sample::select(vec![
        r#"{"token":"canary-1","expire_time":"2000-01-01T01:00:00.5+00:00"}"#,
        r#"{"access_token":"canary-1","token_type":"Bearer","expires_in":3600}"#,
        r#"{"access_token":"canary-1","expires_in":"3600"}"#,
    ]);
    let edits = vec((any::<prop::sample::Index>(), 0..3_u8, any::<u8>(), "[ -~]"), 0..4);
    let spoilt = (whole, edits).prop_map(|(whole, edits)| {
        let mut bytes = whole.as_bytes().to_vec();
        for (index, edit, any, ascii) in edits {
            let at = index.index(bytes.len());
            match edit {
                0 => bytes[at] = ascii.as_bytes()[0],
                1 => bytes.insert(at, any),
                _ => drop(bytes.remove(at)),
            }
        }
        bytes
    });
    prop_oneof![4 => spoilt, 1 => vec(any::<u8>(), 0..300)]
}
