//! The ways to a Postgres token.

pub mod postgres;
#[cfg(test)]
mod tests;
