//! A fleet that starts within a second: what its renewals ask of one workspace, second by second.
//!
//! Simulated over the slot and the lease that the package runs, on a clock that is an argument as
//! everywhere. Beside it the recipe's policy: whoever calls with less than two minutes left renews.
//! Every answer takes 50 ms, none fails; an instance calls once a second on average, at random.
//!
//! `cargo run --example herd -- 100 1000` prints JSON: `fleets` has an element for each size and
//! policy, `outages` one for each policy.

mod outage;

use std::time::Duration;

use fastrand::Rng;
use lakebase_token::cache::lease::{Grant, Lease};
use lakebase_token::cache::slot::{Answer, Slot};
use lakebase_token::time::Now;
use serde_json::{Value, json};

fn main() {
    let sizes = std::env::args().skip(1).filter_map(|argument| argument.parse().ok());
    let fleets = sizes.flat_map(|instances| POLICIES.map(|policy| fleet(policy, instances)));
    let fleets = Value::Array(fleets.collect());
    println!("{}", json!({ "fleets": fleets, "outages": outage::outages() }));
}

/// How an instance renews: calls the second with every request it makes, as a time since the start.
type Policy = (&'static str, fn(&mut Rng, &mut dyn FnMut(Duration)));

const POLICIES: [Policy; 2] = [("recipe", recipe), ("ours", ours)];

/// Instances do not influence one another, so they run one after the other, into the same seconds.
fn fleet((name, instance): Policy, instances: usize) -> Value {
    let mut seconds = vec![0_u32; SIMULATED.as_secs() as usize];
    let mut rng = Rng::with_seed(1);
    for _ in 0..instances {
        instance(&mut rng, &mut |at| {
            if let Some(second) = seconds.get_mut(at.as_secs() as usize) {
                *second += 1;
            }
        });
    }
    let (start, later) = seconds.split_at(60);
    let renewals = &later[..LIFETIME.as_secs() as usize];
    let mean = f64::from(later.iter().sum::<u32>()) / later.len() as f64;
    json!({
        "policy": name,
        "instances": instances,
        "peakAtStart": peak(start),
        "peakAtFirstRenewal": peak(renewals),
        "peakLater": peak(&later[renewals.len()..]),
        "meanPerSecond": mean,
        "peakToMean": f64::from(peak(renewals)) / mean,
        "peaksByMinute": seconds.chunks(60).map(peak).collect::<Vec<_>>(),
    })
}

fn peak(seconds: &[u32]) -> u32 {
    seconds.iter().copied().max().unwrap_or_default()
}

/// One instance of this package: the slot of the Postgres token above that of the access token.
fn ours(rng: &mut Rng, request: &mut dyn FnMut(Duration)) {
    let origin = Now::read();
    let mut access_tokens = Slot::unpaced();
    let mut postgres_tokens = Slot::default();
    let mut at = start(rng);
    while at < SIMULATED {
        if let Some(flight) = postgres_tokens.ask(origin.after(at), Duration::ZERO).launch {
            let asked = access_tokens.ask(origin.after(at), Duration::ZERO);
            if let Some(access_flight) = asked.launch {
                let landing = fly(&mut access_tokens, access_flight, origin, at, rng, request);
                // A token that is merely due for renewal is used meanwhile.
                if !matches!(asked.answer, Answer::Serve(_)) {
                    at = landing;
                }
            }
            at = fly(&mut postgres_tokens, flight, origin, at, rng, request);
        }
        // The calls that find it fresh change nothing.
        let now = origin.after(at);
        at += postgres_tokens.glance(now).map_or(Duration::ZERO, |lease| lease.fresh_for(now));
        at += until_next_call(rng);
    }
}

/// A request that leaves at `at` and brings a token; returns when.
fn fly(
    slot: &mut Slot<u64>,
    flight: u64,
    origin: Now,
    at: Duration,
    rng: &mut Rng,
    request: &mut dyn FnMut(Duration),
) -> Duration {
    request(at);
    let grant = Grant { token: flight, from: origin.after(at), lifetime: LIFETIME };
    let (landing, jitter) = (at + LATENCY, rng.f64());
    let lease = Lease::new(flight, grant, jitter);
    slot.land(origin.after(landing), flight, Ok(lease), jitter);
    landing
}

/// One instance of the recipe.
fn recipe(rng: &mut Rng, request: &mut dyn FnMut(Duration)) {
    let mut access_token_expiry = Duration::ZERO;
    let mut at = start(rng);
    while at < SIMULATED {
        if at + RECIPE_BUFFER >= access_token_expiry {
            request(at);
            at += LATENCY;
            access_token_expiry = at + LIFETIME;
        }
        request(at);
        let expiry = at + LATENCY / 2 + LIFETIME;
        at = expiry - RECIPE_BUFFER + until_next_call(rng);
    }
}

/// Within the first second.
fn start(rng: &mut Rng) -> Duration {
    Duration::from_secs_f64(rng.f64())
}

/// Calls come at random, so that the time to the next one is the same whenever one looks.
fn until_next_call(rng: &mut Rng) -> Duration {
    CALL_INTERVAL.mul_f64(-(1.0 - rng.f64()).ln())
}

/// Long enough for several generations of tokens.
const SIMULATED: Duration = Duration::from_secs(4 * 60 * 60);

/// What Databricks gives both tokens.
const LIFETIME: Duration = Duration::from_secs(60 * 60);

/// What every answer takes.
const LATENCY: Duration = Duration::from_millis(50);

/// A busy web server's pool: quiet instances renew later, and thereby spread more.
const CALL_INTERVAL: Duration = Duration::from_secs(1);

/// `REFRESH_BUFFER_MS` of the recipe.
const RECIPE_BUFFER: Duration = Duration::from_secs(2 * 60);
