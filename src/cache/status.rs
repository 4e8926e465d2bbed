//! How a cache is doing, for whoever watches it. It holds no token.

use std::time::SystemTime;

use super::lease::Lease;
use super::slot::Landed;
use crate::error::Error;
use crate::time::Now;

/// How a cache is doing at one moment.
#[derive(Clone, Debug, Default)]
pub struct Status {
    /// The life of the token in use, if it may still be handed out.
    pub life: Option<Life>,
    /// Whether a flight is under way.
    pub is_fetching: bool,
    /// What came of the flights so far.
    pub history: History,
}

impl Status {
    /// That of no cache at all: `error` says why none can be asked for.
    pub fn misconfigured(error: &Error, now: Now) -> Status {
        let mut status = Status::default();
        status.history.attempt_failed(error, now);
        status
    }
}

/// The moments of a token's life, on this machine's wall clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Life {
    /// When it was asked for.
    pub issued_at: SystemTime,
    /// When the first caller begins its renewal.
    pub renews_at: SystemTime,
    /// When it expires.
    pub expires_at: SystemTime,
}

impl<T> From<&Lease<T>> for Life {
    fn from(lease: &Lease<T>) -> Life {
        Life {
            issued_at: lease.issued_at(),
            renews_at: lease.renews_at(),
            expires_at: lease.expires_at(),
        }
    }
}

/// What came of the flights so far.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// Flights that brought a token into use.
    pub tokens: u64,
    /// Flights that ended with an error.
    pub failures: u64,
    /// The latest error and its moment; that of a single attempt, too, which a retry made good.
    pub last_failure: Option<(SystemTime, Error)>,
}

impl History {
    /// An attempt of a flight did not succeed.
    pub fn attempt_failed(&mut self, error: &Error, now: Now) {
        self.last_failure = Some((now.wall, error.clone()));
    }

    /// A flight has landed with `error`, if any, and that is what it meant.
    pub fn landed(&mut self, landed: Landed, error: Option<&Error>, now: Now) {
        if landed == Landed::Stored {
            self.tokens += 1;
        }
        if let Some(error) = error {
            self.failures += 1;
            self.attempt_failed(error, now);
        }
    }
}
