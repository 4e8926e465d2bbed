//! What happens while a token is obtained, and what the events come to. Plain data, and none of it
//! holds a token or a secret.

use std::time::SystemTime;

use crate::error::Error;

/// Something that has happened. It borrows, so that it costs nothing where nobody listens.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// A request goes out.
    Sent,
    /// A request did not succeed. It may be sent again.
    AttemptFailed(&'a FailedAttempt),
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
        /// The life of the token in use.
        life: Option<Life>,
        /// When the next flight may begin at the earliest, where this one was followed by a pause.
        retry_at: Option<SystemTime>,
    },
}

/// An attempt that did not succeed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedAttempt {
    pub at: SystemTime,
    pub error: Error,
    /// What for.
    pub wanted: Wanted,
    /// Which one of its request it was, from 1.
    pub number: usize,
    /// When it will be made again, if it will.
    pub retry_at: Option<SystemTime>,
}

/// What a request is to bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// An access token, or something on the way to it.
    AccessToken,
    /// A Postgres token.
    PostgresToken,
}

/// Why a flight is launched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// There has been no token yet.
    First,
    /// The token in use is due for it.
    Renewal,
    /// The token in use has expired.
    Expired,
    /// Postgres refused the token in use.
    Rejected,
    /// Somebody wants a token that lives longer.
    MoreLife,
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
    /// How many requests it has sent.
    pub sent: u64,
    /// How many of its requests have failed.
    pub failed_attempts: u64,
    /// Why it has not landed yet or, once it has, why it brought no token. With its moment.
    pub failure: Option<(SystemTime, Error)>,
    /// The latest attempt that has failed.
    pub failed_attempt: Option<FailedAttempt>,
    /// When its access token expires, once it has one.
    pub authorized_until: Option<SystemTime>,
    /// Whether it has ended.
    pub has_landed: bool,
}

impl Progress {
    /// Takes in one event, and says whether those who wait have to hear of it.
    pub fn tell(&mut self, event: Event<'_>) -> bool {
        match event {
            Event::Sent => self.sent += 1,
            Event::AttemptFailed(attempt) => {
                self.failed_attempts += 1;
                self.failure = Some((attempt.at, attempt.error.clone()));
                self.failed_attempt = Some(attempt.clone());
            }
            Event::Authorized { until } => self.authorized_until = Some(until),
            Event::Landed { at, error, .. } => {
                self.has_landed = true;
                self.failure = error.map(|error| (at, error.clone()));
            }
        }
        !matches!(event, Event::Sent)
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
    /// Tokens that Postgres refused.
    pub rejections: u64,
    /// Callers who got the token of before because its renewal failed or took long.
    pub fallbacks: u64,
}

impl History {
    /// Takes in one event.
    pub fn tell(&mut self, event: Event<'_>) {
        match event {
            Event::AttemptFailed(FailedAttempt { at, error, .. }) => {
                self.last_failure = Some((*at, error.clone()));
            }
            Event::Sent | Event::Authorized { .. } => {}
            Event::Landed { at, landed, error, .. } => {
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

    fn failed(at: SystemTime, error: &Error) -> FailedAttempt {
        let wanted = Wanted::PostgresToken;
        FailedAttempt { at, error: error.clone(), wanted, number: 1, retry_at: None }
    }

    fn landed<'a>(at: SystemTime, landed: Landed, error: Option<&'a Error>) -> Event<'a> {
        Event::Landed { at, landed, error, life: None, retry_at: None }
    }

    #[test]
    fn progress_tells_the_latest_reason_until_the_flight_has_landed() {
        let (at, errors) = (UNIX_EPOCH, [error("one"), error("two")]);
        let mut progress = Progress::default();
        for error in &errors {
            assert!(!progress.tell(Event::Sent), "nobody waits for that");
            assert!(progress.tell(Event::AttemptFailed(&failed(at, error))));
        }
        assert!(progress.tell(Event::Authorized { until: at }));
        assert_eq!((progress.sent, progress.failed_attempts), (2, 2));
        assert_eq!(progress.failed_attempt, Some(failed(at, &errors[1])));
        assert_eq!(progress.failure, Some((at, errors[1].clone())));
        assert_eq!(progress.authorized_until, Some(at));
        assert!(!progress.has_landed);

        let mut in_vain = progress.clone();
        assert!(in_vain.tell(landed(at, Landed::Failed, Some(&errors[0]))));
        assert_eq!(in_vain.failure, Some((at, errors[0].clone())));
        assert!(progress.tell(landed(at, Landed::Stored, None)));
        assert_eq!(progress.failure, None);
        assert!(progress.has_landed && in_vain.has_landed);
    }

    #[test]
    fn history_counts_what_was_brought_into_use_and_what_failed() {
        let (at, later) = (UNIX_EPOCH, UNIX_EPOCH + std::time::Duration::from_secs(1));
        let (first, last) = (error("first"), error("last"));
        let mut history = History::default();
        history.tell(Event::Sent);
        history.tell(Event::AttemptFailed(&failed(at, &first)));
        assert_eq!((history.tokens, history.failures), (0, 0));
        assert_eq!(history.last_failure, Some((at, first)));
        for (what, error) in [
            (Landed::Stored, None),
            (Landed::KeptStale, None),
            (Landed::Superseded, None),
            (Landed::KeptStale, Some(&last)),
            (Landed::Failed, Some(&last)),
            (Landed::Superseded, Some(&last)),
        ] {
            history.tell(landed(later, what, error));
        }
        assert_eq!((history.tokens, history.failures), (1, 3));
        assert_eq!(history.last_failure, Some((later, last)));
    }
}
