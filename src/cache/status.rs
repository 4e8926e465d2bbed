//! How a cache is doing, for whoever watches it. It holds no token.

use std::time::SystemTime;

use super::lease::Lease;
use crate::error::Error;
use crate::event::{Event, History};
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
        status.history.tell(Event::AttemptFailed { at: now.wall, error });
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
