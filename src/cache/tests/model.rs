//! A slot under random callers, landings and clocks, against an oracle of what is promised. The
//! oracle knows no states: only what landed last, what is awaited, and since when there is a pause.

use std::collections::HashMap;
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;

use crate::cache::lease::{Grant, Lease, Phase};
use crate::cache::slot::{Answer, Slot};
use crate::error::{Error, ErrorCode};
use crate::event::Landed;
use crate::time::Now;

#[derive(Clone, Debug)]
enum Event {
    /// Somebody asks for a token with that much life left, in seconds.
    Ask {
        life_s: u64,
    },
    /// A flight lands, the awaited one or any other.
    Land {
        flight: Flight,
        brings: Brings,
        jitter: f64,
    },
    /// The clocks go on, or the wall clock is set.
    Pass {
        mono_ms: u64,
        wall_ms: i64,
    },
    /// The clocks go on until a nanosecond before, at, or after what comes next in a lease's life.
    Approach {
        mark: Mark,
        by_ns: u64,
    },
    Invalidate {
        token: u8,
    },
    Forget,
}

#[derive(Clone, Copy, Debug)]
enum Flight {
    Awaited,
    Number(u64),
}

#[derive(Clone, Copy, Debug)]
enum Brings {
    Token { token: u8, lifetime_ms: u64, counted_from_launch: bool },
    Error { retry_after_s: Option<u64> },
}

#[derive(Clone, Copy, Debug)]
enum Mark {
    Stale,
    Closing,
    Expired,
}

fn event() -> impl Strategy<Value = Event> {
    let life_s = prop_oneof![3 => Just(0), 1 => 0..4000_u64];
    let flight = prop_oneof![9 => Just(Flight::Awaited), 1 => (0..20_u64).prop_map(Flight::Number)];
    let lifetime_ms = prop_oneof![
        4 => Just(3_600_000),
        1 => prop::sample::select(vec![1000, 8000, 60_000, 900_000, 86_400_000]),
        1 => 1000..90_000_000_u64,
    ];
    let token = (0..4_u8, lifetime_ms, any::<bool>()).prop_map(|(token, lifetime_ms, launch)| {
        Brings::Token { token, lifetime_ms, counted_from_launch: launch }
    });
    let retry_after_s = prop::option::weighted(0.2, 0..200_u64);
    let error = retry_after_s.prop_map(|retry_after_s| Brings::Error { retry_after_s });
    let landing = (flight, prop_oneof![token, error], 0.0..1.0)
        .prop_map(|(flight, brings, jitter)| Event::Land { flight, brings, jitter });
    let ms = || prop_oneof![0..2000_u64, 0..120_000_u64, 0..4_000_000_u64];
    let together = ms().prop_map(|ms| Event::Pass { mono_ms: ms, wall_ms: ms.cast_signed() });
    let apart = (ms(), -4_000_000..4_000_000_i64)
        .prop_map(|(mono_ms, wall_ms)| Event::Pass { mono_ms, wall_ms });
    let mark = prop::sample::select(vec![Mark::Stale, Mark::Closing, Mark::Expired]);
    let approach = (mark, 0..3_u64).prop_map(|(mark, by_ns)| Event::Approach { mark, by_ns });
    prop_oneof![
        8 => life_s.prop_map(|life_s| Event::Ask { life_s }),
        6 => landing,
        3 => together,
        1 => apart,
        3 => approach,
        1 => (0..4_u8).prop_map(|token| Event::Invalidate { token }),
        1 => Just(Event::Forget),
    ]
}

/// What is promised, from what has happened.
struct Oracle {
    is_paced: bool,
    now: Now,
    launches: HashMap<u64, Now>,
    latest: u64,
    awaited: Option<u64>,
    held: Option<Held>,
    pause: Option<Pause>,
    fruitless: u32,
    /// Tokens that were refused one after the other.
    refused: u32,
    /// Since when the token in use is known to be refused, and for how long it is served still.
    served_still: Option<(Now, Duration)>,
}

#[derive(Clone)]
struct Held {
    lease: Lease<u8>,
    from: Now,
    lifetime: Duration,
}

/// The time after a flight that brought nothing.
struct Pause {
    since: Now,
    shortest: Duration,
    longest: Duration,
    /// The flight's, if it failed.
    error: Option<Error>,
}

impl Held {
    fn remaining(&self, now: Now) -> Duration {
        let mono = now.mono.saturating_duration_since(self.from.mono);
        let wall = now.wall.duration_since(self.from.wall).unwrap_or_default();
        self.lifetime.saturating_sub(mono).min(self.lifetime.saturating_sub(wall))
    }

    fn is_usable(&self, now: Now) -> bool {
        self.remaining(now) > Duration::from_secs(10).min(self.lifetime / 10)
    }

    fn is_closing(&self, now: Now) -> bool {
        self.remaining(now) <= Duration::from_secs(120).min(self.lifetime / 4)
    }

    fn is_fresh(&self, now: Now) -> bool {
        self.lease.phase(now) == Phase::Fresh
    }
}

impl Oracle {
    fn new(is_paced: bool) -> Oracle {
        Oracle {
            is_paced,
            now: Now::read(),
            launches: HashMap::new(),
            latest: 0,
            awaited: None,
            held: None,
            pause: None,
            fruitless: 0,
            refused: 0,
            served_still: None,
        }
    }

    fn usable(&self) -> Option<&Held> {
        self.held.as_ref().filter(|held| held.is_usable(self.now))
    }

    fn is_certainly_paused(&self) -> bool {
        let pause = self.pause.as_ref();
        pause.is_some_and(|pause| self.now.since(pause.since) < pause.shortest)
    }

    fn may_be_paused(&self) -> bool {
        let pause = self.pause.as_ref();
        pause.is_some_and(|pause| self.now.since(pause.since) < pause.longest)
    }

    fn begin_pause(&mut self, least: Duration, error: Option<Error>) {
        let grown = Duration::from_secs(1 << self.fruitless.min(5)).min(Duration::from_secs(30));
        let asked = error.as_ref().and_then(|error| error.retry_after).unwrap_or_default();
        let asked = asked.min(Duration::from_secs(60));
        let longest = grown.max(least);
        self.pause = Some(Pause {
            since: self.now,
            shortest: (longest.mul_f64(0.75)).max(asked),
            longest: longest.max(asked),
            error,
        });
        self.fruitless += 1;
    }

    fn ask(&mut self, slot: &mut Slot<u8>, life: Duration) {
        let now = self.now;
        let glanced = slot.glance(now).cloned();
        let usable = self.usable().cloned();
        if usable.is_none() && self.held.take().is_some() {
            // What is expired stays so whatever the clocks say later, and nobody is spared its
            // renewal.
            self.pause = None;
            if self.served_still.take().is_none() && self.awaited.is_none() {
                self.refused = 0;
            }
        }
        if let Some((since, length)) = self.served_still {
            let is_too_old = self.held.as_ref().is_some_and(|held| !held.lease.has_left(life, now));
            let is_due = is_too_old || now.since(since) >= length;
            return self.ask_for_a_refused_one(slot, life, is_due);
        }
        let asked = slot.ask(now, life);
        let is_joinable = asked.launch.is_some() || self.awaited.is_some();

        if life.is_zero() {
            let is_served_as_it_is = asked.launch.is_none()
                && matches!(&asked.answer, Answer::Serve(lease) if Some(lease) == glanced.as_ref());
            assert_eq!(is_served_as_it_is, glanced.is_some(), "glance and ask agree");
        }
        match (&asked.answer, &usable) {
            (Answer::Serve(lease), Some(held)) => {
                assert_eq!(*lease, held.lease, "only the lease in use is served");
                let is_waited_for = self.awaited.is_some() && held.is_closing(now);
                assert!(!is_waited_for, "a closing lease is joined while it is renewed");
                let is_enough = lease.has_left(life, now) || self.may_be_paused();
                assert!(is_enough, "a caller gets the life that it asks for");
            }
            (Answer::Join { fallback: Some(lease) }, Some(held)) => {
                assert_eq!(*lease, held.lease, "only the lease in use is a fallback");
                assert!(held.is_closing(now) || !life.is_zero(), "nobody waits without need");
                assert!(is_joinable, "there is a flight to join");
            }
            (Answer::Join { fallback: None }, Some(held)) => {
                assert!(!held.lease.has_left(life, now), "a lease that would do is a fallback");
                assert!(is_joinable, "there is a flight to join");
            }
            (Answer::Refuse(_), Some(held)) => {
                assert!(!held.lease.has_left(life, now), "a usable lease is never refused");
                assert!(self.may_be_paused(), "refused in a pause only");
            }
            (Answer::Join { fallback: None }, None) => {
                assert!(is_joinable, "there is a flight to join");
            }
            (Answer::Refuse(error), None) => {
                assert!(self.awaited.is_none(), "who can wait is not refused");
                assert!(self.may_be_paused(), "refused in a pause only");
                let told = self.pause.as_ref().and_then(|pause| pause.error.as_ref());
                assert_eq!(Some(error), told, "the error is the latest flight's");
            }
            (Answer::ServeLater(_), _) => panic!("no token was refused as the one before it"),
            (Answer::Serve(_) | Answer::Join { fallback: Some(_) }, None) => {
                panic!("what is not usable was handed out");
            }
        }
        let is_due = usable.as_ref().is_none_or(|held| !held.is_fresh(now));
        if is_due && self.awaited.is_none() && !self.may_be_paused() {
            assert!(asked.launch.is_some(), "what is due is begun");
        }
        if let Some(number) = asked.flight() {
            assert_eq!(number, self.latest + 1, "flights are numbered one by one");
            assert_eq!(self.awaited, None, "one flight at a time");
            assert!(!self.is_certainly_paused(), "no flight in a pause");
            let is_wanted = is_due || usable.is_some_and(|held| !held.lease.has_left(life, now));
            assert!(is_wanted, "no flight without need");
            self.latest = number;
            self.awaited = Some(number);
            self.launches.insert(number, now);
            self.pause = None;
        }
    }

    /// The token in use was refused as the one before it was.
    fn ask_for_a_refused_one(&mut self, slot: &mut Slot<u8>, life: Duration, is_due: bool) {
        let held = self.held.clone().expect("only a token in use is served still");
        let asked = slot.ask(self.now, life);
        if is_due {
            assert_eq!(asked.flight(), Some(self.latest + 1), "it is replaced after its pause");
            assert_eq!(asked.answer, Answer::Join { fallback: None }, "nobody gets it any more");
            self.latest += 1;
            self.awaited = Some(self.latest);
            self.launches.insert(self.latest, self.now);
            self.held = None;
            self.served_still = None;
            self.pause = None;
        } else {
            assert_eq!(asked.flight(), None, "it is not replaced before");
            assert_eq!(asked.answer, Answer::ServeLater(held.lease), "until then it is served");
        }
    }

    fn invalidate(&mut self, slot: &mut Slot<u8>, token: u8) {
        let held = self.held.as_ref().filter(|held| *held.lease.token() == token);
        assert_eq!(slot.invalidate(self.now, &token), held.is_some(), "exactly the token in use");
        let Some(held) = held.filter(|_| self.served_still.is_none()) else { return };
        if self.now.since(held.from) >= Duration::from_secs(60) {
            self.refused = 0;
        }
        self.refused += 1;
        if self.refused > 1 && self.is_paced && self.awaited.is_none() {
            let length = Duration::from_secs(1 << (self.refused - 2).min(5));
            self.served_still = Some((self.now, length.min(Duration::from_secs(30))));
        } else {
            self.held = None;
        }
        self.pause = None;
    }

    fn land(&mut self, slot: &mut Slot<u8>, number: u64, brings: Brings, jitter: f64) {
        let now = self.now;
        let launched = self.launches.get(&number).copied().unwrap_or(now);
        let outcome = match brings {
            Brings::Token { token, lifetime_ms, counted_from_launch } => {
                let from = if counted_from_launch { launched } else { now };
                let lifetime = Duration::from_millis(lifetime_ms);
                let lease = Lease::new(number, Grant { token, from, lifetime }, jitter);
                Ok(Held { lease, from, lifetime })
            }
            Brings::Error { retry_after_s } => Err(Error {
                retry_after: retry_after_s.map(Duration::from_secs),
                ..Error::new(ErrorCode::Unavailable, format!("Flight {number} failed"), "Wait.")
            }),
        };
        let landed = slot.land(now, number, outcome.clone().map(|held| held.lease), jitter);
        if self.awaited != Some(number) {
            assert_eq!(landed, Landed::Superseded);
            return;
        }
        self.awaited = None;
        let usable = self.usable().cloned();
        match (outcome, usable) {
            (Ok(new), None) => {
                assert_eq!(landed, Landed::Stored);
                self.store(new);
            }
            (Ok(new), Some(held)) => {
                let (left, left_of_held) = (new.remaining(now), held.remaining(now));
                let is_same = new.lease.token() == held.lease.token();
                if is_same || left <= left_of_held {
                    assert_eq!(landed, Landed::KeptStale, "no gain, no loop");
                } else if left > left_of_held + held.lifetime / 60 {
                    assert_eq!(landed, Landed::Stored, "what lives longer is used");
                }
                match landed {
                    Landed::Stored => {
                        self.refused = 0;
                        self.store(new);
                    }
                    Landed::KeptStale => self.begin_pause(held.lifetime / 60, None),
                    Landed::Failed | Landed::Superseded => panic!("{landed:?}"),
                }
            }
            (Err(error), Some(held)) => {
                assert_eq!(landed, Landed::KeptStale);
                self.begin_pause(held.lifetime / 60, Some(error));
            }
            (Err(error), None) => {
                assert_eq!(landed, Landed::Failed);
                self.held = None;
                if self.is_paced {
                    self.begin_pause(Duration::ZERO, Some(error));
                }
            }
        }
    }

    fn store(&mut self, held: Held) {
        self.held = Some(held);
        self.pause = None;
        self.fruitless = 0;
    }

    fn approach(&mut self, mark: Mark, by_ns: u64) {
        let Some(held) = &self.held else { return };
        let left = held.remaining(self.now);
        let until = match mark {
            Mark::Stale => held.lease.fresh_for(self.now),
            Mark::Closing => left.saturating_sub(Duration::from_secs(120).min(held.lifetime / 4)),
            Mark::Expired => left.saturating_sub(Duration::from_secs(10).min(held.lifetime / 10)),
        };
        let until = (until + Duration::from_nanos(by_ns)).saturating_sub(Duration::from_nanos(1));
        self.now = self.now.after(until);
    }

    fn happen(&mut self, slot: &mut Slot<u8>, event: Event) {
        match event {
            Event::Ask { life_s } => self.ask(slot, Duration::from_secs(life_s)),
            Event::Land { flight: Flight::Number(number), brings, jitter } => {
                self.land(slot, number, brings, jitter);
            }
            Event::Land { flight: Flight::Awaited, brings, jitter } => {
                if let Some(number) = self.awaited {
                    self.land(slot, number, brings, jitter);
                }
            }
            Event::Pass { mono_ms, wall_ms } => {
                self.now.mono += Duration::from_millis(mono_ms);
                let wall = Duration::from_millis(wall_ms.unsigned_abs());
                self.now.wall =
                    if wall_ms < 0 { self.now.wall - wall } else { self.now.wall + wall };
            }
            Event::Approach { mark, by_ns } => self.approach(mark, by_ns),
            Event::Invalidate { token } => self.invalidate(slot, token),
            Event::Forget => {
                slot.forget();
                *self = Oracle {
                    now: self.now,
                    latest: self.latest,
                    launches: std::mem::take(&mut self.launches),
                    ..Oracle::new(self.is_paced)
                };
            }
        }
    }

    /// What is to be seen without asking.
    fn check(&self, slot: &Slot<u8>) {
        let held = self.held.as_ref().map(|held| &held.lease);
        let served_without_asking = held.filter(|_| self.served_still.is_none());
        assert_eq!(slot.current(), served_without_asking.map_or(0, |lease| lease.number));
        let usable = self.usable().map(|held| &held.lease);
        assert_eq!(slot.usable(self.now), usable);
        if let Some(lease) = slot.glance(self.now) {
            assert_eq!(Some(lease), usable, "a glance shows the lease in use, or nothing");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_slot_keeps_its_promises_whatever_happens(
        is_paced in any::<bool>(),
        events in vec(event(), 1..80),
    ) {
        let mut slot = if is_paced { Slot::default() } else { Slot::unpaced() };
        let mut oracle = Oracle::new(is_paced);
        for event in events {
            oracle.happen(&mut slot, event);
            oracle.check(&slot);
        }
    }

    #[test]
    fn a_lease_of_any_length_goes_through_its_phases_in_order(
        lifetime in lifetime(),
        jitter in 0.0..=1.0,
        mut ages_ms in vec(prop_oneof![0..100_000_u64, 0..100_000_000_u64, 0..2_000_000_000_000_u64], 1..20),
        life in lifetime(),
    ) {
        let from = Now::read();
        let lease = Lease::new(1, Grant { token: (), from, lifetime }, jitter);
        ages_ms.sort_unstable();
        let mut before = Phase::Fresh;
        for age_ms in ages_ms {
            let now = from.after(Duration::from_millis(age_ms));
            let phase = lease.phase(now);
            prop_assert!(order(before) <= order(phase));
            prop_assert_eq!(phase == Phase::Fresh, !lease.fresh_for(now).is_zero());
            prop_assert_eq!(phase != Phase::Expired, !lease.usable_for(now).is_zero());
            prop_assert!(lease.fresh_for(now) <= lease.usable_for(now));
            prop_assert!(lease.usable_for(now) <= lease.remaining(now));
            prop_assert!(lease.has_left(life, now) || lease.remaining(now) < life);
            before = phase;
        }
        prop_assert_eq!(lease.phase(from), Phase::Fresh);
        prop_assert!(lease.has_left(life, from));
    }
}

/// From a second to all that a `Duration` holds.
fn lifetime() -> impl Strategy<Value = Duration> {
    let nanos = prop_oneof![Just(0), 0..1_000_000_000_u32];
    let seconds = prop_oneof![1..10_u64, 1..100_000_u64, 1..=u64::MAX];
    (seconds, nanos).prop_map(|(seconds, nanos)| Duration::new(seconds, nanos))
}

fn order(phase: Phase) -> u8 {
    match phase {
        Phase::Fresh => 0,
        Phase::Stale => 1,
        Phase::Closing => 2,
        Phase::Expired => 3,
    }
}
