//! Node-API, as far as this package needs it. Knows nothing of tokens.

pub(super) mod callback;
pub(super) mod channel;
pub(super) mod js;
mod objects;
pub(super) mod process;
mod promises;
pub(super) mod reference;
