//! This package's values as JavaScript sees them; index.d.ts is their manual.

pub mod error;
pub mod inspection;
pub mod status;
pub mod token;
