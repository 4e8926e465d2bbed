//! The recipe: whoever calls with less than two minutes left asks, and gets what the request gets.

use std::time::Duration;

use crate::world::{LATENCY, LIFETIME, Process, World};

pub(crate) struct Recipe {
    access_expiry: Duration,
    postgres_expiry: Duration,
}

impl Process for Recipe {
    const POLICY: &'static str = "recipe";

    fn new() -> Recipe {
        Recipe { access_expiry: Duration::ZERO, postgres_expiry: Duration::ZERO }
    }

    fn call(&mut self, mut at: Duration, world: &mut World) -> bool {
        if at + BUFFER < self.postgres_expiry {
            return true;
        }
        if at + BUFFER >= self.access_expiry {
            if !world.answers(at) {
                return false;
            }
            at += LATENCY;
            self.access_expiry = at + LIFETIME;
        }
        if !world.answers(at) {
            return false;
        }
        self.postgres_expiry = at + LATENCY / 2 + LIFETIME;
        true
    }

    fn quiet_until(&mut self, at: Duration) -> Duration {
        self.postgres_expiry.saturating_sub(BUFFER).max(at)
    }
}

/// `REFRESH_BUFFER_MS` of the recipe.
const BUFFER: Duration = Duration::from_secs(2 * 60);
