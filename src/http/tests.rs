//! One client against a scripted server on loopback. The clock stands still but where a test
//! moves it.

use std::future::pending;
use std::io::Write as _;
use std::net::Ipv4Addr;
use std::sync::mpsc;
use std::time::UNIX_EPOCH;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as BASE64;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use jiff::fmt::rfc2822::DateTimePrinter;
use proptest::collection::vec;
use proptest::prelude::*;
use reqwest::header::{CONTENT_ENCODING, HeaderMap, HeaderName};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::watch;
use tokio::task::yield_now;
use tokio::time::{Instant, advance};

use super::date::{DATE_PRECISION, service_clock, time_of};
use super::proxy_login::Gate;
use super::retry::CONNECT_LIMIT;
use super::*;
use crate::cache::slot::Slot;
use crate::config::{Config, Settings};
use crate::error::ErrorCode;
use crate::event::Progress;
use crate::testing::scripted_server::{Reply, ScriptedServer, head};
use crate::testing::{settings, watched};

fn client_of(origin: &str) -> Http {
    client(&[("DATABRICKS_HOST", origin)])
}

/// The client that an environment with these variables means.
fn client(variables: &[(&str, &str)]) -> Http {
    let set = [&[("DATABRICKS_TOKEN", "token-1")], variables].concat();
    let Settings { config: Config { host, network, .. }, labels, .. } = settings(&set).unwrap();
    Http::new(host, network, Arc::new(labels), Vec::new())
}

fn post() -> Request<'static> {
    Request {
        wanted: Wanted::PostgresToken,
        path: "/path",
        authorization: Some(HeaderValue::from_static("Bearer token-1")),
        workspace_id: None,
        body: Some(Body { content_type: "application/json", text: Secret::new("{}".to_owned()) }),
        secret: "token-1",
        advise: &|_| None,
    }
}

fn answer(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Reply {
    Reply::new(&format!("{status} Status"), headers, body)
}

/// One attempt, of which nobody waits for the end of its time.
async fn attempt(server: &ScriptedServer, reply: Reply) -> Result<Answer, Failure> {
    server.tell([reply]);
    let outcome = client_of(&server.origin()).attempt(&post(), LONG).await;
    assert_eq!(server.take_requests().len(), 1);
    outcome
}

async fn failure(server: &ScriptedServer, reply: Reply) -> (ErrorCode, bool) {
    let failure = attempt(server, reply).await.unwrap_err();
    (failure.error.code, failure.is_transient)
}

/// What sending met with: the outcome, every failed attempt, the requests made, the time it took.
struct Sent {
    outcome: Result<Answer, Error>,
    failures: Vec<Error>,
    requests: usize,
    took: Duration,
}

/// Sends, and has every pause pass at once.
async fn send(server: &ScriptedServer, budget: Duration) -> Sent {
    let start = Instant::now();
    let (http, post) = (client_of(&server.origin()), post());
    let (trip, progress) = watched(budget);
    let mut failures = Vec::new();
    let outcome = tokio::select! {
        biased;
        outcome = http.send(&post, &trip) => outcome.map_err(Error::from),
        () = pass_every_pause(&progress, &mut failures) => unreachable!("it ends with the other"),
    };
    // No pause follows the last one.
    let progress = progress.borrow();
    if progress.failed_attempts > failures.len() as u64 {
        failures.push(progress.failure.clone().unwrap().1);
    }
    assert_eq!(failures.len() as u64, progress.failed_attempts);
    Sent { outcome, failures, requests: server.take_requests().len(), took: start.elapsed() }
}

async fn pass_every_pause(progress: &watch::Receiver<Progress>, failures: &mut Vec<Error>) {
    loop {
        let Progress { failed_attempts, failure, .. } = progress.borrow().clone();
        if failed_attempts > failures.len() as u64 {
            let (_, error) = failure.unwrap();
            let pause = retry::pause(failures.len(), error.retry_after, 1.0).unwrap();
            failures.push(error);
            advance(pause + MOMENT).await;
        }
        yield_now().await;
    }
}

const LONG: Duration = Duration::from_secs(3600);
const FLIGHT: Duration = Duration::from_secs(30);
/// What tokio rounds a timer up to.
const MOMENT: Duration = Duration::from_millis(1);

#[tokio::test(start_paused = true)]
async fn a_request_is_on_the_wire_what_the_caller_says_and_nothing_else() {
    let server = ScriptedServer::start().await;
    server.tell([answer(200, &[], "{}")]);
    client_of(&server.origin()).attempt(&post(), LONG).await.unwrap();
    let host = server.origin().replace("http://", "");
    let version = env!("CARGO_PKG_VERSION");
    let expected = format!(
        "POST /path HTTP/1.1\r\nauthorization: Bearer token-1\r\naccept: application/json\r\n\
         content-type: application/json\r\naccept-encoding: identity\r\n\
         user-agent: lakebase-token/{version}\r\nhost: {host}\r\ncontent-length: 2\r\n\r\n{{}}"
    );
    assert_eq!(server.take_requests(), [expected]);
}

#[tokio::test(start_paused = true)]
async fn a_plain_name_is_this_machine_whatever_a_resolver_says() {
    let server = ScriptedServer::start().await;
    // No resolver knows the second.
    for name in ["localhost", "no-such-name.test.localhost"] {
        server.tell([answer(200, &[], "{}")]);
        let origin = server.origin().replace("127.0.0.1", name);
        client_of(&origin).attempt(&post(), LONG).await.unwrap();
    }
    assert_eq!(server.take_requests().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn two_requests_share_a_connection() {
    let server = ScriptedServer::start().await;
    let http = client_of(&server.origin());
    for _ in 0..2 {
        server.tell([answer(200, &[], "{}")]);
        http.attempt(&post(), LONG).await.unwrap();
    }
    assert_eq!(server.connections(), 1);
}

#[tokio::test(start_paused = true)]
async fn any_2xx_is_a_success() {
    let server = ScriptedServer::start().await;
    for status in [200, 201, 202, 203, 206, 226, 299] {
        let answer = attempt(&server, answer(status, &[], "body")).await.unwrap();
        assert_eq!(answer.body[..], b"body"[..], "{status}");
    }
    assert_eq!(attempt(&server, answer(204, &[], "")).await.unwrap().body[..], b""[..]);
}

#[tokio::test(start_paused = true)]
async fn exactly_the_transient_statuses_are_transient() {
    let server = ScriptedServer::start().await;
    for status in 400..600 {
        let (code, is_transient) = failure(&server, answer(status, &[], "")).await;
        assert_eq!(is_transient, [408, 429, 502, 503, 504].contains(&status), "{status}");
        let expected = match status {
            401 => ErrorCode::Unauthenticated,
            403 => ErrorCode::Forbidden,
            404 => ErrorCode::NotFound,
            429 => ErrorCode::RateLimited,
            408 | 500.. => ErrorCode::Unavailable,
            _ => ErrorCode::Protocol,
        };
        assert_eq!(code, expected, "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_connection_is_transient() {
    // Bound, so that nobody else listens there, and not listening.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let origin = format!("http://{}", socket.local_addr().unwrap());
    // Its clock stands still.
    let _server = ScriptedServer::start().await;
    let failure = client_of(&origin).attempt(&post(), LONG).await.unwrap_err();
    assert_eq!((failure.error.code, failure.is_transient), (ErrorCode::Unavailable, true));
    assert!(failure.error.what.starts_with(&origin), "{}", failure.error.what);
    assert!(failure.error.what.contains("refused"), "{}", failure.error.what);
    assert!(failure.error.cause.is_some());
}

/// One attempt to reach a workspace over https, through a proxy with this user and password.
async fn attempt_through(server: &ScriptedServer, login: &str) -> Failure {
    let url = server.origin().replace("//", &format!("//{login}"));
    let http = client(&[("HTTPS_PROXY", &url)]);
    http.attempt(&post(), LONG).await.unwrap_err()
}

#[tokio::test(start_paused = true)]
async fn a_proxys_refusal_is_final_and_says_what_it_is() {
    let server = ScriptedServer::start().await;
    let wants = "Proxy-Authenticate: Basic realm=\"corp\"\r\nContent-Length: 0\r\n\r\n";
    for (version, login, problem) in [
        ("1.1", "user:wrong-1@", "refuses its user or password"),
        ("1.0", "user:wrong-2@", "refuses its user or password"),
        ("1.1", "user@", "refuses its user or password"),
        ("1.1", "", "asks for a user and a password, and HTTPS_PROXY has none"),
        ("1.0", "", "asks for a user and a password, and HTTPS_PROXY has none"),
    ] {
        let refusal = format!("HTTP/{version} 407 Proxy Authentication Required\r\n{wants}");
        server.tell([Reply::Last(refusal.into_bytes())]);
        let Failure { error, is_transient, .. } = attempt_through(&server, login).await;
        assert_eq!((error.code, is_transient), (ErrorCode::Unavailable, false));
        assert!(!error.is_retryable());
        assert_eq!(
            error.what,
            format!("https://workspace.test cannot be reached: the proxy of HTTPS_PROXY {problem}")
        );
        assert!(error.advice.contains("percent-encoded") && error.advice.contains("Basic"));
        assert!(!format!("{error:?}").contains("wrong"), "{error:?}");
        let [request] = &server.take_requests()[..] else { panic!("it is presented once") };
        assert!(request.starts_with("CONNECT workspace.test:443 HTTP/1.1\r\n"), "{request}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_password_that_is_refused_is_presented_twice_by_whatever_clients() {
    let server = ScriptedServer::start().await;
    let refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n";
    // The clocks of other tests are elsewhere, and could have it forgotten.
    let _gate = Gate::of(Secret::new(format!("Basic {}", BASE64.encode("user:p@ss-word"))));
    for login in ["user:p%40ss-word@", "user:p@ss-word@"] {
        server.tell([Reply::Last(refusal.to_vec())]);
        attempt_through(&server, login).await;
    }
    assert_eq!(server.take_requests().len(), 2);
    let Failure { error, is_transient, .. } = attempt_through(&server, "user:p@ss-word@").await;
    assert!(error.what.ends_with("refuses its user or password"), "{}", error.what);
    assert!(!is_transient);
    assert_eq!(server.take_requests().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_a_proxy_answers_instead_of_a_tunnel_is_told() {
    for (status, is_transient, advice) in [
        (400, false, "Have whoever runs the proxy allow connections to https://workspace.test"),
        (403, false, "name it in NO_PROXY"),
        (405, false, "Have whoever runs the proxy"),
        (429, true, "try again"),
        (500, true, "try again"),
        (502, true, "Look whether the proxy reaches https://workspace.test"),
        (503, true, "try again"),
        (504, true, "try again"),
    ] {
        let server = ScriptedServer::start().await;
        let answer = format!("HTTP/1.1 {status} Status\r\nContent-Length: 0\r\n\r\n");
        server.tell(vec![Reply::Last(answer.into_bytes()); 3]);
        let failure = attempt_through(&server, "user:right@").await;
        let error = failure.error;
        assert_eq!((error.code, error.is_retryable()), (ErrorCode::Unavailable, is_transient));
        assert_eq!(failure.is_transient, is_transient);
        assert_eq!(
            error.what,
            format!(
                "https://workspace.test cannot be reached: the proxy of HTTPS_PROXY answered \
                 {status} to CONNECT"
            )
        );
        assert!(error.advice.contains(advice), "{error}");
        // It is asked once more why, and whoever comes next knows.
        assert_eq!(server.take_requests().len(), 2);
        assert_eq!(attempt_through(&server, "user:right@").await.error.what, error.what);
        assert_eq!(server.take_requests().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_password_that_is_refused_in_an_odd_way_is_presented_no_more_often() {
    let server = ScriptedServer::start().await;
    let odd = "HTTP/1.1 407 Login\r\nProxy-Authenticate : Basic\r\n\r\n";
    let _gate = Gate::of(Secret::new(format!("Basic {}", BASE64.encode("user:odd"))));
    server.tell(vec![Reply::Last(odd.as_bytes().to_vec()); 9]);
    for _ in 0..5 {
        let Failure { error, is_transient, .. } = attempt_through(&server, "user:odd@").await;
        assert!(error.what.ends_with("refuses its user or password"), "{error}");
        assert!(!is_transient);
    }
    // Each of the two that the gate lets through, and the first once more to learn the status.
    assert_eq!(server.take_requests().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_proxy_that_does_not_say_why_it_refuses_is_told_all_the_same() {
    let server = ScriptedServer::start().await;
    server.tell([Reply::Last(b"HTTP/1.1 403 No\r\n\r\n".to_vec()), Reply::Break]);
    let Failure { error, is_transient, .. } = attempt_through(&server, "").await;
    assert!(error.what.ends_with("the proxy of HTTPS_PROXY refuses to connect to it"), "{error}");
    assert!(is_transient);
}

#[tokio::test(start_paused = true)]
async fn other_ends_of_a_tunnel_are_transient() {
    let server = ScriptedServer::start().await;
    for reply in [
        Reply::Break,
        Reply::Last(b"HTTP/1.1 2".to_vec()),
        // A tunnel to something that does not speak TLS.
        Reply::Last(b"HTTP/1.1 200 OK\r\n\r\n".to_vec()),
    ] {
        server.tell([reply]);
        let Failure { error, is_transient, .. } = attempt_through(&server, "user:right@").await;
        assert!(is_transient && error.is_retryable(), "{error}");
        assert!(error.what.contains("with HTTPS_PROXY set"), "{error}");
    }
    assert_eq!(server.take_requests().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_proxy_that_is_not_reached_is_told_from_a_workspace_that_is_not() {
    // Its clock stands still.
    let _server = ScriptedServer::start().await;
    const PAC: &str =
        "HTTPS_PROXY is the URL of a PAC file, which is not read. Have HTTPS_PROXY name";
    let cannot = "https://workspace.test cannot be reached:";
    let tls = "the proxy of HTTPS_PROXY does not speak TLS. Write http:// instead of https:// in HTTPS_PROXY";
    let unreached = "the proxy of HTTPS_PROXY cannot be reached: ";
    let plain = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = plain.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = plain.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        pending::<()>().await;
    });
    for (url, expected, lasts) in [
        ("http://no-such-proxy.invalid:3128".to_owned(), unreached, false),
        (format!("https://{address}"), tls, true),
        ("http://no-such-proxy.invalid/proxy.pac".to_owned(), PAC, true),
        ("http://no-such-proxy.invalid/wpad.dat".to_owned(), PAC, true),
    ] {
        let http = client(&[("HTTPS_PROXY", &url)]);
        let Failure { error, is_transient, .. } = http.attempt(&post(), LONG).await.unwrap_err();
        let told = error.to_string();
        assert!(told.starts_with(&format!("{cannot} {expected}")), "{told}");
        assert_eq!((error.lasts, is_transient), (lasts, !lasts), "{told}");
        assert!(told.contains("HTTPS_PROXY"), "{told}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_tunnel_proves_a_password_before_the_workspace_has_said_a_word() {
    let server = ScriptedServer::start().await;
    let tunnel = Reply::Bytes(b"HTTP/1.1 200 OK\r\n\r\n".to_vec());
    server.tell([tunnel.clone(), tunnel.clone(), tunnel]);
    for _ in 0..3 {
        let stall = async {
            while server.take_requests().is_empty() {
                yield_now().await;
            }
            advance(CONNECT_LIMIT + MOMENT).await;
            pending::<Failure>().await
        };
        let failure = tokio::select! {
            biased;
            failure = attempt_through(&server, "user:silent@") => failure,
            failure = stall => failure,
        };
        let what = failure.error.what;
        assert!(what.ends_with("with HTTPS_PROXY set: no connection within 4 s"), "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_breaks_is_transient() {
    let server = ScriptedServer::start().await;
    let head = |length| head("200 OK", &[("Content-Length", length)]);
    for reply in [
        Reply::Break,
        Reply::Last(b"HTTP/1.1 200".to_vec()),
        Reply::Last(head("100").into_bytes()),
        Reply::Last(format!("{}{{\"token\":", head("100")).into_bytes()),
        Reply::Last(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab".to_vec()),
    ] {
        let shown = format!("{reply:?}");
        assert_eq!(failure(&server, reply).await, (ErrorCode::Unavailable, true), "{shown}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_not_http_settles() {
    let server = ScriptedServer::start().await;
    for bytes in [
        &b"SSH-2.0-OpenSSH_9.6\r\n"[..],
        b"\x15\x03\x01\x00\x02\x02\x46",
        b"\r\n\r\n\r\n",
        b"HTTP/1.1 99999 What\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ] {
        let (code, _) = failure(&server, Reply::Last(bytes.to_vec())).await;
        assert_eq!(code, ErrorCode::Unavailable, "{bytes:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn headers_without_end_are_cut_off() {
    let server = ScriptedServer::start().await;
    let line = format!("X-Long: {}\r\n", "x".repeat(4000)).into_bytes();
    for reply in [
        Reply::Endless(b"HTTP/1.1 200 OK\r\n".to_vec(), line),
        Reply::Endless(b"HTTP/1.1 200 OK\r\n".to_vec(), b"X: y\r\n".to_vec()),
        Reply::Endless(b"HTTP/1.1 200 OK\r\nX-Long: ".to_vec(), vec![b'x'; 4000]),
        Reply::Endless(Vec::new(), vec![b'x'; 4000]),
    ] {
        assert_eq!(failure(&server, reply).await.0, ErrorCode::Unavailable);
    }
}

#[tokio::test(start_paused = true)]
async fn as_many_headers_as_gateways_may_add_are_read() {
    let server = ScriptedServer::start().await;
    let many: Vec<String> = (0..1000).map(|count| format!("X-Gateway-{count}")).collect();
    let headers: Vec<(&str, &str)> = many.iter().map(|name| (&**name, "1")).collect();
    assert!(attempt(&server, answer(200, &headers, "{}")).await.is_ok());
    let (code, _) = failure(&server, answer(401, &headers, "")).await;
    assert_eq!(code, ErrorCode::Unauthenticated);
}

#[tokio::test(start_paused = true)]
async fn what_a_gateway_has_compressed_unasked_is_read() {
    let server = ScriptedServer::start().await;
    let mut deflated = ZlibEncoder::new(Vec::new(), Compression::default());
    deflated.write_all(b"{\"error_code\":\"NOT_HERE\",\"message\":\"Gone\"}").unwrap();
    let deflated = deflated.finish().unwrap();
    let coded = |status, coding| answer(status, &[(CONTENT_ENCODING.as_str(), coding)], &deflated);
    let answered = attempt(&server, coded(200, "deflate")).await.unwrap();
    assert!(answered.body.starts_with(b"{\"error_code\""));
    let error = attempt(&server, coded(404, "deflate")).await.unwrap_err().error;
    assert_eq!(error.error_code.as_deref(), Some("NOT_HERE"));
    assert!(error.what.contains("Gone"), "{error}");
    let error = attempt(&server, coded(200, "br")).await.unwrap_err().error;
    assert_eq!(error.code, ErrorCode::Protocol);
    assert!(error.what.ends_with("answered in the coding br, although none was asked for"));
    // What it says is not even looked at.
    let error = attempt(&server, coded(404, "br")).await.unwrap_err().error;
    assert_eq!((error.code, error.error_code), (ErrorCode::NotFound, None));
}

#[tokio::test(start_paused = true)]
async fn a_look_shows_nothing_and_tells_what_time_it_is_there() {
    let server = ScriptedServer::start().await;
    let date = "Sat, 01 Jan 2000 00:00:00 GMT";
    server.tell([answer(404, &[("Date", date)], "")]);
    let (look, error) = client_of(&server.origin()).look(LONG).await;
    assert_eq!(look, Look { date: Some(date.to_owned()), ..Look::default() });
    assert_eq!(error, None);
    let [request] = &server.take_requests()[..] else { panic!("one request") };
    assert!(request.starts_with("HEAD / HTTP/1.1\r\n"), "{request}");
    assert!(!request.contains("token-1") && !request.contains("authorization"), "{request}");
    // A request for a token may fare better.
    server.tell([Reply::Break]);
    assert_eq!(client_of(&server.origin()).look(LONG).await, (Look::default(), None));
}

#[tokio::test(start_paused = true)]
async fn a_body_is_read_up_to_one_mebibyte() {
    let server = ScriptedServer::start().await;
    let largest = vec![b'x'; 1024 * 1024];
    let larger = [&largest[..], b"x"].concat();
    // Of a refusal the status says enough.
    for (status, what) in [
        (200, (ErrorCode::Protocol, false)),
        (503, (ErrorCode::Unavailable, true)),
        (401, (ErrorCode::Unauthenticated, false)),
    ] {
        assert_eq!(failure(&server, answer(status, &[], &larger)).await, what);
    }
    assert_eq!(attempt(&server, answer(200, &[], &largest)).await.unwrap().body[..], largest);
}

#[tokio::test(start_paused = true)]
async fn a_body_without_end_is_cut_off() {
    let server = ScriptedServer::start().await;
    let chunked = head("200 OK", &[("Transfer-Encoding", "chunked")]).into_bytes();
    let petabyte = head("200 OK", &[("Content-Length", "1000000000000000")]).into_bytes();
    let until_the_end = head("200 OK", &[("Connection", "close")]).into_bytes();
    for reply in [
        Reply::Endless(chunked, b"4\r\nxxxx\r\n".repeat(1000)),
        Reply::Endless(petabyte, vec![b'x'; 4000]),
        Reply::Endless(until_the_end, vec![b'x'; 4000]),
    ] {
        assert_eq!(failure(&server, reply).await, (ErrorCode::Protocol, false));
    }
}

#[tokio::test(start_paused = true)]
async fn a_redirect_is_not_followed() {
    let server = ScriptedServer::start().await;
    for status in [301, 302, 303, 307, 308] {
        let target = format!("{}/elsewhere?token-1", server.origin());
        let reply = answer(status, &[("Location", &target)], "");
        // Which sees to it that there was one request.
        let failure = attempt(&server, reply).await.unwrap_err();
        assert_eq!((failure.error.code, failure.is_transient), (ErrorCode::Protocol, false));
        assert_eq!(failure.error.status, Some(status));
        assert!(failure.error.what.contains("/elsewhere"), "{}", failure.error.what);
        assert!(!failure.error.what.contains("token-1"), "{}", failure.error.what);
    }
}

#[tokio::test(start_paused = true)]
async fn an_attempt_ends_with_its_limit_wherever_the_server_stalls() {
    let server = ScriptedServer::start().await;
    let head = head("200 OK", &[("Content-Length", "100")]).into_bytes();
    for reply in [Reply::Silence, Reply::Bytes(b"HTTP/1.1".to_vec()), Reply::Bytes(head)] {
        server.tell([reply]);
        let http = client_of(&server.origin());
        let post = post();
        let stall = async {
            while server.take_requests().is_empty() {
                yield_now().await;
            }
            advance(retry::attempt_limit(0) + MOMENT).await;
        };
        let (outcome, ()) = tokio::join!(http.attempt(&post, retry::attempt_limit(0)), stall);
        let failure = outcome.unwrap_err();
        assert_eq!((failure.error.code, failure.is_transient), (ErrorCode::Unavailable, true));
        assert!(failure.error.what.ends_with("did not answer within 5 s"), "{}", failure.error);
    }
}

#[test]
fn a_limit_is_told_as_a_person_reads_it() {
    let http = client_of("https://workspace.test");
    for (limit, told) in [(5.0, "5 s"), (2.5815408, "2.6 s"), (0.96, "1 s"), (0.04, "0 s")] {
        let late = http.circumstances().late(Duration::from_secs_f64(limit), &[]);
        assert!(late.error.what.ends_with(&format!("within {told}")), "{}", late.error.what);
    }
}

#[tokio::test(start_paused = true)]
async fn an_attempt_waits_for_certificates_no_longer_than_its_limit_and_names_them() {
    let _clock = ScriptedServer::start().await;
    let http = client(&[("NODE_EXTRA_CA_CERTS", "/hanging/share/ca.pem")]);
    let (go_on, held) = mpsc::channel::<()>();
    roots::hang(&http.network, &http.labels.network, held);
    let post = post();
    for _ in 0..3 {
        let stall = async {
            yield_now().await;
            advance(retry::attempt_limit(0) + MOMENT).await;
        };
        let (outcome, ()) = tokio::join!(http.attempt(&post, retry::attempt_limit(0)), stall);
        let failure = outcome.unwrap_err();
        assert_eq!((failure.error.code, failure.is_transient), (ErrorCode::Unavailable, true));
        assert_eq!(
            failure.error.what,
            "https://workspace.test cannot be reached: NODE_EXTRA_CA_CERTS \
             (/hanging/share/ca.pem) is still being read"
        );
    }
    go_on.send(()).unwrap();
    assert!(http.connector(None).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn an_attempt_gets_no_more_time_than_the_budget_has() {
    let server = ScriptedServer::start().await;
    server.tell([Reply::Silence]);
    let (http, post) = (client_of(&server.origin()), post());
    let (trip, _) = watched(Duration::from_secs(2));
    let stall = async {
        while server.take_requests().is_empty() {
            yield_now().await;
        }
        advance(Duration::from_secs(2) + MOMENT).await;
    };
    let (outcome, ()) = tokio::join!(http.send(&post, &trip), stall);
    let Failure { error, .. } = outcome.unwrap_err();
    assert!(error.what.contains("did not answer within"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_request_is_sent_until_it_succeeds() {
    let server = ScriptedServer::start().await;
    server.tell([
        answer(503, &[], ""),
        Reply::Break,
        answer(429, &[], ""),
        answer(400, &[], THROTTLED),
        answer(200, &[], "{}"),
    ]);
    let sent = send(&server, FLIGHT).await;
    assert_eq!(sent.outcome.unwrap().body[..], b"{}"[..]);
    assert_eq!(sent.requests, 5);
    let codes: Vec<ErrorCode> = sent.failures.iter().map(|error| error.code).collect();
    use ErrorCode::{RateLimited, Unavailable};
    assert_eq!(codes, [Unavailable, Unavailable, RateLimited, RateLimited]);
}

#[tokio::test(start_paused = true)]
async fn a_request_is_given_up_after_five_attempts_with_the_error_of_the_last() {
    let server = ScriptedServer::start().await;
    let statuses = [503, 502, 504, 408, 429, 503];
    server.tell(statuses.map(|status| answer(status, &[], "")));
    let sent = send(&server, FLIGHT).await;
    let error = sent.outcome.unwrap_err();
    assert_eq!((error.code, error.status), (ErrorCode::RateLimited, Some(429)));
    assert_eq!((sent.requests, sent.failures.len()), (5, 5));
    assert_eq!(sent.failures.last(), Some(&error));
}

#[tokio::test(start_paused = true)]
async fn an_outage_of_any_kind_is_five_attempts() {
    let server = ScriptedServer::start().await;
    let truncated = head("200 OK", &[("Content-Length", "100")]).into_bytes();
    for (reply, code) in [
        (answer(503, &[], ""), ErrorCode::Unavailable),
        (answer(502, &[], "<html><title>502 Bad Gateway</title>"), ErrorCode::Unavailable),
        (answer(429, &[], ""), ErrorCode::RateLimited),
        (answer(400, &[], THROTTLED), ErrorCode::RateLimited),
        (Reply::Break, ErrorCode::Unavailable),
        (Reply::Last(truncated), ErrorCode::Unavailable),
    ] {
        server.tell(vec![reply.clone(); 5]);
        let sent = send(&server, FLIGHT).await;
        assert_eq!(sent.outcome.unwrap_err().code, code, "{reply:?}");
        assert_eq!((sent.requests, sent.failures.len()), (5, 5), "{reply:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_for_good_is_sent_once() {
    let server = ScriptedServer::start().await;
    for status in [400, 401, 403, 404, 409, 500, 501] {
        server.tell([answer(status, &[("Retry-After", "1")], "")]);
        let sent = send(&server, FLIGHT).await;
        assert_eq!(sent.outcome.unwrap_err().status, Some(status));
        assert_eq!((sent.requests, sent.failures.len(), sent.took), (1, 1, Duration::ZERO));
    }
}

#[tokio::test(start_paused = true)]
async fn a_retry_comes_no_sooner_than_the_service_asks() {
    let server = ScriptedServer::start().await;
    let date = "Sat, 01 Jan 2000 00:00:00 GMT";
    for reply in [
        answer(429, &[("Retry-After", "20")], ""),
        answer(503, &[("Date", date), ("Retry-After", "Sat, 01 Jan 2000 00:00:20 GMT")], ""),
        answer(429, &[], r#"{"details":[{"retry_delay":"20s"}]}"#),
    ] {
        server.tell([reply, answer(200, &[], "{}")]);
        let sent = send(&server, FLIGHT).await;
        assert!(sent.outcome.is_ok());
        assert!(sent.took >= Duration::from_secs(20), "{:?}", sent.took);
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_does_not_fit_the_budget_is_not_begun() {
    let server = ScriptedServer::start().await;
    for asked in ["30", "3600", "18446744073709551615"] {
        server.tell([answer(429, &[("Retry-After", asked)], "")]);
        let sent = send(&server, FLIGHT).await;
        let asked = Duration::from_secs(asked.parse().unwrap());
        assert_eq!(sent.outcome.unwrap_err().retry_after, Some(asked));
        assert_eq!((sent.requests, sent.took), (1, Duration::ZERO));
    }
}

#[tokio::test(start_paused = true)]
async fn the_date_of_an_answer_is_the_services_clock() {
    let server = ScriptedServer::start().await;
    let headers = [("Date", "Sat, 01 Jan 2000 00:00:00 GMT")];
    let answered = attempt(&server, answer(200, &headers, "")).await.unwrap();
    let millennium = UNIX_EPOCH + Duration::from_secs(946_684_800);
    assert_eq!(answered.sent_by_service_clock, millennium + DATE_PRECISION);
    let answered = attempt(&server, answer(200, &[], "")).await.unwrap();
    assert_eq!(answered.sent_by_service_clock, answered.sent.wall);
}

#[test]
fn the_services_clock_counts_where_it_disagrees() {
    let noon = time_of("Sat, 01 Jan 2000 12:00:00 GMT").unwrap();
    // Sent at noon and a half second, received a quarter of a second later.
    let (sent, took) = (noon + 2 * QUARTER, QUARTER);
    for (date, expected) in [
        // The clocks agree, to the second that a date is cut down to.
        (Some("Sat, 01 Jan 2000 12:00:00 GMT"), sent),
        (Some("Sat, 01 Jan 2000 11:59:59 GMT"), noon),
        (Some("Sat, 01 Jan 2000 12:00:01 GMT"), noon + 8 * QUARTER),
        // They do not.
        (Some("Sat, 01 Jan 2000 11:59:58 GMT"), noon - 4 * QUARTER),
        (Some("Sat, 01 Jan 2000 13:00:00 GMT"), noon + HOUR + 4 * QUARTER),
        (Some("Sat, 01 Jan 2000 11:00:00 GMT"), noon - HOUR + 4 * QUARTER),
        (Some("Thu, 01 Jan 1970 00:00:00 GMT"), UNIX_EPOCH + 4 * QUARTER),
        // There is none to believe.
        (None, sent),
        (Some(""), sent),
        (Some("noon"), sent),
        (Some("946728000"), sent),
        (Some("Sat, 32 Jan 2000 12:00:00 GMT"), sent),
        (Some("2000-01-01T13:00:00Z"), sent),
    ] {
        let headers = date.map(|date| (DATE, HeaderValue::from_static(date)));
        let headers = HeaderMap::from_iter(headers);
        assert_eq!(service_clock(&headers, sent, took), expected, "{date:?}");
    }
}

#[test]
fn a_date_that_was_cut_down_to_its_second_is_no_disagreement() {
    let noon = time_of("Sat, 01 Jan 2000 12:00:00 GMT").unwrap();
    let headers = HeaderMap::from_iter([(DATE, "Sat, 01 Jan 2000 12:00:00 GMT".parse().unwrap())]);
    for sent in [noon, noon + QUARTER, noon + 3 * QUARTER, noon + 4 * QUARTER] {
        assert_eq!(service_clock(&headers, sent, 40 * QUARTER), sent);
    }
    // Written while the request was under way.
    assert_eq!(service_clock(&headers, noon - HOUR, HOUR), noon - HOUR);
}

#[test]
fn a_clock_that_is_set_while_a_request_is_under_way_is_not_believed() {
    let noon = time_of("Sat, 01 Jan 2000 12:00:00 GMT").unwrap();
    let headers = HeaderMap::from_iter([(DATE, "Sat, 01 Jan 2000 12:00:00 GMT".parse().unwrap())]);
    // It was behind when the request left, or ahead, and is right when the answer comes.
    for behind in [3, 20, 86_400].map(Duration::from_secs) {
        let clock = noon + DATE_PRECISION;
        assert_eq!(service_clock(&headers, noon - behind, QUARTER), clock);
        assert_eq!(service_clock(&headers, noon + behind, QUARTER), clock);
    }
}

#[test]
fn a_date_that_cannot_be_read_is_none() {
    let headers = HeaderMap::from_iter([(DATE, HeaderValue::from_bytes(b"\xff").unwrap())]);
    assert_eq!(service_clock(&headers, UNIX_EPOCH, Duration::ZERO), UNIX_EPOCH);
}

#[test]
fn an_outage_costs_at_most_forty_requests_a_minute() {
    let error = Error::new(ErrorCode::Unavailable, "The workspace is down", "Wait.");
    for (retry_jitter, slot_jitter) in [(0.0, 0.0), (0.0, 1.0), (0.5, 0.5), (1.0, 0.0), (1.0, 1.0)]
    {
        let (start, mut now) = (Now::read(), Now::read());
        let mut slot = Slot::<&str>::default();
        let mut requests = Vec::new();
        while now.since(start) < Duration::from_secs(20 * 60) {
            if let Some(flight) = slot.ask(now, Duration::ZERO).flight() {
                for attempt in 0.. {
                    requests.push(now);
                    let Some(pause) = retry::pause(attempt, None, retry_jitter) else { break };
                    now = now.after(pause);
                }
                slot.land(now, flight, Err(error.clone()), slot_jitter);
            }
            now = now.after(Duration::from_millis(10));
        }
        for minute in requests.windows(41) {
            assert!(minute[40].since(minute[0]) > Duration::from_secs(60));
        }
    }
}

const THROTTLED: &str =
    r#"{"error":"invalid_request","error_description":"Temporarily throttled, too many requests"}"#;
const QUARTER: Duration = Duration::from_millis(250);
const HOUR: Duration = Duration::from_secs(3600);

proptest! {
    #[test]
    fn a_quote_is_short_and_printable_and_without_secrets(
        secrets in vec(secret(), 0..4),
        pieces in vec(any::<(usize, String)>(), 0..20),
    ) {
        let text: String = pieces
            .iter()
            .map(|(index, text)| match secrets.get(index % 8) {
                Some(secret) => secret.replace(' ', "\t"),
                None => text.clone(),
            })
            .collect();
        let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
        let quoted = quote::quote(&text, &secrets);
        prop_assert!(quoted.chars().count() <= 300);
        prop_assert!(!quoted.chars().any(char::is_control));
        prop_assert!(!secrets.iter().any(|secret| quoted.contains(secret)));
    }

    #[test]
    fn a_refusal_of_any_shape_is_an_error_without_secrets(
        status in 100..1000_u16,
        secret in secret(),
        body in body(),
        headers in vec((header_name(), body()), 0..6),
    ) {
        let with_secret = |bytes: &[u8]| {
            let text: Vec<&[u8]> = bytes.split(|byte| *byte == b'~').collect();
            text.join(secret.as_bytes())
        };
        let headers: HeaderMap = headers
            .into_iter()
            .filter_map(|(name, value)| Some((name, HeaderValue::from_bytes(&with_secret(&value)).ok()?)))
            .collect();
        let client = client_of("workspace.test");
        let refusal = Refusal {
            advice: Advice {
                host: client.host(),
                labels: client.labels(),
                advise: &|refused| Some(format!("{refused:?}")),
            },
            status,
            headers: &headers,
            body: &with_secret(&body),
            secrets: &[&secret],
        };
        let Failure { error, .. } = refusal.into_failure(UNIX_EPOCH);
        let shown = format!("{error} {:?} {:?} {:?}", error.error_code, error.request_id, error.cause);
        prop_assert!(!shown.contains(&secret), "{shown}");
        prop_assert_eq!(error.status, Some(status));
    }

    #[test]
    fn the_services_clock_is_never_earlier_than_an_agreeing_one(
        date in 0..4_000_000_000_u64,
        sent_ms in 0..4_000_000_000_000_u64,
        took_ms in 0..100_000_u64,
        drift_s in -3..4_i64,
    ) {
        let date = if drift_s == 3 { date } else { (sent_ms / 1000).saturating_add_signed(drift_s) };
        let sent = UNIX_EPOCH + Duration::from_millis(sent_ms);
        let received = sent + Duration::from_millis(took_ms);
        let written = UNIX_EPOCH + Duration::from_secs(date);
        let timestamp = jiff::Timestamp::try_from(written).unwrap();
        let text = DateTimePrinter::new().timestamp_to_rfc9110_string(&timestamp).unwrap();
        let headers = HeaderMap::from_iter([(DATE, text.parse().unwrap())]);
        let clock = service_clock(&headers, sent, Duration::from_millis(took_ms));
        // Where it is taken from the date it is the latest moment that the date can mean; else it
        // is this machine's, and the date is one that this machine could have written meanwhile.
        if clock == sent {
            prop_assert!(written + DATE_PRECISION >= sent && written <= received);
        } else {
            prop_assert_eq!(clock, written + DATE_PRECISION);
        }
    }
}

/// Long enough not to occur by chance; some have a space inside.
fn secret() -> impl Strategy<Value = String> {
    "[0-9A-Za-z+/=_.:%-]{4,40} ?[0-9A-Za-z+/=_.:%-]{4,40}"
}

/// The body of a refusal, or something like it, with `~` where the secret is to be.
fn body() -> impl Strategy<Value = Vec<u8>> {
    let key = prop::sample::select(&KEYS[..]).prop_map(str::to_owned);
    let text = prop_oneof!["[ -~]{0,40}", "~", "[ -~]*~\\PC{0,10}", any::<String>()];
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        text.prop_map(Into::into),
    ];
    let json = leaf.prop_recursive(3, 20, 6, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Into::into),
            vec((key.clone(), inner), 0..6)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    });
    prop_oneof![
        4 => json.prop_map(|json| json.to_string().into_bytes()),
        1 => vec(any::<u8>(), 0..200),
        1 => "<html><title>[ -~]{0,40}</title>[ -~]{0,40}<pre>[ -~]{0,40}</pre>".prop_map(String::into_bytes),
        1 => "[A-Z_]{0,10}(: )?[ -~]{0,400}".prop_map(String::into_bytes),
    ]
}

fn header_name() -> impl Strategy<Value = HeaderName> {
    let names = ["location", "retry-after", "date", "x-request-id", "x-databricks-request-id"];
    prop::sample::select(names.map(HeaderName::from_static).to_vec())
}

const KEYS: [&str; 13] = [
    "error_code",
    "errorCode",
    "error",
    "message",
    "error_description",
    "errorSummary",
    "details",
    "@type",
    "request_id",
    "retry_delay",
    "reason",
    "links",
    "other",
];
