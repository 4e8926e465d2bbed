//! What a cache asks.

use std::future::Future;

use super::lease::Grant;
use crate::error::Error;
use crate::trip::Trip;

/// Where tokens of one kind come from.
pub trait Source: Send + Sync + 'static {
    /// The kind of token.
    type Token: Clone + PartialEq + Send + Sync + 'static;

    /// What to do for a caller whose patience has ended while a token is on its way.
    fn advice_when_late(&self) -> String;

    /// Obtains a new token within the budget of `trip`, and reports what happens on the way.
    fn fetch(&self, trip: &Trip) -> impl Future<Output = Result<Grant<Self::Token>, Error>> + Send;
}
