//! Why an attempt brought nothing, told to people in terms of what they have set.

use std::error::Error as _;
use std::time::Duration;

use super::advice::check_way;
use super::connector::Connector;
use super::proxy_login::LoginError;
use super::quote::{quote, quote_path};
use super::retry::CONNECT_LIMIT;
use super::{roots, trust};
use crate::config::Host;
use crate::config::env::EXTRA_CA_CERTS;
use crate::config::labels::{Label, Labels};
use crate::config::network::Network;
use crate::error::{Error, ErrorCode};

/// Why an attempt brought nothing.
#[derive(Debug)]
pub(super) struct Failure {
    /// For whoever asked.
    pub error: Error,
    /// Whether the same request may succeed in a moment.
    pub is_transient: bool,
}

/// What a failure is told in terms of.
pub(super) struct Circumstances<'a> {
    pub host: &'a Host,
    /// How it is reached.
    pub network: &'a Network,
    /// Where all of it was set.
    pub labels: &'a Labels,
    /// What sends the requests, once there is one.
    pub connector: Option<&'a Connector>,
}

impl Circumstances<'_> {
    /// There was no answer within `limit`.
    pub(super) fn late(&self, limit: Duration, secrets: &[&str]) -> Failure {
        let place = roots::being_read(self.network, &self.labels.network)
            .filter(|_| self.connector.is_none());
        let Some(place) = place else {
            return self
                .unavailable(format!("did not answer within {} s", limit.as_secs_f32()), None);
        };
        let place = quote_path(&place.to_string(), secrets);
        let Failure { error, is_transient } =
            self.unavailable(format!("cannot be reached: {place} is still being read"), None);
        let error = error.advise("Check the disk or share on which that lies; then try again.");
        Failure { error, is_transient }
    }

    /// The connection broke, or there was none: the workspace did what `what` says.
    pub(super) fn broken(&self, what: &str, error: &reqwest::Error, secrets: &[&str]) -> Failure {
        // A library's words may hold a peer's, such as the names in its certificate.
        let texts: Vec<String> = sources(error).map(ToString::to_string).collect();
        let cause = quote(&texts.join(": "), secrets);
        let proxy = self.connector.and_then(|made| made.proxy.as_ref());
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
            Some(proxy) if error.is_connect() => format!(" with {proxy} set"),
            Some(_) | None => String::new(),
        };
        let failure = self.unavailable(format!("{what}{way}: {reason}"), Some(cause));
        if certificate.is_some() { self.untrusted(failure, secrets) } else { failure }
    }

    fn no_tunnel(&self, proxy: &Label, login: LoginError, cause: String) -> Failure {
        let (problem, advice) = match login {
            LoginError::Refused { .. } => (
                format!("the proxy of {proxy} refuses its user or password"),
                format!(
                    "Correct them in {proxy}, with every special character percent-encoded; \
                     Basic is the only login that is spoken."
                ),
            ),
            LoginError::Missing => (
                format!(
                    "the proxy of {proxy} asks for a user and a password, and {proxy} has none"
                ),
                format!(
                    "Write them into {proxy} before its host, as user:password@, with every \
                     special character percent-encoded; Basic is the only login that is spoken."
                ),
            ),
        };
        let retry_after = match login {
            LoginError::Refused { retry_in } => Some(retry_in),
            LoginError::Missing => None,
        };
        let failure = self.unavailable(format!("cannot be reached: {problem}"), Some(cause));
        let error = Error { lasts: true, retry_after, ..failure.error.advise(advice) };
        Failure { error, is_transient: false }
    }

    fn untrusted(&self, failure: Failure, secrets: &[&str]) -> Failure {
        let mut error = failure.error.advise(format!(
            "Check {}; name the authority of a private certificate or of a proxy that inspects TLS \
             in {EXTRA_CA_CERTS}.",
            self.labels.host
        ));
        let problems = self.connector.into_iter().flat_map(|made| made.problems.iter());
        for problem in problems.take(MOST_PROBLEMS) {
            let problem = quote_path(problem, secrets);
            error.what.push_str(&format!("; not trusted for want of {problem}"));
        }
        Failure { error, is_transient: false }
    }

    /// Nobody answers: `what` says how.
    pub(super) fn unavailable(&self, what: String, cause: Option<String>) -> Failure {
        let error = Error::new(
            ErrorCode::Unavailable,
            format!("{} {what}", self.host.as_str()),
            check_way(self.host, &self.labels.host),
        );
        let cause = cause.filter(|text| !text.is_empty());
        Failure { error: Error { cause, ..error }, is_transient: true }
    }
}

/// What lies beneath `error`, outermost first. The error itself would repeat the URL.
fn sources(error: &reqwest::Error) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
    std::iter::successors(error.source(), |&error| error.source())
}

/// Of a list of folders as many as a person reads.
const MOST_PROBLEMS: usize = 4;
