//! One request until it succeeds or is given up. The only place that repeats one.

mod advice;
mod answer;
mod certificates;
mod connector;
mod date;
mod failure;
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
#[cfg(test)]
mod tests;
mod trust;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use once_cell::sync::OnceCell;
use reqwest::Response;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use tokio::time::{sleep, timeout};
use zeroize::Zeroizing;

use crate::config::Host;
use crate::config::labels::Labels;
use crate::config::network::Network;
use crate::error::Error;
use crate::event::Event;
use crate::secret::Secret;
use crate::time::Now;
use crate::trip::Trip;
use advice::{Advice, no_workspace};
use connector::Connector;
use failure::{Circumstances, Failure};
use refusal::Refusal;

pub use advice::Advise;
pub use answer::{Answer, Unusable};
pub use refused::{Refused, What, Who};
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
    /// What to do where it is refused.
    pub advise: &'a Advise<'a>,
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

    /// What messages call what is set.
    pub fn labels(&self) -> &Labels {
        &self.labels
    }

    /// Sends `post` until it is answered with success, or refused for good, or there is no time
    /// left in the budget of `trip` for another attempt. Reports every attempt that failed.
    ///
    /// # Errors
    ///
    /// The last attempt's: what the workspace refused, `RATE_LIMITED`, `UNAVAILABLE`, `PROTOCOL`.
    pub async fn send(&self, post: &Post<'_>, trip: &Trip) -> Result<Answer, Error> {
        let budget = trip.budget;
        let mut attempt = 0;
        loop {
            let limit = retry::attempt_limit(attempt).min(budget.remaining(Now::read()));
            let failure = match self.attempt(post, limit).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            let (at, error) = (Now::read().wall, &failure.error);
            trip.reports.tell(Event::AttemptFailed { at, error });
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
        timeout(limit, self.exchange(post))
            .await
            .unwrap_or_else(|_| Err(self.circumstances().late(limit, &self.secrets(post))))
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
            .map_err(|error| self.circumstances().broken("cannot be reached", &error, &secrets))?;
        let status = response.status();
        let headers = response.headers().clone();
        let (body, is_whole) = self.body(response, &secrets).await?;
        let took = Now::read().mono.saturating_duration_since(sent.mono);
        if status.is_success() {
            let answer = Answer::read(status.as_u16(), &headers, body, sent, took);
            return if is_whole { Ok(answer) } else { Err(self.too_large(post, &answer)) };
        }
        let advice = Advice { host: &self.host, label: &self.labels.host, advise: post.advise };
        let (status, body) = (status.as_u16(), &body);
        let refusal = Refusal { advice, status, headers: &headers, body, secrets: &secrets };
        Err(refusal.into_failure(sent.wall + took))
    }

    async fn connector(&self) -> Result<&Connector, Failure> {
        if let Some(connector) = self.connector.get() {
            return Ok(connector);
        }
        let none = |cause| {
            let what = "cannot be reached: no HTTP client".to_owned();
            self.circumstances().unavailable(what, Some(cause))
        };
        let (network, labels) = (&self.network, &self.labels.network);
        let roots = roots::read(network, labels).await.map_err(none)?;
        let connector = || Connector::new(&self.host, network, labels, roots);
        self.connector.get_or_try_init(connector).map_err(none)
    }

    /// The answer has no end, or none that is near.
    fn too_large(&self, post: &Post<'_>, answer: &Answer) -> Failure {
        let why = Unusable::Foreign("answered with more than 1 MiB".to_owned());
        Failure { error: self.unusable(post, answer, why), is_transient: false }
    }

    /// The error for the `answer` to `post` that cannot be used.
    pub fn unusable(&self, post: &Post<'_>, answer: &Answer, why: Unusable) -> Error {
        answer.unusable(why, &self.host, &self.labels.host, &self.secrets(post))
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
        let broken = |error| self.circumstances().broken("broke off its answer", &error, secrets);
        let mut body = Zeroizing::new(Vec::new());
        while let Some(chunk) = response.chunk().await.map_err(broken)? {
            if body.len() + chunk.len() > LARGEST_BODY {
                return Ok((body, false));
            }
            append(&mut body, &chunk);
        }
        Ok((body, true))
    }
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

/// A hundred times what a real answer needs.
const LARGEST_BODY: usize = 1024 * 1024;
