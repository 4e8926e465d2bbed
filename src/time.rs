//! Moments on two clocks. Time is an argument everywhere else: only shells call [`Now::read`].

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// One moment, read on both clocks.
///
/// The monotonic clock stands still while a machine sleeps; the wall clock can be set. Comparing
/// both, and believing whichever says that more time has passed, is safe against either.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// The monotonic clock.
    pub mono: Instant,
    /// The wall clock.
    pub wall: SystemTime,
}

impl Now {
    /// Reads both clocks.
    pub fn read() -> Now {
        // tokio's clock is the system's, except in a test that has paused it.
        Now { mono: tokio::time::Instant::now().into_std(), wall: SystemTime::now() }
    }

    /// The time since `earlier`: the longer of what the two clocks say, zero if both went back.
    pub fn since(self, earlier: Now) -> Duration {
        let mono = self.mono.saturating_duration_since(earlier.mono);
        let wall = self.wall.duration_since(earlier.wall).unwrap_or_default();
        mono.max(wall)
    }

    /// This moment, `duration` earlier: on the wall clock alone where the other one had not begun then.
    pub fn before(self, duration: Duration) -> Now {
        let mono = self.mono.checked_sub(duration).unwrap_or(self.mono);
        Now { mono, wall: self.wall - duration }
    }

    /// This moment, `duration` later on both clocks.
    pub fn after(self, duration: Duration) -> Now {
        Now { mono: self.mono + duration, wall: self.wall + duration }
    }
}

/// A moment that somebody wrote down. One that is too early for this system is the earliest that everybody means: Windows
/// has none before 1601, and the zero time of Go is the year 1.
pub fn wall(moment: jiff::Timestamp) -> SystemTime {
    let since = moment.as_duration();
    let moment = match since.is_negative() {
        true => UNIX_EPOCH.checked_sub(since.unsigned_abs()),
        false => UNIX_EPOCH.checked_add(since.unsigned_abs()),
    };
    moment.unwrap_or(UNIX_EPOCH)
}

/// A moment to come, on both clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    from: Now,
    after: Duration,
}

impl Deadline {
    /// The moment `after` later than `from`.
    pub fn new(from: Now, after: Duration) -> Deadline {
        Deadline { from, after }
    }

    /// Whether either clock says that the moment is past.
    pub fn is_past(self, now: Now) -> bool {
        now.since(self.from) >= self.after
    }

    /// That moment on the wall clock, as it was set then.
    pub fn on_the_wall(self) -> SystemTime {
        self.from.wall + self.after
    }
}

/// How long somebody waits, on the monotonic clock alone: nobody gives up sooner because the wall
/// clock was set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeLimit {
    since: Instant,
    length: Duration,
}

impl TimeLimit {
    /// A wait that began `since` then, and lasts for `length` at most.
    pub fn new(since: Now, length: Duration) -> TimeLimit {
        TimeLimit { since: since.mono, length }
    }

    /// How long the whole wait is.
    pub fn length(self) -> Duration {
        self.length
    }

    /// Whether it is over.
    pub fn is_past(self, now: Now) -> bool {
        self.remaining(now).is_zero()
    }

    /// What is left of it.
    pub fn remaining(self, now: Now) -> Duration {
        self.length.saturating_sub(now.mono.saturating_duration_since(self.since))
    }
}

/// A moment to come, for the hot path: reading its clocks costs a few nanoseconds, and they lag by
/// a few milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct CoarseDeadline {
    mono_ns: i64,
    wall_ns: i64,
}

impl CoarseDeadline {
    /// The moment that is as far away as `distance` says of the present.
    pub fn at_distance(distance: impl FnOnce(Now) -> Duration) -> CoarseDeadline {
        // Its own clocks first: whatever passes in between, a suspend perhaps, makes the moment
        // come early and never late.
        let (mono_ns, wall_ns) = coarse::read();
        let distance = distance(Now::read());
        let distance_ns = i64::try_from(distance.as_nanos()).unwrap_or(i64::MAX);
        CoarseDeadline {
            mono_ns: mono_ns.saturating_add(distance_ns),
            wall_ns: wall_ns.saturating_add(distance_ns),
        }
    }

    /// Whether either clock says that the moment is past.
    #[inline(always)]
    pub fn is_past(self) -> bool {
        let (mono_ns, wall_ns) = coarse::read();
        mono_ns >= self.mono_ns || wall_ns >= self.wall_ns
    }
}

/// Both clocks, in nanoseconds: enough for two centuries, and cheaper to compare than a `Duration`.
#[cfg(target_os = "linux")]
mod coarse {
    use rustix::time::{ClockId, Timespec, clock_gettime};

    #[inline(always)]
    pub(super) fn read() -> (i64, i64) {
        let mono = clock_gettime(ClockId::MonotonicCoarse);
        let wall = clock_gettime(ClockId::RealtimeCoarse);
        (nanoseconds(mono), nanoseconds(wall))
    }

    #[inline(always)]
    fn nanoseconds(time: Timespec) -> i64 {
        time.tv_sec.wrapping_mul(1_000_000_000).wrapping_add(time.tv_nsec)
    }
}

#[cfg(not(target_os = "linux"))]
mod coarse {
    use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

    use once_cell::sync::Lazy;

    pub(super) fn read() -> (i64, i64) {
        static ZERO: Lazy<Instant> = Lazy::new(Instant::now);
        let mono = Instant::now().saturating_duration_since(*ZERO);
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        (nanoseconds(mono), nanoseconds(wall))
    }

    fn nanoseconds(time: Duration) -> i64 {
        i64::try_from(time.as_nanos()).unwrap_or(i64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn no_moment_is_too_early_or_too_late() {
        let read = |text: &str| wall(text.parse().expect(text));
        assert_eq!(read("1970-01-01T00:00:01Z"), UNIX_EPOCH + Duration::from_secs(1));
        for text in ["-009999-01-02T01:59:59Z", "0001-01-01T00:00:00Z", "1600-12-31T23:59:59Z"] {
            assert!(read(text) <= UNIX_EPOCH, "{text}");
        }
        assert!(read("9999-12-30T22:00:00Z") > UNIX_EPOCH);
    }

    #[test]
    fn whichever_clock_says_later_is_believed() {
        let start = Now::read();
        let asleep = Now { mono: start.mono, wall: start.wall + HOUR };
        let set_back = Now { mono: start.mono + HOUR, wall: start.wall - HOUR };
        assert_eq!(asleep.since(start), HOUR);
        assert_eq!(set_back.since(start), HOUR);
    }

    #[test]
    fn time_never_runs_backwards() {
        let start = Now::read();
        let before = Now { mono: start.mono, wall: start.wall - HOUR };
        assert_eq!(before.since(start), Duration::ZERO);
    }

    #[test]
    fn a_deadline_is_past_from_its_very_moment() {
        let start = Now::read();
        let deadline = Deadline::new(start, HOUR);
        assert!(!deadline.is_past(start.after(HOUR - Duration::from_nanos(1))));
        assert!(deadline.is_past(start.after(HOUR)));
    }

    #[test]
    fn a_wait_is_over_when_its_length_has_passed() {
        let start = Now::read();
        let limit = TimeLimit::new(start, HOUR);
        assert_eq!(limit.remaining(start.after(HOUR / 4)), HOUR - HOUR / 4);
        assert!(!limit.is_past(start.after(HOUR - Duration::from_nanos(1))));
        assert!(limit.is_past(start.after(HOUR)));
        assert_eq!(limit.remaining(start.after(2 * HOUR)), Duration::ZERO);
    }

    #[test]
    fn setting_the_wall_clock_ends_no_wait() {
        let start = Now::read();
        let limit = TimeLimit::new(start, HOUR);
        for wall in [start.wall + 24 * HOUR, start.wall - 24 * HOUR] {
            assert_eq!(limit.remaining(Now { mono: start.mono, wall }), HOUR);
        }
    }

    #[test]
    fn a_coarse_deadline_comes() {
        assert!(!CoarseDeadline::at_distance(|_| HOUR).is_past());
        assert!(CoarseDeadline::at_distance(|_| Duration::ZERO).is_past());
    }

    #[test]
    fn a_coarse_deadline_is_not_late_however_long_it_took_to_tell_its_distance() {
        let moment = Duration::from_millis(20);
        let deadline = CoarseDeadline::at_distance(|_| {
            let begun_later = CoarseDeadline::at_distance(|_| moment);
            while !begun_later.is_past() {
                std::thread::yield_now();
            }
            moment
        });
        assert!(deadline.is_past());
    }
}
