//! Why an attempt brought nothing, told to people in terms of what they have set.

use std::time::Duration;

use super::advice::check_way;
use super::connector::Connector;
use super::quote::quote_path;
use super::refused::Refused;
use super::roots::{self, NoRoots};
use crate::config::Host;
use crate::config::labels::Labels;
use crate::config::network::Network;
use crate::error::{Error, ErrorCode};

/// Why an attempt brought nothing.
#[derive(Debug)]
pub struct Failure {
    /// For whoever asked.
    pub error: Error,
    /// Whether the same request may succeed in a moment.
    pub is_transient: bool,
    /// What was refused, if there was an answer that refuses something.
    pub refused: Option<Refused>,
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
            return self.unavailable(format!("did not answer within {} s", rounded(limit)), None);
        };
        let place = quote_path(&place.to_string(), secrets);
        self.unavailable(format!("cannot be reached: {place} is still being read"), None)
            .advise("Check the disk or share on which that lies; then try again.")
    }

    /// The certificates to trust could not even be read.
    pub(super) fn unread(&self, error: &NoRoots) -> Failure {
        let failure = |reason| {
            let what = format!("cannot be reached: {reason}");
            self.unavailable(what, Some(error.to_string()))
        };
        match error.shortage() {
            Some(shortage) => failure(shortage.what()).advise(shortage.advice()),
            None => failure("the certificates to trust cannot be read"),
        }
    }

    /// Nobody answers: `what` says how.
    pub(super) fn unavailable(&self, what: String, cause: Option<String>) -> Failure {
        let error = Error::new(
            ErrorCode::Unavailable,
            format!("{} {what}", self.host.as_str()),
            check_way(self.host, &self.labels.host),
        );
        let cause = cause.filter(|text| !text.is_empty());
        Failure { error: Error { cause, ..error }, is_transient: true, refused: None }
    }
}

impl Failure {
    /// Nothing was sent: the request cannot be made.
    pub fn of_request(error: Error) -> Failure {
        Failure { error, is_transient: false, refused: None }
    }

    pub(super) fn advise(self, advice: impl Into<std::borrow::Cow<'static, str>>) -> Failure {
        Failure { error: self.error.advise(advice), ..self }
    }

    /// The same, which nothing mends but what `advice` says.
    pub(super) fn lasting(self, advice: String) -> Failure {
        let error = Error { lasts: true, ..self.error.advise(advice) };
        Failure { error, is_transient: false, refused: self.refused }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Error {
        failure.error
    }
}

/// Seconds as a person reads them, such as "2.6".
pub(super) fn rounded(limit: Duration) -> f64 {
    (limit.as_secs_f64() * 10.0).round() / 10.0
}
