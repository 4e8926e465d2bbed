//! Promises.

use std::ptr;

use napi_sys as sys;

use super::js::{Js, JsResult, check};

impl Js {
    /// A promise, and what settles it.
    pub(crate) fn promise(self) -> JsResult<(sys::napi_deferred, sys::napi_value)> {
        let mut deferred = ptr::null_mut();
        // SAFETY: the environment is that of the current thread.
        let promise =
            self.make(|env, value| unsafe { sys::napi_create_promise(env, &mut deferred, value) })?;
        Ok((deferred, promise))
    }

    /// Settles a promise; `deferred` must not be used again.
    pub(crate) fn settle(
        self,
        deferred: sys::napi_deferred,
        outcome: Result<sys::napi_value, sys::napi_value>,
    ) -> JsResult<()> {
        check(match outcome {
            // SAFETY: the deferred is settled once: by this call.
            Ok(value) => unsafe { sys::napi_resolve_deferred(self.env(), deferred, value) },
            // SAFETY: the deferred is settled once: by this call.
            Err(error) => unsafe { sys::napi_reject_deferred(self.env(), deferred, error) },
        })
    }

    /// Resolves a promise to `value`; where making that did not work out, rejects it with what was
    /// thrown. `deferred` must not be used again.
    pub(crate) fn settle_or_reject(
        self,
        deferred: sys::napi_deferred,
        value: JsResult,
    ) -> JsResult<()> {
        let outcome = match value {
            Ok(value) => Ok(value),
            Err(_) => Err(self.take_exception()?),
        };
        self.settle(deferred, outcome)
    }
}
