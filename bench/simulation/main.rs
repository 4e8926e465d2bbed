//! What takes hours, or a fleet: simulated over the slot and the lease that the package runs, on a
//! clock that is an argument as everywhere. Beside it the recipe's policy. Tokens live for an hour.
//!
//! `cargo run --example herd -- 100 1000` prints JSON: `fleets` has an element for each size and
//! policy, `outages` one for each policy.

mod fleet;
mod ours;
mod outages;
mod recipe;
mod world;

use serde_json::{Value, json};

use crate::ours::Ours;
use crate::recipe::Recipe;

fn main() {
    let sizes = std::env::args().skip(1).filter_map(|argument| argument.parse().ok());
    let fleets =
        sizes.flat_map(|size| [fleet::figures::<Recipe>(size), fleet::figures::<Ours>(size)]);
    println!(
        "{}",
        json!({
            "fleets": fleets.collect::<Vec<Value>>(),
            "outages": [outages::figures::<Recipe>(), outages::figures::<Ours>()],
        })
    );
}
