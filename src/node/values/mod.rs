//! This package's values as JavaScript sees them; index.d.ts is their manual.

pub(super) mod error;
pub(super) mod event;
pub(super) mod inspection;
pub(super) mod look;
pub(super) mod options;
pub(super) mod status;
pub(super) mod survey;
pub(super) mod token;
