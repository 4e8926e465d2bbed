//! What a process and its surroundings are to one another. Moments are times since the beginning.

use std::ops::Range;
use std::time::Duration;

use fastrand::Rng;

/// A process that holds tokens for its callers, by one policy.
pub(crate) trait Process {
    /// What the JSON calls the policy.
    const POLICY: &'static str;

    fn new() -> Self;

    /// Whether a caller at `at` gets a token.
    fn call(&mut self, at: Duration, world: &mut World) -> bool;

    /// The moment until which calls change nothing, after one at `at`.
    fn quiet_until(&mut self, at: Duration) -> Duration;
}

/// Chance, and the workspace. Processes do not influence one another, so that those of a fleet can
/// use it one after the other.
pub(crate) struct World {
    pub(crate) rng: Rng,
    /// When requests leave, in no order.
    pub(crate) requests: Vec<Duration>,
    down: Range<Duration>,
}

impl World {
    pub(crate) fn new(seed: u64, down: Range<Duration>) -> World {
        World { rng: Rng::with_seed(seed), requests: Vec::new(), down }
    }

    /// Sends a request. Whether it brings a token: while the workspace is down, none does.
    pub(crate) fn answers(&mut self, at: Duration) -> bool {
        self.requests.push(at);
        !self.down.contains(&at)
    }

    pub(crate) fn requests_while_down(&self) -> usize {
        self.requests.iter().filter(|at| self.down.contains(at)).count()
    }
}

/// What Databricks gives both tokens.
pub(crate) const LIFETIME: Duration = Duration::from_secs(60 * 60);

/// What every answer takes.
pub(crate) const LATENCY: Duration = Duration::from_millis(50);
