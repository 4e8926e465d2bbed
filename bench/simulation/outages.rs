//! An outage of the workspace: who notices it, and what the workspace is asked meanwhile.
//!
//! A call every second. The outage is longer than half a token's life, so whether it is noticed
//! depends on when it begins: here at every minute of an hour.

use std::time::Duration;

use serde_json::{Value, json};

use crate::world::{LIFETIME, Process, World};

pub(crate) fn figures<P: Process>() -> Value {
    let (failed, requests): (Vec<usize>, Vec<usize>) = (60..120).map(outage::<P>).unzip();
    let mean = |counts: &[usize]| counts.iter().sum::<usize>() as f64 / counts.len() as f64;
    json!({
        "policy": P::POLICY,
        "noticed": failed.iter().filter(|&&calls| calls > 0).count() as f64 / failed.len() as f64,
        "failed": mean(&failed),
        "mostFailed": failed.iter().max(),
        "requests": mean(&requests),
        "failedByBeginning": failed,
        "requestsByBeginning": requests,
    })
}

/// Calls that got no token, and requests while the workspace was down, from `minute` on.
fn outage<P: Process>(minute: u64) -> (usize, usize) {
    let begins = Duration::from_secs(60 * minute);
    let ends = begins + LENGTH;
    let mut world = World::new(minute, begins..ends);
    let mut process = P::new();
    let calls = (0..(ends + LIFETIME / 4).as_secs()).map(Duration::from_secs);
    let failed = calls.filter(|&at| !process.call(at, &mut world)).count();
    (failed, world.requests_while_down())
}

/// Longer than half a token's life.
const LENGTH: Duration = Duration::from_secs(36 * 60);
