//! This package: the slot of the Postgres token above that of the access token.

use std::time::Duration;

use lakebase_token::cache::lease::{Grant, Lease};
use lakebase_token::cache::slot::{Answer, Asked, Launch, Slot};
use lakebase_token::error::{Error, ErrorCode};
use lakebase_token::http::retry;
use lakebase_token::time::Now;

use crate::world::{LATENCY, LIFETIME, Process, World};

pub(crate) struct Ours {
    origin: Now,
    access_tokens: Place,
    postgres_tokens: Place,
}

/// A slot, and the flight under way for it, whose end is known as soon as it begins.
struct Place {
    slot: Slot<u64>,
    flight: Option<Flight>,
}

struct Flight {
    number: u64,
    lands: Duration,
    outcome: Result<Lease<u64>, Error>,
    jitter: f64,
}

impl Process for Ours {
    const POLICY: &'static str = "ours";

    fn new() -> Ours {
        Ours {
            origin: Now::read(),
            access_tokens: Place { slot: Slot::unpaced(), flight: None },
            postgres_tokens: Place { slot: Slot::default(), flight: None },
        }
    }

    fn call(&mut self, at: Duration, world: &mut World) -> bool {
        let asked = self.postgres_tokens.ask(self.origin, at);
        if let Some(Launch { flight: number, .. }) = asked.launch {
            let (departure, access) = self.access_token(at, world);
            self.postgres_tokens.flight = Some(match access {
                Ok(()) => self.send(departure, number, world),
                Err(error) => failing(departure, number, error, world),
            });
        }
        match asked.answer {
            Answer::Serve(_) | Answer::ServeLater(_) | Answer::Join { fallback: Some(_) } => true,
            Answer::Refuse(_) => false,
            Answer::Join { fallback: None } => self
                .postgres_tokens
                .flight
                .as_ref()
                .is_some_and(|flight| flight.outcome.is_ok() && flight.lands <= at + PATIENCE),
        }
    }

    fn quiet_until(&mut self, at: Duration) -> Duration {
        let Place { flight, .. } = &self.postgres_tokens;
        let at = flight.as_ref().map_or(at, |flight| flight.lands);
        self.postgres_tokens.settle(self.origin, at);
        let now = self.origin.after(at);
        let lease = self.postgres_tokens.slot.glance(now);
        at + lease.map_or(Duration::ZERO, |lease| lease.fresh_for(now))
    }
}

impl Ours {
    /// When a flight that asks for the access token at `at` has an answer, and which.
    fn access_token(&mut self, at: Duration, world: &mut World) -> (Duration, Result<(), Error>) {
        let asked = self.access_tokens.ask(self.origin, at);
        if let Some(Launch { flight: number, .. }) = asked.launch {
            self.access_tokens.flight = Some(self.send(at, number, world));
        }
        match (asked.answer, &self.access_tokens.flight) {
            (Answer::Refuse(error), _) => (at, Err(error)),
            (Answer::Join { fallback: None }, Some(flight)) => {
                (flight.lands, flight.outcome.clone().map(drop))
            }
            (Answer::Join { fallback: Some(_) }, Some(flight)) => (flight.lands, Ok(())),
            (Answer::Serve(_) | Answer::ServeLater(_) | Answer::Join { .. }, _) => (at, Ok(())),
        }
    }

    /// A request with its retries.
    fn send(&self, departure: Duration, number: u64, world: &mut World) -> Flight {
        let mut at = departure;
        for attempt in 0.. {
            if world.answers(at) {
                let from = self.origin.after(at);
                let jitter = world.rng.f64();
                let lease =
                    Lease::new(number, Grant { token: number, from, lifetime: LIFETIME }, jitter);
                return Flight { number, lands: at + LATENCY, outcome: Ok(lease), jitter };
            }
            at += LATENCY;
            let Some(pause) = retry::pause(attempt, None, world.rng.f64()) else { break };
            at += pause;
        }
        let down = Error::new(ErrorCode::Unavailable, "The workspace is down", "Wait.");
        failing(at, number, down, world)
    }
}

fn failing(lands: Duration, number: u64, error: Error, world: &mut World) -> Flight {
    Flight { number, lands, outcome: Err(error), jitter: world.rng.f64() }
}

impl Place {
    fn ask(&mut self, origin: Now, at: Duration) -> Asked<u64> {
        self.settle(origin, at);
        self.slot.ask(origin.after(at), Duration::ZERO)
    }

    /// Lets land what has arrived by `at`.
    fn settle(&mut self, origin: Now, at: Duration) {
        if let Some(Flight { number, lands, outcome, jitter }) =
            self.flight.take_if(|flight| flight.lands <= at)
        {
            self.slot.land(origin.after(lands), number, outcome, jitter);
        }
    }
}

/// What a caller waits at the most.
const PATIENCE: Duration = Duration::from_secs(9);
