//! The ways to a Postgres token.

mod host;
pub(crate) mod postgres;
#[cfg(test)]
mod tests;
