//! Why a connection broke, or there was none, told to people in terms of what they have set.

use std::error::Error as StdError;
use std::io;

use super::connector::Connector;
use super::distrust::{NoTls, no_tls};
use super::failure::{Circumstances, Failure, rounded};
use super::names::NoAddress;
use super::no_connection::{LoginError, NoConnection};
use super::quote::{quote, quote_path};
use super::retry::CONNECT_LIMIT;
use super::tunnel::NoTunnel;
use crate::config::env::{EXTRA_CA_CERTS, USE_SYSTEM_CA};
use crate::config::labels::Label;
use crate::error::Error;
use crate::shortage::Shortage;

impl Circumstances<'_> {
    /// The connection broke, or there was none: the workspace did what `what` says.
    pub(super) fn broken(&self, what: &str, error: &reqwest::Error, secrets: &[&str]) -> Failure {
        // A library's words may hold a peer's, such as the names in its certificate.
        let texts: Vec<String> = sources(error).map(ToString::to_string).collect();
        let cause = quote(&texts.join(": "), secrets);
        let reason = quote(texts.last().map_or("the connection broke", String::as_str), secrets);
        if let Some(shortage) = sources(error).find_map(shortage) {
            let failure = self.unavailable(format!("{what}: {}", shortage.what()), Some(cause));
            return failure.advise(shortage.advice());
        }
        let proxy = self.connector.and_then(Connector::proxy_label);
        let none = sources(error).find_map(<dyn StdError>::downcast_ref::<NoConnection>);
        let way = match proxy {
            Some(proxy) if none.is_some() => format!(" with {proxy} set"),
            Some(_) | None => String::new(),
        };
        let is_led_by_script = self.connector.is_some_and(Connector::is_led_by_script);
        match (none, proxy) {
            (Some(_), Some(proxy)) if is_led_by_script => self.no_script(proxy, what, cause),
            (Some(NoConnection::Login(login)), Some(proxy)) => self.no_login(proxy, *login, cause),
            (Some(NoConnection::Tunnel(NoTunnel::Refused(status))), Some(proxy)) => {
                self.no_tunnel(proxy, *status, cause)
            }
            (Some(NoConnection::ToProxy(error)), Some(proxy)) => {
                self.no_proxy(proxy, no_tls(&**error), &reason, cause, secrets)
            }
            _ if error.is_timeout() || matches!(none, Some(NoConnection::Late)) => {
                let limit = rounded(CONNECT_LIMIT);
                let what = format!("{what}{way}: no connection within {limit} s");
                self.unavailable(what, Some(cause))
            }
            (_, _) => {
                let failure =
                    |reason: &str| self.unavailable(format!("{what}{way}: {reason}"), Some(cause));
                match no_tls(error) {
                    Some(reason) => self.no_tls(reason, failure, secrets),
                    None => failure(&reason),
                }
            }
        }
    }

    fn no_tls(
        &self,
        reason: NoTls,
        failure: impl FnOnce(&str) -> Failure,
        secrets: &[&str],
    ) -> Failure {
        match reason {
            NoTls::Untrusted(reason) => self.untrusted(failure(reason), secrets),
            NoTls::Unusable(reason) => failure(reason).lasting(UNUSABLE.to_owned()),
            NoTls::Incompatible(reason) => failure(reason).lasting(format!(
                "Check {}, and whoever ends TLS on the way to it.",
                self.labels.host
            )),
            // It may be an outage's page, too.
            NoTls::NotTls => failure("it does not speak TLS"),
        }
    }

    fn no_script(&self, proxy: &Label, what: &str, cause: String) -> Failure {
        let what = format!("{what}: {proxy} is the URL of a PAC file, which is not read");
        let advice = format!("Have {proxy} name the proxy itself, which that file tells.");
        self.unavailable(what, Some(cause)).lasting(advice)
    }

    fn no_proxy(
        &self,
        proxy: &Label,
        no_tls: Option<NoTls>,
        reason: &str,
        cause: String,
        secrets: &[&str],
    ) -> Failure {
        let failure = |problem: &str| {
            let what = format!("cannot be reached: the proxy of {proxy} {problem}");
            self.unavailable(what, Some(cause))
        };
        match no_tls {
            Some(NoTls::Untrusted(reason)) => {
                self.untrusted(failure(&format!("is not trusted: {reason}")), secrets)
            }
            Some(NoTls::Unusable(reason)) => {
                failure(&format!("is not trusted: {reason}")).lasting(UNUSABLE.to_owned())
            }
            Some(NoTls::Incompatible(reason)) => {
                failure(&format!("cannot be reached: {reason}")).lasting(format!("Check {proxy}."))
            }
            Some(NoTls::NotTls) => {
                let advice = format!(
                    "Write http:// instead of https:// in {proxy}: the connection to most proxies \
                     is plain, and what goes through it is TLS all the same."
                );
                failure("does not speak TLS").lasting(advice)
            }
            None => failure(&format!("cannot be reached: {reason}"))
                .advise(format!("Check {proxy} and this machine's network; then try again.")),
        }
    }

    fn no_tunnel(&self, proxy: &Label, status: Option<u16>, cause: String) -> Failure {
        let did = match status {
            Some(status) => format!("answered {status} to CONNECT"),
            None => "refuses to connect to it".to_owned(),
        };
        let what = format!("cannot be reached: the proxy of {proxy} {did}");
        let failure = self.unavailable(what, Some(cause));
        let host = self.host.as_str();
        match status {
            None | Some(408 | 429 | 500..) => failure.advise(format!(
                "Look whether the proxy reaches {host}, and is not itself down; then try again."
            )),
            Some(_) => failure.lasting(format!(
                "Have whoever runs the proxy allow connections to {host}, or name it in NO_PROXY if \
                 it is reached without the proxy."
            )),
        }
    }

    fn no_login(&self, proxy: &Label, login: LoginError, cause: String) -> Failure {
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
        let failure = failure.lasting(advice);
        Failure { error: Error { retry_after, ..failure.error }, ..failure }
    }

    fn untrusted(&self, failure: Failure, secrets: &[&str]) -> Failure {
        let mut failure = failure.lasting(format!(
            "Check {}; name the authority of a private certificate or of a proxy that inspects TLS \
             in {EXTRA_CA_CERTS}, or set {USE_SYSTEM_CA}=1 if this system knows it.",
            self.labels.host
        ));
        let problems = self.connector.into_iter().flat_map(|made| made.problems.iter());
        for problem in problems.take(MOST_PROBLEMS) {
            let problem = quote_path(problem, secrets);
            failure.error.what.push_str(&format!("; not trusted for want of {problem}"));
        }
        failure
    }
}

/// What this process has none of any more, if that is what `error` says.
fn shortage(error: &(dyn StdError + 'static)) -> Option<Shortage> {
    match error.downcast_ref::<NoAddress>() {
        Some(no_address) => no_address.shortage,
        None => Shortage::told_by(error.downcast_ref::<io::Error>()?),
    }
}

/// What lies beneath `error`, outermost first. The error itself would repeat the URL.
fn sources(error: &reqwest::Error) -> impl Iterator<Item = &(dyn StdError + 'static)> {
    std::iter::successors(error.source(), |&error| error.source())
}

/// Of a list of folders as many as a person reads.
const MOST_PROBLEMS: usize = 4;

const UNUSABLE: &str = "Have whoever runs that server, or the proxy that inspects TLS, make one with a \
                        subjectAltName, SHA-256, and RSA of 2048 bits or more or P-256 or P-384.";
