//! One request until it succeeds or is given up. The only place that repeats one.

mod advice;
mod answer;
mod body;
mod certificates;
mod coding;
mod connector;
mod date;
mod distrust;
mod failure;
mod look;
mod names;
mod no_connection;
mod own_thread;
mod pieces;
mod proxy;
mod proxy_login;
mod proxy_pace;
mod quote;
mod refusal;
mod refused;
pub mod retry;
mod roots;
mod said;
mod spelling;
pub(crate) mod stream;
#[cfg(any(windows, target_os = "macos"))]
mod system_store;
#[cfg(test)]
mod tests;
mod trust;
mod tunnel;
mod unreached;
mod way;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use once_cell::sync::OnceCell;
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, DATE, HeaderName, HeaderValue,
};
use reqwest::{Client, RequestBuilder, Response};
use tokio::time::{sleep, timeout};

use crate::config::Host;
use crate::config::labels::Labels;
use crate::config::network::Network;
use crate::error::Error;
use crate::event::{Event, FailedAttempt, Wanted};
use crate::secret::Secret;
use crate::time::Now;
use crate::trip::Trip;
use advice::{Advice, no_workspace};
use coding::{Undecoded, decoded};
use connector::Connector;
use failure::Circumstances;
use look::Seen;
use refusal::Refusal;

pub use advice::Advise;
pub use answer::{Answer, Unusable};
pub use failure::Failure;
pub use look::Look;
pub use refused::{Here, Refused, What, Who};
pub(crate) use said::without_mark;

/// A client of one workspace.
pub struct Http {
    host: Host,
    network: Network,
    labels: Arc<Labels>,
    /// What no error may repeat of an answer.
    hidden: Vec<Secret>,
    connector: OnceCell<Connector>,
}

/// A request to send. It can be sent any number of times.
pub struct Request<'a> {
    /// What it is to bring.
    pub wanted: Wanted,
    /// The path below the workspace's origin.
    pub path: &'a str,
    /// The `Authorization` header, if it takes one.
    pub authorization: Option<HeaderValue>,
    /// Which of the host's workspaces it is for, if that has to be said.
    pub workspace_id: Option<&'a str>,
    /// What is posted; without it something is got.
    pub body: Option<Body>,
    /// What no error may repeat of this answer, besides what is hidden of every answer.
    pub secret: &'a str,
    /// What to do where it is refused.
    pub advise: &'a Advise<'a>,
}

/// The body of a request.
pub struct Body {
    /// Its `Content-Type`.
    pub content_type: &'static str,
    /// All of it. It may hold a secret.
    pub text: Secret,
}

/// A body's text, for a request that is sent again perhaps: its memory is shared, and wiped in the end.
struct Text(Secret);

impl AsRef<[u8]> for Text {
    fn as_ref(&self) -> &[u8] {
        self.0.expose().as_bytes()
    }
}

impl Http {
    /// A client that connects when it is first used.
    ///
    /// No error repeats any of `hidden`, whoever says it.
    pub fn new(host: Host, network: Network, labels: Arc<Labels>, hidden: Vec<Secret>) -> Http {
        Http { host, network, labels, hidden, connector: OnceCell::new() }
    }

    /// Who is asked.
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// How it is reached.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// What messages call what is set.
    pub fn labels(&self) -> &Labels {
        &self.labels
    }

    /// Sends `request` until it is answered with success, or refused for good, or there is no time
    /// left in the budget of `trip` for another attempt. Reports every attempt that failed.
    ///
    /// # Errors
    ///
    /// The last attempt's: what the workspace refused, `RATE_LIMITED`, `UNAVAILABLE`, `PROTOCOL`.
    pub async fn send(&self, request: &Request<'_>, trip: &Trip) -> Result<Answer, Failure> {
        let budget = trip.budget;
        let mut attempt = 0;
        loop {
            let limit = retry::attempt_limit(attempt).min(budget.remaining(Now::read()));
            trip.reports.tell(Event::Sent);
            let failure = match self.attempt(request, limit).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            let now = Now::read();
            let pause = retry::pause(attempt, failure.error.retry_after, fastrand::f64())
                .filter(|pause| failure.is_transient && *pause < budget.remaining(now));
            attempt += 1;
            trip.reports.tell(Event::AttemptFailed(&FailedAttempt {
                at: now.wall,
                error: failure.error.clone(),
                wanted: request.wanted,
                number: attempt,
                retry_at: pause.map(|pause| now.wall + pause),
            }));
            let Some(pause) = pause else {
                return Err(failure);
            };
            sleep(pause).await;
        }
    }

    async fn attempt(&self, request: &Request<'_>, limit: Duration) -> Result<Answer, Failure> {
        timeout(limit, self.exchange(request))
            .await
            .unwrap_or_else(|_| Err(self.circumstances().late(limit, &self.secrets(request))))
    }

    async fn exchange(&self, request: &Request<'_>) -> Result<Answer, Failure> {
        let client = &self.connector(None).await?.client;
        let secrets = self.secrets(request);
        let sent = Now::read();
        let response = self.answer(self.builder(client, request), &secrets).await?;
        let status = response.status();
        let headers = response.headers().clone();
        let (body, is_whole) = body::read(response).await.map_err(|error| {
            self.circumstances().broken("broke off its answer", &error, &secrets)
        })?;
        let took = Now::read().mono.saturating_duration_since(sent.mono);
        let decoded = if is_whole { decoded(&headers, &body) } else { Err(Undecoded::TooLarge) };
        if status.is_success() {
            let (body, why) = match decoded {
                Ok(decoded) => (decoded.unwrap_or(body), None),
                Err(why) => (body, Some(why)),
            };
            let answer = Answer::read(status.as_u16(), &headers, body, sent, took);
            return match why {
                None => Ok(answer),
                Some(why) => Err(self.undecoded(request, &answer, &why)),
            };
        }
        let advice = Advice { host: &self.host, labels: &self.labels, advise: request.advise };
        // Of a refusal the status says enough.
        let (status, body) = (status.as_u16(), &decoded.ok().flatten().unwrap_or(body));
        let refusal = Refusal { advice, status, headers: &headers, body, secrets: &secrets };
        Err(refusal.into_failure(sent.wall + took))
    }

    fn builder(&self, client: &Client, request: &Request<'_>) -> RequestBuilder {
        let url = format!("{}{}", self.host.as_str(), request.path);
        let builder = if request.body.is_some() { client.post(url) } else { client.get(url) };
        let workspace_id = request.workspace_id.and_then(|id| HeaderValue::from_str(id).ok());
        let headers = [
            request.authorization.clone().map(|value| (AUTHORIZATION, value)),
            workspace_id.map(|id| (WORKSPACE_ID, id)),
        ];
        let builder = builder.headers(headers.into_iter().flatten().collect());
        let builder = builder.header(ACCEPT, "application/json");
        match &request.body {
            Some(Body { content_type, text }) => {
                let text = Bytes::from_owner(Text(text.clone()));
                builder.header(CONTENT_TYPE, *content_type).body(text)
            }
            None => builder,
        }
    }

    /// Looks at the workspace without showing it anything: who it is, and what time it tells. What was
    /// seen is told also where there is an error.
    ///
    /// Where a connection stands there is none, whatever comes of it: a request for a token may fare
    /// better than this one.
    pub async fn look(&self, limit: Duration) -> (Look, Option<Error>) {
        let seen = Arc::new(Seen::of(self.host.name()));
        let glance = async {
            let client = &self.connector(Some(&seen)).await?.client;
            let response =
                self.answer(client.head(format!("{}/", self.host.as_str())), &[]).await?;
            seen.date(response.headers().get(DATE).and_then(|date| date.to_str().ok()));
            Ok(())
        };
        let outcome: Result<(), Failure> = timeout(limit, glance)
            .await
            .unwrap_or_else(|_| Err(self.circumstances().late(limit, &[])));
        let look = seen.take();
        let is_connected = look.protocol.is_some() || self.host.is_plain();
        let error = outcome.err().map(|failure| failure.error);
        (look, error.filter(|error| !is_connected || error.lasts))
    }

    async fn answer(&self, request: RequestBuilder, secrets: &[&str]) -> Result<Response, Failure> {
        // None is asked for, and some gateways compress all the same.
        let request = request.header(ACCEPT_ENCODING, "identity");
        let response = request.send().await;
        response.map_err(|error| self.circumstances().broken("cannot be reached", &error, secrets))
    }

    /// What sends the requests. It tells `seen`, if it is made for that, what it sees.
    async fn connector(&self, seen: Option<&Arc<Seen>>) -> Result<&Connector, Failure> {
        if let Some(connector) = self.connector.get() {
            return Ok(connector);
        }
        let (network, labels) = (&self.network, &self.labels.network);
        let roots = roots::read(network, labels)
            .await
            .map_err(|error| self.circumstances().unread(&error))?;
        let connector = || Connector::new(&self.host, network, labels, roots, seen.cloned());
        self.connector.get_or_try_init(connector).map_err(|cause| {
            let what = "cannot be reached: no HTTP client".to_owned();
            self.circumstances().unavailable(what, Some(cause))
        })
    }

    /// The answer has no end that is near, or is compressed in a way that cannot be undone.
    fn undecoded(&self, request: &Request<'_>, answer: &Answer, why: &Undecoded) -> Failure {
        let (what, is_coding) = match why {
            Undecoded::TooLarge => ("answered with more than 1 MiB".to_owned(), false),
            Undecoded::Unknown(coding) => {
                let coding = quote::quote(coding, &self.secrets(request));
                (format!("answered in the coding {coding}, although none was asked for"), true)
            }
            Undecoded::Broken => {
                ("answered with something that is not of the coding it says".to_owned(), true)
            }
        };
        let Failure { error, refused, .. } =
            self.unusable(request, answer, Unusable::Foreign(what));
        let advice = || {
            format!(
                "Check {}, and what stands between it and this machine: it must not change the \
                 coding.",
                self.labels.host
            )
        };
        let error = if is_coding { error.advise(advice()) } else { error };
        Failure { error, is_transient: false, refused }
    }

    /// The error for the `answer` to `request` that cannot be used.
    pub fn unusable(&self, request: &Request<'_>, answer: &Answer, why: Unusable) -> Failure {
        answer.unusable(why, &self.host, &self.labels, &self.secrets(request))
    }

    /// What to do for a caller whose patience has ended while the workspace is asked.
    pub fn advice_when_late(&self) -> String {
        let label = &self.labels.host;
        no_workspace(&self.host, label).unwrap_or_else(|| {
            format!(
                "Check that this machine reaches {label}; the request goes on, and a later call \
                 gets its token."
            )
        })
    }

    fn circumstances(&self) -> Circumstances<'_> {
        Circumstances {
            host: &self.host,
            network: &self.network,
            labels: &self.labels,
            connector: self.connector.get(),
        }
    }

    /// What must not be repeated of an answer to `request`.
    fn secrets<'a>(&'a self, request: &'a Request<'_>) -> Vec<&'a str> {
        let hidden = self.hidden.iter().map(Secret::expose);
        hidden.chain([request.secret]).collect()
    }
}

/// Databricks' SDKs send it since June 2026 (`databricks-sdk-go` 0.140.0), whatever the host.
const WORKSPACE_ID: HeaderName = HeaderName::from_static("x-databricks-workspace-id");

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the client, which shows the proxy's password.
        f.debug_struct("Http").field("host", &self.host).finish_non_exhaustive()
    }
}
