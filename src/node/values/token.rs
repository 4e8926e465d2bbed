//! A token as JavaScript gets it.

use crate::cache::lease::Lease;
use crate::node::raw::js::{Js, JsResult};
use crate::secret::PostgresToken;

/// What a promise resolves to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Form {
    /// A string.
    Token,
    /// `{ token, expiresAt }`.
    Credential,
}

impl Form {
    /// The token of `lease` in this form.
    pub(crate) fn to_js(self, js: Js, lease: &Lease<PostgresToken>) -> JsResult {
        let token = js.string(lease.token().0.expose())?;
        match self {
            Form::Token => Ok(token),
            Form::Credential => {
                let credential = js.object()?;
                js.set(credential, c"token", token)?;
                js.set(credential, c"expiresAt", js.date(lease.expires_at())?)?;
                Ok(credential)
            }
        }
    }
}
