//! An outage of the workspace while tokens live for an hour: who notices it, and what it is asked.
//!
//! Every call is simulated, one a second. An outage is longer than half a token's life, so whether
//! it is noticed depends on when it begins: here at every minute of an hour.

use std::time::Duration;

use fastrand::Rng;
use lakebase_token::cache::lease::{Grant, Lease};
use lakebase_token::cache::slot::{Answer, Slot};
use lakebase_token::error::{Error, ErrorCode};
use lakebase_token::http::retry;
use lakebase_token::time::Now;
use serde_json::{Value, json};

use crate::{LATENCY, LIFETIME, RECIPE_BUFFER};

/// A JSON element for each policy.
pub(crate) fn outages() -> Value {
    let policies = [("recipe", recipe as fn(Outage) -> Fate), ("ours", ours)];
    Value::Array(policies.map(|(name, policy)| summary(name, policy)).to_vec())
}

fn summary(name: &str, policy: fn(Outage) -> Fate) -> Value {
    let minutes = 60..120_u64;
    let fates: Vec<Fate> = minutes
        .map(|minute| policy(Outage { begins: Duration::from_secs(60 * minute), seed: minute }))
        .collect();
    let count = fates.len() as f64;
    let mean = |figure: fn(&Fate) -> u32| f64::from(fates.iter().map(figure).sum::<u32>()) / count;
    json!({
        "policy": name,
        "noticed": fates.iter().filter(|fate| fate.failed > 0).count() as f64 / count,
        "failed": mean(|fate| fate.failed),
        "mostFailed": fates.iter().map(|fate| fate.failed).max(),
        "requests": mean(|fate| fate.requests),
        "failedByBeginning": fates.iter().map(|fate| fate.failed).collect::<Vec<_>>(),
        "requestsByBeginning": fates.iter().map(|fate| fate.requests).collect::<Vec<_>>(),
    })
}

/// What became of one process.
#[derive(Default)]
struct Fate {
    /// Calls that got no token.
    failed: u32,
    /// While the workspace was down.
    requests: u32,
}

#[derive(Clone, Copy)]
struct Outage {
    begins: Duration,
    seed: u64,
}

impl Outage {
    fn covers(self, at: Duration) -> bool {
        (self.begins..self.begins + LENGTH).contains(&at)
    }

    /// The moments at which there is a call, well beyond the end.
    fn calls(self) -> impl Iterator<Item = Duration> {
        (0..(self.begins + LENGTH + LIFETIME / 4).as_secs()).map(Duration::from_secs)
    }
}

/// The recipe: a call that finds too little life left asks, and gets what its request gets.
fn recipe(outage: Outage) -> Fate {
    let mut fate = Fate::default();
    let (mut access_expiry, mut postgres_expiry) = (Duration::ZERO, Duration::ZERO);
    for mut at in outage.calls() {
        if at + RECIPE_BUFFER < postgres_expiry {
            continue;
        }
        if outage.covers(at) {
            fate.requests += 1;
            fate.failed += 1;
            continue;
        }
        if at + RECIPE_BUFFER >= access_expiry {
            at += LATENCY;
            access_expiry = at + LIFETIME;
        }
        postgres_expiry = at + LATENCY / 2 + LIFETIME;
    }
    fate
}

/// This package: the slot of the Postgres token above that of the access token.
fn ours(outage: Outage) -> Fate {
    let mut process = Process {
        outage,
        origin: Now::read(),
        rng: Rng::with_seed(outage.seed),
        access_tokens: Place::new(Slot::unpaced()),
        postgres_tokens: Place::new(Slot::default()),
        fate: Fate::default(),
    };
    for at in outage.calls() {
        let is_served = process.call(at);
        process.fate.failed += u32::from(!is_served);
    }
    process.fate
}

struct Process {
    outage: Outage,
    origin: Now,
    rng: Rng,
    access_tokens: Place,
    postgres_tokens: Place,
    fate: Fate,
}

/// A slot, and the flight under way for it, whose end is known as soon as it begins.
struct Place {
    slot: Slot<u64>,
    flight: Option<Landing>,
}

#[derive(Clone)]
struct Landing {
    at: Duration,
    number: u64,
    outcome: Result<Lease<u64>, Error>,
    jitter: f64,
}

impl Place {
    fn new(slot: Slot<u64>) -> Place {
        Place { slot, flight: None }
    }

    /// Lets land what has arrived by `at`.
    fn settle(&mut self, origin: Now, at: Duration) {
        if let Some(flight) = self.flight.take_if(|flight| flight.at <= at) {
            let Landing { at, number, outcome, jitter } = flight;
            self.slot.land(origin.after(at), number, outcome, jitter);
        }
    }
}

impl Process {
    /// Whether a caller at `at` gets a token.
    fn call(&mut self, at: Duration) -> bool {
        self.postgres_tokens.settle(self.origin, at);
        let asked = self.postgres_tokens.slot.ask(self.origin.after(at), Duration::ZERO);
        if let Some(number) = asked.launch {
            let (departure, problem) = self.access_token(at);
            let flight = match problem {
                None => self.send(departure, number),
                Some(error) => self.landing(departure, number, Err(error)),
            };
            self.postgres_tokens.flight = Some(flight);
        }
        match asked.answer {
            Answer::Serve(_) | Answer::ServeLater(_) | Answer::Join { fallback: Some(_) } => true,
            Answer::Refuse(_) => false,
            Answer::Join { fallback: None } => self
                .postgres_tokens
                .flight
                .as_ref()
                .is_some_and(|flight| flight.outcome.is_ok() && flight.at <= at + PATIENCE),
        }
    }

    /// When the access token is there for a flight that asks for it at `at`, or why it is not.
    fn access_token(&mut self, at: Duration) -> (Duration, Option<Error>) {
        self.access_tokens.settle(self.origin, at);
        let asked = self.access_tokens.slot.ask(self.origin.after(at), Duration::ZERO);
        if let Some(number) = asked.launch {
            self.access_tokens.flight = Some(self.send(at, number));
        }
        match (asked.answer, &self.access_tokens.flight) {
            (Answer::Refuse(error), _) => (at, Some(error)),
            (Answer::Serve(_) | Answer::ServeLater(_), _) | (Answer::Join { .. }, None) => {
                (at, None)
            }
            (Answer::Join { fallback }, Some(flight)) => {
                (flight.at, flight.outcome.clone().err().filter(|_| fallback.is_none()))
            }
        }
    }

    /// A request with its retries.
    fn send(&mut self, departure: Duration, number: u64) -> Landing {
        let mut at = departure;
        for attempt in 0.. {
            if !self.outage.covers(at) {
                let grant =
                    Grant { token: number, from: self.origin.after(at), lifetime: LIFETIME };
                let lease = Lease::new(number, grant, self.rng.f64());
                return self.landing(at + LATENCY, number, Ok(lease));
            }
            self.fate.requests += 1;
            at += LATENCY;
            let Some(pause) = retry::pause(attempt, None, self.rng.f64()) else { break };
            at += pause;
        }
        let down = Error::new(ErrorCode::Unavailable, "The workspace is down", "Wait.");
        self.landing(at, number, Err(down))
    }

    fn landing(
        &mut self,
        at: Duration,
        number: u64,
        outcome: Result<Lease<u64>, Error>,
    ) -> Landing {
        Landing { at, number, outcome, jitter: self.rng.f64() }
    }
}

/// Longer than half a token's life.
const LENGTH: Duration = Duration::from_secs(36 * 60);

/// What a caller waits at the most.
const PATIENCE: Duration = Duration::from_secs(9);
