//! How long to wait before the next flight. Pure: time and jitter are arguments.

use std::time::Duration;

use crate::error::{Error, ErrorCode};

/// What went wrong lately, and how long it delays the next flight.
#[derive(Debug)]
pub(super) struct Pacing {
    is_on: bool,
    /// Flights that brought nothing, one after the other.
    failures: u32,
    /// Tokens that Postgres refused one after the other.
    refusals: u32,
}

impl Pacing {
    /// Nothing has gone wrong yet.
    pub(super) fn new() -> Pacing {
        Pacing { is_on: true, failures: 0, refusals: 0 }
    }

    /// For a slot that only another slot's flights ask. That slot paces them; a second pause would
    /// fail the first flight after an outage.
    pub(super) fn off() -> Pacing {
        Pacing { is_on: false, ..Pacing::new() }
    }

    /// The pause after a flight that failed while no token is usable; callers share its error.
    pub(super) fn after_failure(&mut self, error: &Error, jitter: f64) -> Duration {
        if !self.is_on {
            return Duration::ZERO;
        }
        // No service is spared: somebody on this machine mends it, and tries again.
        if matches!(error.code, ErrorCode::IdentityUnavailable | ErrorCode::ConfigMissing) {
            return spread(FIRST_PAUSE, jitter);
        }
        self.next_pause(jitter).max(asked_for(error))
    }

    /// The pause after a renewal that brought nothing, no shorter than `at_least`.
    pub(super) fn after_renewal(
        &mut self,
        error: Option<&Error>,
        at_least: Duration,
        jitter: f64,
    ) -> Duration {
        let asked = error.map_or(Duration::ZERO, asked_for);
        self.next_pause(jitter).max(spread(at_least, jitter)).max(asked)
    }

    /// The pause before a token of that `age`, which Postgres refused, is replaced; `None`: at once.
    ///
    /// A refused token may have been revoked, and then another one helps at once. Or its role does
    /// not exist, and then none will: a pool that invalidates and tries again would mint thousands
    /// a minute. So the first one is replaced at once, however young, and the next ones are not.
    pub(super) fn after_refusal(&mut self, age: Duration) -> Option<Duration> {
        if age >= PROVEN {
            self.refusals = 0;
        }
        let earlier = self.refusals;
        self.refusals = self.refusals.saturating_add(1);
        let pause = grown(earlier.checked_sub(1)?);
        Some(pause).filter(|_| self.is_on)
    }

    /// A flight has brought a token.
    pub(super) fn succeeded(&mut self) {
        self.failures = 0;
    }

    /// Postgres took the latest token for as long as it was in use.
    pub(super) fn was_taken(&mut self) {
        self.refusals = 0;
    }

    fn next_pause(&mut self, jitter: f64) -> Duration {
        let pause = grown(self.failures);
        self.failures = self.failures.saturating_add(1);
        spread(pause, jitter)
    }
}

/// The pause after that many earlier ones.
fn grown(earlier: u32) -> Duration {
    FIRST_PAUSE.saturating_mul(1 << earlier.min(5)).min(LONGEST_PAUSE)
}

/// The pause that the service asked for, within reason.
fn asked_for(error: &Error) -> Duration {
    error.retry_after.unwrap_or_default().min(LONGEST_ASKED_PAUSE)
}

/// Between three quarters of `pause` and all of it.
fn spread(pause: Duration, jitter: f64) -> Duration {
    pause.mul_f64(1.0 - 0.25 * jitter)
}

/// The pause after a first failed flight, during which callers share its error; and before the
/// replacement of a refused token is replaced itself.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The pause when it keeps failing: bounds the requests of an outage, and of a missing role.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// A `Retry-After` beyond this is somebody's mistake, and must not outlive an outage by much.
const LONGEST_ASKED_PAUSE: Duration = Duration::from_secs(60);

/// A token that Postgres has taken for so long is not refused for its role.
const PROVEN: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    const YOUNG: Duration = Duration::from_secs(59);
    const JITTERS: [f64; 3] = [0.0, 0.5, 1.0];

    fn error(retry_after: Option<u64>) -> Error {
        let error = Error::new(ErrorCode::Unavailable, "The workspace is down", "Wait.");
        Error { retry_after: retry_after.map(Duration::from_secs), ..error }
    }

    fn refusals(pacing: &mut Pacing, count: usize) -> Vec<u64> {
        let pause = |_| pacing.after_refusal(YOUNG).map_or(0, |pause| pause.as_secs());
        (0..count).map(pause).collect()
    }

    #[test]
    fn pauses_grow_while_flights_fail_and_begin_anew_after_a_success() {
        let mut pacing = Pacing::new();
        for seconds in [1, 2, 4, 8, 16, 30, 30] {
            assert_eq!(pacing.after_failure(&error(None), 0.0), Duration::from_secs(seconds));
        }
        pacing.succeeded();
        assert_eq!(pacing.after_failure(&error(None), 0.0), Duration::from_secs(1));
    }

    #[test]
    fn what_somebody_mends_on_this_machine_is_tried_again_soon() {
        let mut pacing = Pacing::new();
        let error = Error::new(ErrorCode::IdentityUnavailable, "Nobody is logged in", "Log in.");
        for _ in 0..9 {
            assert_eq!(pacing.after_failure(&error, 0.0), Duration::from_secs(1));
        }
    }

    #[test]
    fn a_pause_is_spread_over_its_last_quarter() {
        let pauses = JITTERS.map(|jitter| Pacing::new().after_failure(&error(None), jitter));
        assert_eq!(pauses.map(|pause| pause.as_millis()), [1000, 875, 750]);
        let minute = Duration::from_secs(60);
        let pauses = JITTERS.map(|jitter| Pacing::new().after_renewal(None, minute, jitter));
        assert_eq!(pauses.map(|pause| pause.as_millis()), [60_000, 52_500, 45_000]);
    }

    #[test]
    fn what_the_service_asks_for_is_a_floor_of_a_minute_at_most() {
        for (asked, seconds) in [(20, 20), (60, 60), (100_000, 60)] {
            let pause = Duration::from_secs(seconds);
            assert_eq!(Pacing::new().after_failure(&error(Some(asked)), 1.0), pause);
            let at_least = Duration::ZERO;
            let renewal = Pacing::new().after_renewal(Some(&error(Some(asked))), at_least, 1.0);
            assert_eq!(renewal, pause);
        }
    }

    #[test]
    fn the_first_refused_token_is_replaced_at_once_and_the_next_ones_after_growing_pauses() {
        assert_eq!(refusals(&mut Pacing::new(), 9), [0, 1, 2, 4, 8, 16, 30, 30, 30]);
    }

    #[test]
    fn a_token_that_was_taken_for_a_minute_is_replaced_at_once() {
        let mut pacing = Pacing::new();
        refusals(&mut pacing, 9);
        assert_eq!(pacing.after_refusal(PROVEN), None);
        assert_eq!(refusals(&mut pacing, 2), [1, 2]);
    }

    #[test]
    fn after_tokens_that_were_taken_it_begins_anew() {
        let mut pacing = Pacing::new();
        refusals(&mut pacing, 9);
        pacing.was_taken();
        assert_eq!(refusals(&mut pacing, 2), [0, 1]);
    }

    #[test]
    fn switched_off_it_delays_nothing_but_renewals() {
        let mut pacing = Pacing::off();
        assert_eq!(refusals(&mut pacing, 3), [0, 0, 0]);
        assert_eq!(pacing.after_failure(&error(Some(9)), 0.0), Duration::ZERO);
        assert_eq!(pacing.after_renewal(None, Duration::ZERO, 0.0), Duration::from_secs(1));
    }
}
