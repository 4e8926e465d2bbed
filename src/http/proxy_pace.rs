//! When the user and the password of a proxy may be presented. Pure: time is an argument.

use std::time::Duration;

use tokio::time::Instant;

/// What came of presenting a user and a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The tunnel stands.
    Accepted,
    /// The proxy answered 407.
    Refused,
    /// It may have seen them, and has not said what it thinks of them.
    Unanswered,
    /// It was not reached, or refuses something else.
    Withdrawn,
}

/// When a user and a password may be presented.
///
/// Two at a time at most, until a tunnel shows that they are right; and where they are refused twice,
/// only after pauses that grow. Only a refusal counts: a proxy that is down, or a workspace that it
/// does not reach, says nothing of a password, and others have other workspaces.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// How many are presented and not yet answered.
    open: u32,
    /// When the latest was.
    presented_at: Option<Instant>,
    /// A tunnel stood, and none was refused since.
    is_proven: bool,
    /// How many were refused since a tunnel stood.
    pub(super) refused: u32,
    /// When the latest of them was.
    refused_at: Option<Instant>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Present,
    Wait,
    Refuse { retry_in: Duration },
}

impl Pace {
    /// Whether somebody may present them.
    pub(super) fn ask(&mut self, now: Instant) -> Asked {
        if let Some(retry_in) = self.pause_left(now) {
            return Asked::Refuse { retry_in };
        }
        let is_free = self.open + self.refused.min(1) < MOST_AT_ONCE;
        // What was right may have been changed, so all do not go at once; what hangs stops nobody.
        let is_overdue = self.is_proven && self.presented_at.is_none_or(|at| now >= at + SOON);
        if !is_free && !is_overdue {
            return Asked::Wait;
        }
        self.open += 1;
        self.presented_at = Some(now);
        Asked::Present
    }

    pub(super) fn end(&mut self, now: Instant, outcome: Outcome) {
        self.open = self.open.saturating_sub(1);
        match outcome {
            Outcome::Accepted => self.prove(),
            // Those that left before the others came back are no more a reason to wait.
            Outcome::Refused if self.pause_left(now).is_none() => self.refuse(now),
            // After a refusal, silence may be another.
            Outcome::Unanswered if self.refused > 0 && self.pause_left(now).is_none() => {
                self.refuse(now);
            }
            Outcome::Refused | Outcome::Unanswered | Outcome::Withdrawn => {}
        }
    }

    fn refuse(&mut self, now: Instant) {
        self.is_proven = false;
        self.refused += 1;
        self.refused_at = Some(now);
    }

    pub(super) fn prove(&mut self) {
        self.is_proven = true;
        self.refused = 0;
        self.refused_at = None;
    }

    /// How long nobody may present them yet.
    pub(super) fn pause_left(&self, now: Instant) -> Option<Duration> {
        let end = self.refused_at? + pause(self.refused);
        (self.refused >= MOST_AT_ONCE && now < end).then(|| end - now)
    }

    /// Whether it says more than a new one would.
    pub(super) fn is_remembered(&self, now: Instant) -> bool {
        self.refused_at.is_some_and(|moment| now < moment + 2 * LONGEST_PAUSE)
    }
}

/// The pause after a refusal, of which there have been so many in a row.
pub(super) fn pause(refused: u32) -> Duration {
    let doubled = refused.saturating_sub(MOST_AT_ONCE).min(10);
    (FIRST_PAUSE * 2_u32.pow(doubled)).min(LONGEST_PAUSE)
}

/// One that was mistyped may be tried again, and directories bear three or more.
pub(super) const MOST_AT_ONCE: u32 = 2;

/// Grows to ten minutes, so that an account that counts its refusals for half an hour bears it.
pub(super) const FIRST_PAUSE: Duration = Duration::from_secs(15);
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(600);

/// Longer than a proxy needs to refuse, and short beside a caller's patience.
pub(super) const SOON: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_ten_minutes() {
        let seconds: Vec<u64> = (0..=9).map(|refused| pause(refused).as_secs()).collect();
        assert_eq!(seconds, [15, 15, 15, 30, 60, 120, 240, 480, 600, 600]);
        assert_eq!(pause(u32::MAX), LONGEST_PAUSE);
    }

    /// Presents as soon as that may be, again and again, and is met with `outcome`; tells when.
    fn presented(pace: &mut Pace, outcome: Outcome, lasts: Duration) -> Vec<Duration> {
        let start = Instant::now();
        let mut presented = Vec::new();
        let mut now = start;
        while now < start + lasts {
            if pace.ask(now) == Asked::Present {
                presented.push(now - start);
                pace.end(now, outcome);
            }
            now += Duration::from_millis(100);
        }
        presented
    }

    #[test]
    fn what_is_refused_is_presented_twice_and_then_after_pauses_that_grow() {
        let presented =
            presented(&mut Pace::default(), Outcome::Refused, Duration::from_secs(3600));
        let pauses: Vec<f64> =
            presented.windows(2).map(|two| (two[1] - two[0]).as_secs_f64()).collect();
        assert_eq!(
            pauses,
            [0.1, 15.0, 30.0, 60.0, 120.0, 240.0, 480.0, 600.0, 600.0, 600.0, 600.0]
        );
    }

    #[test]
    fn a_proxy_that_is_silent_or_refuses_something_else_is_not_paced() {
        for outcome in [Outcome::Withdrawn, Outcome::Unanswered] {
            let presented = presented(&mut Pace::default(), outcome, FIRST_PAUSE);
            assert_eq!(presented.len(), 150, "{outcome:?}");
        }
    }

    #[test]
    fn silence_after_a_refusal_counts_as_another() {
        let mut pace = Pace::default();
        let now = Instant::now();
        for outcome in [Outcome::Refused, Outcome::Unanswered] {
            assert_eq!(pace.ask(now), Asked::Present);
            pace.end(now, outcome);
        }
        assert_eq!(pace.ask(now), Asked::Refuse { retry_in: FIRST_PAUSE });
    }

    #[test]
    fn a_tunnel_resets_the_pauses() {
        let mut pace = Pace::default();
        presented(&mut pace, Outcome::Refused, Duration::from_secs(200));
        let later = Instant::now() + Duration::from_secs(3600);
        assert_eq!(pace.ask(later), Asked::Present);
        pace.end(later, Outcome::Accepted);
        for _ in 0..2 {
            assert_eq!(pace.ask(later), Asked::Present);
            pace.end(later, Outcome::Refused);
        }
        assert_eq!(pace.ask(later), Asked::Refuse { retry_in: FIRST_PAUSE });
        assert_eq!(pace.ask(later + FIRST_PAUSE), Asked::Present);
    }
}
