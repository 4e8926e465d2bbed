//! The arithmetic of a token's life. Pure: time and jitter are arguments.

use std::time::{Duration, SystemTime};

use crate::time::Now;

/// A token as it was granted, and for how long.
#[derive(Clone, Debug, PartialEq)]
pub struct Grant<T> {
    /// The token.
    pub token: T,
    /// The moment its lifetime is counted from: before the request for it left.
    pub from: Now,
    /// How long it lives, by the service's own clock.
    pub lifetime: Duration,
}

/// A granted token in use.
#[derive(Clone, Debug, PartialEq)]
pub struct Lease<T> {
    /// The number of the flight that brought it; unique within a cache, never zero.
    pub number: u64,
    grant: Grant<T>,
    renew_after: Duration,
}

/// Where in its life a lease is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Serve it.
    Fresh,
    /// Serve it, and renew it meanwhile.
    Stale,
    /// Renew it, and serve it only if that does not work out in time.
    Closing,
    /// Never serve it.
    Expired,
}

impl<T> Lease<T> {
    /// `jitter`, from 0 to 1, spreads renewals, so that a fleet started together does not renew
    /// together.
    pub fn new(number: u64, grant: Grant<T>, jitter: f64) -> Lease<T> {
        let lead = (grant.lifetime / 2).min(RENEWAL_LEAD);
        let renew_after = grant.lifetime - lead + lead.mul_f64(jitter * RENEWAL_SPREAD);
        Lease { number, grant, renew_after }
    }

    /// The token.
    pub fn token(&self) -> &T {
        &self.grant.token
    }

    /// How long ago it was asked for.
    pub fn age(&self, now: Now) -> Duration {
        now.since(self.grant.from)
    }

    /// Where in its life the lease is.
    pub fn phase(&self, now: Now) -> Phase {
        let age = self.age(now);
        let lifetime = self.grant.lifetime;
        if age < self.renew_after {
            Phase::Fresh
        } else if age < lifetime - CLOSING.min(lifetime / 4) {
            Phase::Stale
        } else if age < lifetime - LOGIN_TIME.min(lifetime / 10) {
            Phase::Closing
        } else {
            Phase::Expired
        }
    }

    /// Whether the token may be handed out.
    pub fn is_usable(&self, now: Now) -> bool {
        self.phase(now) != Phase::Expired
    }

    /// How long the token may still be handed out.
    pub fn usable_for(&self, now: Now) -> Duration {
        let lifetime = self.grant.lifetime;
        let usable = lifetime - LOGIN_TIME.min(lifetime / 10);
        usable.saturating_sub(self.age(now))
    }

    /// How long the token stays fresh.
    pub fn fresh_for(&self, now: Now) -> Duration {
        self.renew_after.saturating_sub(self.age(now))
    }

    /// How long the token lives.
    pub fn remaining(&self, now: Now) -> Duration {
        self.grant.lifetime.saturating_sub(self.age(now))
    }

    /// Whether the token lives for `life` longer, or is as good as new.
    pub fn has_left(&self, life: Duration, now: Now) -> bool {
        self.remaining(now) >= life.min(self.grant.lifetime - self.renewal_pause())
    }

    /// The pause after a renewal that brought nothing: a minute for an hour's token.
    pub fn renewal_pause(&self) -> Duration {
        self.grant.lifetime / 60
    }

    /// The moment its lifetime is counted from, on this machine's wall clock.
    pub fn issued_at(&self) -> SystemTime {
        self.grant.from.wall
    }

    /// The moment it turns stale, on this machine's wall clock.
    pub fn renews_at(&self) -> SystemTime {
        self.grant.from.wall + self.renew_after
    }

    /// The expiry on this machine's wall clock.
    pub fn expires_at(&self) -> SystemTime {
        self.grant.from.wall + self.grant.lifetime
    }
}

/// The life left when a renewal is begun at the earliest, of a token that lives long enough.
///
/// Buys an outage of twenty minutes that begins with the renewal: even the latest renewal, 10 % of
/// this later, has 21.6 minutes to succeed in.
pub const RENEWAL_LEAD: Duration = Duration::from_secs(24 * 60);

/// The part of the lead over which renewals are spread.
const RENEWAL_SPREAD: f64 = 0.1;

/// The recipe's two minutes: with less life left, callers wait for the renewal.
const CLOSING: Duration = Duration::from_secs(2 * 60);

/// Time for a Postgres login to finish with a token handed out at the last moment.
const LOGIN_TIME: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    fn lease(lifetime_s: u64, jitter: f64) -> (Lease<&'static str>, Now) {
        let from = Now::read();
        let lifetime = Duration::from_secs(lifetime_s);
        (Lease::new(1, Grant { token: "token-1", from, lifetime }, jitter), from)
    }

    #[test]
    fn each_phase_begins_at_its_moment() {
        use Phase::{Closing, Expired, Fresh, Stale};
        // Lifetime, jitter, then the ages in milliseconds at which it is stale, closing, expired.
        for (lifetime_s, jitter, stale, closing, expired) in [
            (3600, 0.0, 2_160_000, 3_480_000, 3_590_000),
            (3600, 1.0, 2_304_000, 3_480_000, 3_590_000),
            (900, 0.0, 450_000, 780_000, 890_000),
            (300, 0.5, 157_500, 225_000, 290_000),
            (8, 0.0, 4_000, 6_000, 7_200),
            (8, 1.0, 4_400, 6_000, 7_200),
            (1, 0.0, 500, 750, 900),
            (86_400, 0.0, 84_960_000, 86_280_000, 86_390_000),
        ] {
            let (lease, from) = lease(lifetime_s, jitter);
            for (age_ms, phase) in [
                (0, Fresh),
                (stale - 1, Fresh),
                (stale, Stale),
                (closing - 1, Stale),
                (closing, Closing),
                (expired - 1, Closing),
                (expired, Expired),
                (lifetime_s * 1000, Expired),
                (lifetime_s * 1_000_000, Expired),
            ] {
                let now = from.after(Duration::from_millis(age_ms));
                assert_eq!(lease.phase(now), phase, "lifetime {lifetime_s} s, age {age_ms} ms");
                assert_eq!(lease.is_usable(now), !lease.usable_for(now).is_zero());
                assert_eq!(phase == Fresh, !lease.fresh_for(now).is_zero());
            }
        }
    }

    #[test]
    fn an_outage_of_twenty_minutes_that_begins_with_the_renewal_fits() {
        let (lease, from) = lease(3600, 1.0);
        let begin = from.after(lease.fresh_for(from));
        let end = begin.after(Duration::from_secs(20 * 60));
        let retried = end.after(lease.renewal_pause());
        assert!(lease.is_usable(retried));
    }

    #[test]
    fn a_machine_that_slept_does_not_serve_a_dead_token() {
        let (lease, from) = lease(3600, 0.0);
        let awake = Now { mono: from.mono, wall: from.wall + Duration::from_secs(3600) };
        assert_eq!(lease.phase(awake), Phase::Expired);
    }

    #[test]
    fn a_wall_clock_set_back_does_not_lengthen_a_life() {
        let (lease, from) = lease(3600, 0.0);
        let hour = Duration::from_secs(3600);
        assert_eq!(
            lease.phase(Now { mono: from.mono + hour, wall: from.wall - hour }),
            Phase::Expired
        );
    }
}
