//! An answer with success, and what is said where it cannot be used all the same.

use std::time::{Duration, SystemTime};

use reqwest::header::HeaderMap;
use zeroize::Zeroizing;

use super::advice::{check_host, own_url_of_many};
use super::date::service_clock;
use super::failure::Failure;
use super::quote::quote;
use super::refused::{Here, Refused};
use super::said::request_id;
use crate::config::Host;
use crate::config::labels::Labels;
use crate::error::{Error, ErrorCode};
use crate::time::Now;

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
    status: u16,
    /// What the headers call the request, as it is.
    request_id: Option<String>,
}

/// Why an answer with success cannot be used. Completes the sentence "https://… …".
#[derive(Debug, PartialEq, Eq)]
pub enum Unusable {
    /// It is none of a workspace's.
    Foreign(String),
    /// It is a workspace's, but holds no token that can be used.
    Spoilt(String),
}

impl Answer {
    /// The one with this body, to a request that was `sent` and answered after `took`.
    pub(super) fn read(
        status: u16,
        headers: &HeaderMap,
        body: Zeroizing<Vec<u8>>,
        sent: Now,
        took: Duration,
    ) -> Answer {
        let sent_by_service_clock = service_clock(headers, sent.wall, took);
        Answer { body, sent, sent_by_service_clock, took, status, request_id: request_id(headers) }
    }

    /// The error for one of `host` that cannot be used, which repeats none of `secrets`.
    pub(super) fn unusable(
        &self,
        why: Unusable,
        host: &Host,
        labels: &Labels,
        secrets: &[&str],
    ) -> Failure {
        let is_page = self.body.trim_ascii_start().starts_with(b"<");
        let (what, advice, here) = match why {
            Unusable::Foreign(what) if is_page => {
                (what, own_url_of_many(host, labels), Some(Here::Login))
            }
            Unusable::Foreign(what) => (what, check_host(host, &labels.host), Some(Here::Foreign)),
            Unusable::Spoilt(what) => (what, REPORT.to_owned(), None),
        };
        let error = Error {
            status: Some(self.status),
            request_id: self.request_id.as_deref().map(|id| quote(id, secrets)),
            ..Error::new(ErrorCode::Protocol, format!("{} {what}", host.as_str()), advice)
        };
        Failure { error, is_transient: false, refused: here.map(Refused::Here) }
    }
}

/// The service has changed, or somebody between changes what it says.
const REPORT: &str = "Update lakebase-token; if that does not help, please report it.";
