//! What a slot answers.

use super::lease::Lease;
use crate::error::Error;
use crate::event::Reason;

/// What a caller gets.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer<T> {
    /// This token, at once.
    Serve(Lease<T>),
    /// This token, which was refused, but not at once: whoever refuses it again and again, and never
    /// has to wait, would let nothing else happen on its thread.
    ServeLater(Lease<T>),
    /// What the latest flight brings; the fallback, if that is an error or takes long.
    Join {
        /// The token that is still usable.
        fallback: Option<Lease<T>>,
    },
    /// This error, at once: the latest flight failed a moment ago.
    Refuse(Error),
}

/// An answer, and the flight to launch for it.
#[derive(Debug, PartialEq)]
pub struct Asked<T> {
    /// What the caller gets.
    pub answer: Answer<T>,
    /// The flight that the caller of `ask` must launch.
    pub launch: Option<Launch>,
}

/// A flight that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Launch {
    /// Its number.
    pub flight: u64,
    /// Why it is launched.
    pub reason: Reason,
}

impl<T> Asked<T> {
    pub(super) fn at_once(answer: Answer<T>) -> Asked<T> {
        Asked { answer, launch: None }
    }
}
