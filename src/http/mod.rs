//! One request until it succeeds or is given up. The only place that retries.

mod proxy;
mod proxy_login;
mod quote;
mod refusal;
pub mod retry;
mod roots;
#[cfg(test)]
mod tests;
mod trust;

use std::error::Error as _;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use once_cell::sync::OnceCell;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, DATE, HeaderMap, HeaderValue};
use reqwest::{Client, Response, redirect};
use tokio::time::{sleep, timeout};
use zeroize::Zeroizing;

use crate::config::Host;
use crate::config::network::Network;
use crate::error::{Error, ErrorCode};
use crate::secret::Secret;
use crate::time::{Now, TimeLimit};
use proxy::Way;
use proxy_login::LoginError;
use quote::{quote, quote_path};
use refusal::Refusal;
use roots::Roots;

/// A client of one workspace.
pub struct Http {
    host: Host,
    network: Network,
    /// What no error may repeat of an answer.
    hidden: Vec<Secret>,
    connector: OnceCell<Connector>,
}

/// What is made when the first request is sent.
struct Connector {
    client: Client,
    /// What was to be trusted and could not be read.
    problems: Arc<[String]>,
    /// The variable of the proxy that leads to the workspace.
    proxy: Option<&'static str>,
}

/// A request to send. It can be sent any number of times.
pub struct Post<'a> {
    /// The path below the workspace's origin.
    pub path: &'static str,
    /// The `Authorization` header.
    pub authorization: HeaderValue,
    /// The `Content-Type` of the body.
    pub content_type: &'static str,
    /// The body.
    pub body: String,
    /// What no error may repeat of this answer, besides what is hidden of every answer.
    pub secret: &'a str,
}

/// An answer with success.
#[derive(Debug)]
pub struct Answer {
    /// The whole body, which holds a token.
    pub body: Zeroizing<Vec<u8>>,
    /// Before the request left.
    pub sent: Now,
    /// What the service's clock said at that moment, or a little later.
    pub sent_by_service_clock: SystemTime,
    /// How long it took until the whole answer was there, by the monotonic clock.
    pub took: Duration,
}

/// Why an attempt brought nothing.
#[derive(Debug)]
struct Failure {
    error: Error,
    /// Whether the same request may succeed in a moment.
    is_transient: bool,
}

impl Http {
    /// A client that connects when it is first used.
    ///
    /// No error repeats any of `hidden`, whoever says it.
    pub fn new(host: Host, network: Network, hidden: Vec<Secret>) -> Http {
        Http { host, network, hidden, connector: OnceCell::new() }
    }

    /// The workspace.
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// Sends `post` until it is answered with success, or refused for good, or there is no time
    /// left in `budget` for another attempt. `on_failure` hears of every attempt that failed.
    ///
    /// # Errors
    ///
    /// The last attempt's: what the workspace refused, `RATE_LIMITED`, `UNAVAILABLE`, `PROTOCOL`.
    pub async fn send(
        &self,
        post: &Post<'_>,
        budget: TimeLimit,
        on_failure: &(impl Fn(&Error) + Send + Sync),
    ) -> Result<Answer, Error> {
        let mut attempt = 0;
        loop {
            let limit = retry::attempt_limit(attempt).min(budget.remaining(Now::read()));
            let failure = match self.attempt(post, limit).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            on_failure(&failure.error);
            let pause = retry::pause(attempt, failure.error.retry_after, fastrand::f64())
                .filter(|pause| failure.is_transient && *pause < budget.remaining(Now::read()));
            let Some(pause) = pause else {
                return Err(failure.error);
            };
            sleep(pause).await;
            attempt += 1;
        }
    }

    async fn attempt(&self, post: &Post<'_>, limit: Duration) -> Result<Answer, Failure> {
        timeout(limit, self.exchange(post)).await.unwrap_or_else(|_| Err(self.late(post, limit)))
    }

    fn late(&self, post: &Post<'_>, limit: Duration) -> Failure {
        let place = roots::being_read(&self.network).filter(|_| self.connector.get().is_none());
        let Some(place) = place else {
            return self
                .unavailable(format!("did not answer within {} s", limit.as_secs_f32()), None);
        };
        let place = quote_path(&place.to_string(), &self.secrets(post));
        let Failure { error, is_transient } =
            self.unavailable(format!("cannot be reached: {place} is still being read"), None);
        let error = error.advise("Check the disk or share on which that lies; then try again.");
        Failure { error, is_transient }
    }

    async fn exchange(&self, post: &Post<'_>) -> Result<Answer, Failure> {
        let client = &self.connector().await?.client;
        let secrets = self.secrets(post);
        let sent = Now::read();
        let response = client
            .post(format!("{}{}", self.host.as_str(), post.path))
            .header(AUTHORIZATION, post.authorization.clone())
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, post.content_type)
            .body(post.body.clone())
            .send()
            .await
            .map_err(|error| self.broken("cannot be reached", &error, &secrets))?;
        let status = response.status();
        let headers = response.headers().clone();
        let (body, is_whole) = self.body(response, &secrets).await?;
        let took = Now::read().mono.saturating_duration_since(sent.mono);
        if status.is_success() && !is_whole {
            return Err(self.too_large());
        }
        if status.is_success() {
            let sent_by_service_clock = service_clock(&headers, sent.wall, took);
            return Ok(Answer { body, sent, sent_by_service_clock, took });
        }
        let refusal = Refusal {
            host: self.host.as_str(),
            status: status.as_u16(),
            headers: &headers,
            body: &body,
            secrets: &secrets,
        };
        Err(refusal.into_failure(sent.wall + took))
    }

    async fn connector(&self) -> Result<&Connector, Failure> {
        if let Some(connector) = self.connector.get() {
            return Ok(connector);
        }
        let none =
            |cause| self.unavailable("cannot be reached: no HTTP client".to_owned(), Some(cause));
        let roots = roots::read(&self.network).await.map_err(none)?;
        self.connector.get_or_try_init(|| connector(&self.host, &self.network, roots)).map_err(none)
    }

    /// What must not be repeated of an answer to `post`.
    fn secrets<'a>(&'a self, post: &'a Post<'_>) -> Vec<&'a str> {
        let hidden = self.hidden.iter().map(Secret::expose);
        hidden.chain([post.secret]).collect()
    }

    /// The body and whether that is all of it; of a larger one, what was read up to the limit.
    async fn body(
        &self,
        mut response: Response,
        secrets: &[&str],
    ) -> Result<(Zeroizing<Vec<u8>>, bool), Failure> {
        let broken = |error| self.broken("broke off its answer", &error, secrets);
        let mut body = Zeroizing::new(Vec::new());
        while let Some(chunk) = response.chunk().await.map_err(broken)? {
            if body.len() + chunk.len() > LARGEST_BODY {
                return Ok((body, false));
            }
            append(&mut body, &chunk);
        }
        Ok((body, true))
    }

    fn too_large(&self) -> Failure {
        let error = Error::new(
            ErrorCode::Protocol,
            format!("{} answered with more than 1 MiB", self.host.as_str()),
            "Check that DATABRICKS_HOST is the URL of the workspace.",
        );
        Failure { error, is_transient: false }
    }

    fn broken(&self, what: &str, error: &reqwest::Error, secrets: &[&str]) -> Failure {
        // A library's words may hold a peer's, such as the names in its certificate.
        let texts: Vec<String> = sources(error).map(ToString::to_string).collect();
        let cause = quote(&texts.join(": "), secrets);
        let proxy = self.connector.get().and_then(|made| made.proxy);
        let login = sources(error).find_map(|source| source.downcast_ref::<LoginError>());
        if let (Some(proxy), Some(login)) = (proxy, login) {
            return self.no_tunnel(proxy, *login, cause);
        }
        let certificate = trust::certificate_error(error);
        let reason = match (certificate, texts.last()) {
            (Some(certificate), _) => trust::reason(certificate).to_owned(),
            (None, _) if error.is_timeout() => {
                format!("no connection within {} s", CONNECT_LIMIT.as_secs())
            }
            (None, Some(innermost)) => quote(innermost, secrets),
            (None, None) => "the connection broke".to_owned(),
        };
        let way = match proxy {
            Some(variable) if error.is_connect() => format!(" with {variable} set"),
            Some(_) | None => String::new(),
        };
        let failure = self.unavailable(format!("{what}{way}: {reason}"), Some(cause));
        if certificate.is_some() { self.untrusted(failure, secrets) } else { failure }
    }

    fn no_tunnel(&self, variable: &str, login: LoginError, cause: String) -> Failure {
        let (problem, advice) = match login {
            LoginError::Refused => (
                format!("the proxy of {variable} refuses its user or password"),
                format!(
                    "Correct them in {variable}, with every special character percent-encoded; \
                     Basic is the only login that is spoken."
                ),
            ),
            LoginError::Missing => (
                format!(
                    "the proxy of {variable} asks for a user and a password, and {variable} has none"
                ),
                format!(
                    "Write them into {variable} before its host, as user:password@, with every \
                     special character percent-encoded; Basic is the only login that is spoken."
                ),
            ),
            LoginError::Unanswered => {
                let problem = format!("the proxy of {variable} does not answer");
                return self.unavailable(format!("cannot be reached: {problem}"), Some(cause));
            }
        };
        let failure = self.unavailable(format!("cannot be reached: {problem}"), Some(cause));
        let error = Error { lasts: true, ..failure.error.advise(advice) };
        Failure { error, is_transient: false }
    }

    fn untrusted(&self, failure: Failure, secrets: &[&str]) -> Failure {
        let mut error = failure.error.advise(
            "Check DATABRICKS_HOST; name the authority of a private certificate or of a proxy that \
             inspects TLS in NODE_EXTRA_CA_CERTS.",
        );
        let problems = self.connector.get().into_iter().flat_map(|made| made.problems.iter());
        for problem in problems.take(MOST_PROBLEMS) {
            let problem = quote_path(problem, secrets);
            error.what.push_str(&format!("; not trusted for want of {problem}"));
        }
        Failure { error, is_transient: false }
    }

    fn unavailable(&self, what: String, cause: Option<String>) -> Failure {
        let error = Error::new(
            ErrorCode::Unavailable,
            format!("{} {what}", self.host.as_str()),
            "Check DATABRICKS_HOST and this machine's network; then try again.",
        );
        let cause = cause.filter(|text| !text.is_empty());
        Failure { error: Error { cause, ..error }, is_transient: true }
    }
}

fn connector(host: &Host, network: &Network, roots: Roots) -> Result<Connector, String> {
    let mut config = trust::config(roots.store).map_err(|error| error.to_string())?;
    let way = network.proxy.as_ref().and_then(|proxy| Way::to(host, proxy));
    if let Some(way) = &way {
        way.watch(&mut config);
    }
    let builder = Client::builder()
        .tls_backend_preconfigured(config)
        .http1_only()
        .user_agent(concat!("lakebase-token/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .connect_timeout(CONNECT_LIMIT)
        .pool_idle_timeout(IDLE_LIMIT)
        // reqwest itself must not read proxies from the environment: reading it beside
        // JavaScript's writes is a data race.
        .no_proxy();
    let builder = match host.plain_name() {
        // Whatever a resolver says of it (RFC 6761 §6.3): what is sent there is sent in the clear.
        Some(name) => builder.resolve_to_addrs(name, &LOOPBACK),
        None => builder,
    };
    let builder = match &way {
        Some(way) => way.lead(builder)?,
        None => builder,
    };
    let client = builder.build().map_err(|error| error.to_string())?;
    Ok(Connector { client, problems: roots.problems, proxy: way.map(|way| way.variable()) })
}

/// As a vector grows by itself it would leave its old memory behind, and what was in it.
fn append(body: &mut Zeroizing<Vec<u8>>, chunk: &[u8]) {
    if body.capacity() - body.len() < chunk.len() {
        let mut larger = Vec::with_capacity(2 * (body.len() + chunk.len()));
        larger.extend_from_slice(body);
        *body = Zeroizing::new(larger);
    }
    body.extend_from_slice(chunk);
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the client, which shows the proxy's password.
        f.debug_struct("Http").field("host", &self.host).finish_non_exhaustive()
    }
}

/// What lies beneath `error`, outermost first. The error itself would repeat the URL.
fn sources(error: &reqwest::Error) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
    std::iter::successors(error.source(), |&error| error.source())
}

/// What the service's clock said when the request left, or a little later.
///
/// `Date` has whole seconds and was written at some moment between `sent` and `took` later. Where
/// that agrees with this machine's clock, this machine's is the more precise one; where it does not,
/// the service's is the one that counts. `took` is by the monotonic clock: a wall clock that was set
/// meanwhile would make both moments agree with whatever lies between its old time and its new one.
fn service_clock(headers: &HeaderMap, sent: SystemTime, took: Duration) -> SystemTime {
    let received = sent + took;
    let date = headers.get(DATE).and_then(|date| date.to_str().ok()).and_then(time_of);
    match date {
        Some(date) if date > received || date + DATE_PRECISION < sent => date + DATE_PRECISION,
        Some(_) | None => sent,
    }
}

/// An HTTP date (RFC 9110 §5.6.7).
fn time_of(date: &str) -> Option<SystemTime> {
    let timestamp = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(date).ok()?;
    Some(SystemTime::from(timestamp))
}

/// Names, TCP and TLS together. Leaves a caller with the usual patience two attempts.
const CONNECT_LIMIT: Duration = Duration::from_secs(4);

/// Long enough for the second request of a flight to use the connection of the first.
const IDLE_LIMIT: Duration = Duration::from_secs(20);

/// A hundred times what a real answer needs.
const LARGEST_BODY: usize = 1024 * 1024;

/// Port zero is the port of the URL.
const LOOPBACK: [SocketAddr; 2] = [
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
    SocketAddr::new(IpAddr::V6(Ipv6Addr::LOCALHOST), 0),
];

/// Of a list of folders as many as a person reads.
const MOST_PROBLEMS: usize = 4;

const DATE_PRECISION: Duration = Duration::from_secs(1);
