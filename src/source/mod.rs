//! The ways to a Postgres token.

mod look_up;
pub(crate) mod postgres;
#[cfg(test)]
mod tests;
