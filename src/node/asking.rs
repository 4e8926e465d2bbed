//! Who calls, as JavaScript hands it over: somebody who can be asked for what only the context of that call has.

use napi_sys as sys;

use super::raw::js::{Failed, Js, JsResult};
use super::raw::reference::Reference;
use crate::identity::of_callers::Question;

/// `{ ask(errand, audience), bound(), within }`: `ask` begins an errand, `bound()` is the same function bound to
/// the context of this call, and `within` the errand that the call is made within, if it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asking {
    js: Js,
    caller: sys::napi_value,
}

/// The bound function of a call that is over.
#[derive(Debug)]
pub(super) struct Bound {
    js: Js,
    ask: Reference,
}

impl Asking {
    pub(super) fn new(js: Js, caller: sys::napi_value) -> Asking {
        Asking { js, caller }
    }

    /// Asks at once.
    pub(super) fn ask(self, errand: u64, question: &Question) -> JsResult<()> {
        ask(self.js, self.js.get(self.caller, c"ask")?, errand, question)
    }

    /// What asks later.
    pub(super) fn bound(self) -> JsResult<Bound> {
        let bind = self.js.get(self.caller, c"bound")?;
        let ask = Reference::new(self.js, self.js.call(bind, &[])?)?;
        Ok(Bound { js: self.js, ask })
    }

    /// The errand that this call is made within.
    pub(super) fn within(self) -> JsResult<Option<u64>> {
        let errand = self.js.get(self.caller, c"within")?;
        Ok(self.js.as_number(errand).map(|errand| errand as u64))
    }
}

impl Bound {
    pub(super) fn ask(&self, errand: u64, question: &Question) -> JsResult<()> {
        ask(self.js, self.ask.value().ok_or(Failed::MISSING)?, errand, question)
    }
}

/// Calls `function` with an errand.
fn ask(js: Js, function: sys::napi_value, errand: u64, question: &Question) -> JsResult<()> {
    let audience = match &question.audience {
        Some(audience) => js.string(audience)?,
        None => js.undefined()?,
    };
    js.call(function, &[js.number(errand as f64)?, audience]).map(drop)
}
