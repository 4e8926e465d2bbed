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
//!
//! The words:
//!
//! - *access token*: the workspace's (RFC 6749); it buys *Postgres tokens*, the passwords of logins.
//! - *identity*: who asks, and the way to an access token.
//! - *lease*: a granted token in use, with its lifetime. It is *fresh*, then *stale* (a renewal is
//!   due, and it is served meanwhile), *closing* (callers wait for the renewal), *expired*.
//! - *flight*: the one attempt under way to obtain a token, all its requests and retries included. It
//!   is *launched* and *lands*; what nobody awaits any more is *superseded*.
//! - *hit*, *glance*, *miss*: a call that the remembered promise answers, the slot, or a flight.
//! - *waiter*: a pending promise. *Patience*: how long its caller waits at most.
//! - *provider*: who answers the calls for one configuration in one JavaScript *environment*.
//! - *label*: what a message calls a setting, by the name that it was set by.

pub mod cache;
mod callers;
mod config;
mod errand;
pub mod error;
mod event;
pub mod http;
mod identity;
pub mod node;
mod registry;
mod secret;
mod shortage;
mod source;
mod store;
#[cfg(test)]
mod testing;
pub mod time;
mod trip;
mod wire;
