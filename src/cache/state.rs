//! The states of a slot, and what can be told of them without changing them.

use std::time::SystemTime;

use super::answer::Answer;
use super::lease::{Lease, Phase};
use crate::error::Error;
use crate::time::{Deadline, Now};

/// Where a slot is.
#[derive(Debug, PartialEq)]
pub(super) enum State<T> {
    Empty,
    Fetching {
        flight: u64,
    },
    Held {
        lease: Lease<T>,
        pause: Option<Pause>,
    },
    Renewing {
        lease: Lease<T>,
        flight: u64,
    },
    /// Refused as the one before it was. Whoever asks is served until it is replaced.
    Refused {
        lease: Lease<T>,
        retry: Deadline,
    },
    Failed {
        error: Error,
        retry: Deadline,
    },
}

/// The time after a renewal that brought nothing.
#[derive(Debug, PartialEq)]
pub(super) struct Pause {
    pub(super) retry: Deadline,
    /// The flight's error; `None` if it succeeded with a token that lives no longer than ours.
    pub(super) error: Option<Error>,
}

impl Pause {
    /// For callers who asked for a longer life than `lease` has left: others are served.
    pub(super) fn answer<T: Clone>(&self, lease: &Lease<T>) -> Answer<T> {
        match &self.error {
            Some(error) => Answer::Refuse(error.clone()),
            None => Answer::Serve(lease.clone()),
        }
    }
}

impl<T> State<T> {
    /// The lease that can be served without doing anything else.
    pub(super) fn glance(&self, now: Now) -> Option<&Lease<T>> {
        let (lease, is_served) = match self {
            State::Held { lease, pause } => match lease.phase(now) {
                Phase::Fresh => (lease, true),
                Phase::Stale | Phase::Closing => {
                    (lease, pause.as_ref().is_some_and(|pause| !pause.retry.is_past(now)))
                }
                Phase::Expired => (lease, false),
            },
            State::Renewing { lease, .. } => {
                (lease, matches!(lease.phase(now), Phase::Fresh | Phase::Stale))
            }
            State::Empty
            | State::Fetching { .. }
            | State::Refused { .. }
            | State::Failed { .. } => return None,
        };
        is_served.then_some(lease)
    }

    /// The lease that there is, however old.
    pub(super) fn lease(&self) -> Option<&Lease<T>> {
        match self {
            State::Held { lease, .. }
            | State::Renewing { lease, .. }
            | State::Refused { lease, .. } => Some(lease),
            State::Empty | State::Fetching { .. } | State::Failed { .. } => None,
        }
    }

    /// The lease in use, if it may still be handed out at all.
    pub(super) fn usable(&self, now: Now) -> Option<&Lease<T>> {
        self.lease().filter(|lease| lease.is_usable(now))
    }

    /// When the pause ends that there is, on the wall clock.
    pub(super) fn retry_at(&self) -> Option<SystemTime> {
        match self {
            State::Held { pause, .. } => pause.as_ref().map(|pause| pause.retry.on_the_wall()),
            State::Failed { retry, .. } | State::Refused { retry, .. } => Some(retry.on_the_wall()),
            State::Empty | State::Fetching { .. } | State::Renewing { .. } => None,
        }
    }

    /// Whether nothing would be lost with it: no usable token, no flight, no pause.
    pub(super) fn is_idle(&self, now: Now) -> bool {
        match self {
            State::Empty => true,
            State::Fetching { .. } | State::Renewing { .. } => false,
            State::Held { lease, .. } | State::Refused { lease, .. } => !lease.is_usable(now),
            State::Failed { retry, .. } => retry.is_past(now),
        }
    }

    /// Whether a flight is under way.
    pub(super) fn is_fetching(&self) -> bool {
        matches!(self, State::Fetching { .. } | State::Renewing { .. })
    }

    /// The number of the lease in use, zero if there is none, or one that was refused.
    pub(super) fn current(&self) -> u64 {
        match self {
            State::Held { lease, .. } | State::Renewing { lease, .. } => lease.number,
            State::Empty
            | State::Fetching { .. }
            | State::Refused { .. }
            | State::Failed { .. } => 0,
        }
    }
}
