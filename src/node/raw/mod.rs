//! Node-API, as far as this package needs it. Knows nothing of tokens.

pub mod callback;
pub mod channel;
pub mod js;
mod objects;
mod promises;
pub mod reference;
