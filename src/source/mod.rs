//! The ways to a Postgres token.

mod look_up;
pub(crate) mod postgres;
mod shared;
#[cfg(test)]
mod tests;
