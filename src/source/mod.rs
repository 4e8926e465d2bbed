//! The ways to a Postgres token.

pub(crate) mod postgres;
#[cfg(test)]
mod tests;
