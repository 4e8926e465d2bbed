//! How a cache is doing, for whoever watches it. It holds no token.

use super::lease::Lease;
use crate::error::Error;
use crate::event::{History, Life};
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
        let last_failure = Some((now.wall, error.clone()));
        Status { history: History { last_failure, ..History::default() }, ..Status::default() }
    }
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
