//! A fleet that starts within a second: what its renewals ask of one workspace, second by second.
//! Nothing fails; an instance calls once a second on average, at random.

use std::ops::Range;
use std::time::Duration;

use fastrand::Rng;
use serde_json::{Value, json};

use crate::world::{LIFETIME, Process, World};

pub(crate) fn figures<P: Process>(instances: usize) -> Value {
    let seconds = requests_per_second::<P>(instances);
    let (start, later) = seconds.split_at(60);
    let renewals = &later[..LIFETIME.as_secs() as usize];
    let mean = f64::from(later.iter().sum::<u32>()) / later.len() as f64;
    json!({
        "policy": P::POLICY,
        "instances": instances,
        "peakAtStart": peak(start),
        "peakAtFirstRenewal": peak(renewals),
        "peakLater": peak(&later[renewals.len()..]),
        "meanPerSecond": mean,
        "peakToMean": f64::from(peak(renewals)) / mean,
        "peaksByMinute": seconds.chunks(60).map(peak).collect::<Vec<_>>(),
    })
}

fn requests_per_second<P: Process>(instances: usize) -> Vec<u32> {
    let mut world = World::new(1, Range::default());
    for _ in 0..instances {
        let mut process = P::new();
        let mut at = start(&mut world.rng);
        while at < SIMULATED {
            process.call(at, &mut world);
            at = process.quiet_until(at) + until_next_call(&mut world.rng);
        }
    }
    let mut seconds = vec![0; SIMULATED.as_secs() as usize];
    for at in world.requests {
        if let Some(second) = seconds.get_mut(at.as_secs() as usize) {
            *second += 1;
        }
    }
    seconds
}

fn peak(seconds: &[u32]) -> u32 {
    seconds.iter().copied().max().unwrap_or_default()
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

/// A busy web server's pool: quiet instances renew later, and thereby spread more.
const CALL_INTERVAL: Duration = Duration::from_secs(1);
