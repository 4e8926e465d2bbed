//! What happens while a token is obtained, and what the events come to. Plain data, and none of it
//! holds a token or a secret.

use std::time::SystemTime;

use crate::error::Error;

/// Something that has happened. It borrows, so that it costs nothing where nobody listens.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// A request did not succeed. It may be sent again.
    AttemptFailed { at: SystemTime, error: &'a Error },
    /// The flight has an access token, granted just now or earlier.
    Authorized {
        /// When that token expires.
        until: SystemTime,
    },
    /// The flight has ended.
    Landed {
        at: SystemTime,
        /// What it meant.
        landed: Landed,
        /// Why it brought no token, if it brought none.
        error: Option<&'a Error>,
    },
}

/// What a landing meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Landed {
    /// The token is in use from now on.
    Stored,
    /// The token in use stays: the flight brought an error, or nothing better.
    KeptStale,
    /// There is no token; the error is remembered for a pause, unless it is of callers.
    Failed,
    /// The slot no longer waits for this flight.
    Superseded,
}

/// How far one flight has come: what its events come to for those who wait for it.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    /// How many of its requests have failed.
    pub failed_attempts: u64,
    /// Why it has not landed yet or, once it has, why it brought no token. With its moment.
    pub failure: Option<(SystemTime, Error)>,
    /// When its access token expires, once it has one.
    pub authorized_until: Option<SystemTime>,
    /// Whether it has ended.
    pub has_landed: bool,
}

impl Progress {
    /// Takes in one event.
    pub fn tell(&mut self, event: Event<'_>) {
        match event {
            Event::AttemptFailed { at, error } => {
                self.failed_attempts += 1;
                self.failure = Some((at, error.clone()));
            }
            Event::Authorized { until } => self.authorized_until = Some(until),
            Event::Landed { at, error, .. } => {
                self.has_landed = true;
                self.failure = error.map(|error| (at, error.clone()));
            }
        }
    }
}

/// What came of the flights so far: what the events of all of them come to.
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
    /// Takes in one event.
    pub fn tell(&mut self, event: Event<'_>) {
        match event {
            Event::AttemptFailed { at, error } => self.last_failure = Some((at, error.clone())),
            Event::Authorized { .. } => {}
            Event::Landed { at, landed, error } => {
                self.tokens += u64::from(landed == Landed::Stored);
                if let Some(error) = error {
                    self.failures += 1;
                    self.last_failure = Some((at, error.clone()));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;
    use crate::error::ErrorCode;

    fn error(what: &str) -> Error {
        Error::new(ErrorCode::Unavailable, what, "Wait.")
    }

    #[test]
    fn progress_tells_the_latest_reason_until_the_flight_has_landed() {
        let (at, errors) = (UNIX_EPOCH, [error("one"), error("two")]);
        let mut progress = Progress::default();
        for error in &errors {
            progress.tell(Event::AttemptFailed { at, error });
        }
        progress.tell(Event::Authorized { until: at });
        assert_eq!(progress.failed_attempts, 2);
        assert_eq!(progress.failure, Some((at, errors[1].clone())));
        assert_eq!(progress.authorized_until, Some(at));
        assert!(!progress.has_landed);

        let mut failed = progress.clone();
        failed.tell(Event::Landed { at, landed: Landed::Failed, error: Some(&errors[0]) });
        assert_eq!(failed.failure, Some((at, errors[0].clone())));
        progress.tell(Event::Landed { at, landed: Landed::Stored, error: None });
        assert_eq!(progress.failure, None);
        assert!(progress.has_landed && failed.has_landed);
    }

    #[test]
    fn history_counts_what_was_brought_into_use_and_what_failed() {
        let (at, later) = (UNIX_EPOCH, UNIX_EPOCH + std::time::Duration::from_secs(1));
        let (first, last) = (error("first"), error("last"));
        let mut history = History::default();
        history.tell(Event::AttemptFailed { at, error: &first });
        assert_eq!((history.tokens, history.failures), (0, 0));
        assert_eq!(history.last_failure, Some((at, first)));
        for (landed, error) in [
            (Landed::Stored, None),
            (Landed::KeptStale, None),
            (Landed::Superseded, None),
            (Landed::KeptStale, Some(&last)),
            (Landed::Failed, Some(&last)),
            (Landed::Superseded, Some(&last)),
        ] {
            history.tell(Event::Landed { at: later, landed, error });
        }
        assert_eq!((history.tokens, history.failures), (1, 3));
        assert_eq!(history.last_failure, Some((later, last)));
    }
}
