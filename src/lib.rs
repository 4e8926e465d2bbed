//! The core of `lakebase-token`: the password a Node.js process needs to log in to Databricks
//! Lakebase Postgres.
//!
//! How a token travels:
//!
//! 1. JavaScript calls; [`node`] answers from its memo (a *hit*), or from the slot (a *glance*).
//! 2. On a *miss* it reads `process.env` into a [`config::Config`] and asks [`registry`] for the
//!    one cache that the process has for it.
//! 3. The [`cache`] asks its slot, a state machine that decides: serve, join a flight, refuse.
//! 4. A flight runs on its workspace's thread of [`cache::FlightThread`], those who wait for it on
//!    another; neither belongs to anybody's JavaScript.
//! 5. The flight asks a [`source`]: an access token of its [`identity`] (from a cache of the same
//!    type, where it has to be granted), then with it a Postgres token.
//! 6. [`http`] sends one request until it succeeds or is given up; every wait is bounded. What
//!    happens on the way is told, as an [`event`], to whom the [`trip`] says.
//! 7. The landing updates the slot, wakes the waiters, and [`node`] settles their promises.

pub mod cache;
pub mod config;
pub mod error;
pub mod event;
pub mod http;
pub mod identity;
pub mod node;
pub mod registry;
pub mod secret;
pub mod source;
#[cfg(test)]
mod testing;
pub mod time;
pub mod trip;
pub mod wire;
