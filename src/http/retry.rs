//! When to try again. Pure: jitter is an argument.

use std::time::Duration;

/// The pause before the attempt that follows attempt number `attempt` (from zero); `None` when that
/// was the last one.
///
/// Exponential with full jitter (`jitter` is from 0 to 1), and no shorter than the service asks.
pub fn pause(attempt: usize, retry_after: Option<Duration>, jitter: f64) -> Option<Duration> {
    let longest = LONGEST_PAUSES.get(attempt)?;
    Some(longest.mul_f64(jitter).max(retry_after.unwrap_or_default()))
}

/// How long attempt number `attempt` may take.
pub fn attempt_limit(attempt: usize) -> Duration {
    if attempt == 0 { FIRST_ATTEMPT } else { LATER_ATTEMPT }
}

/// Four pauses are five attempts: a flight that is refused at once lasts four seconds, and a cache
/// that paces its flights stays below forty requests a minute.
const LONGEST_PAUSES: [Duration; 4] = [
    Duration::from_millis(500),
    Duration::from_millis(1000),
    Duration::from_millis(2000),
    Duration::from_millis(4000),
];

/// Leaves a caller with the usual patience time to learn the reason, and a second attempt.
const FIRST_ATTEMPT: Duration = Duration::from_secs(5);

/// For DNS, TCP and TLS together. Short enough for two attempts within a caller's nine seconds.
pub const CONNECT_LIMIT: Duration = Duration::from_secs(4);

/// A workspace that is merely slow gets the time it needs.
pub const LATER_ATTEMPT: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end() {
        for (attempt, longest_ms) in [500, 1000, 2000, 4000].into_iter().enumerate() {
            assert_eq!(pause(attempt, None, 1.0), Some(Duration::from_millis(longest_ms)));
            assert_eq!(pause(attempt, None, 0.5), Some(Duration::from_millis(longest_ms / 2)));
            assert_eq!(pause(attempt, None, 0.0), Some(Duration::ZERO));
        }
        assert_eq!(pause(4, None, 0.5), None);
    }

    #[test]
    fn what_the_service_asks_for_is_a_floor() {
        let asked = Some(Duration::from_secs(3));
        assert_eq!(pause(0, asked, 1.0), asked);
        assert_eq!(pause(3, asked, 1.0), Some(Duration::from_secs(4)));
        assert_eq!(pause(4, asked, 1.0), None);
    }
}
