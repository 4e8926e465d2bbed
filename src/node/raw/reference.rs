//! A JavaScript value that outlives the call in which it was made.

use std::ptr;

use napi_sys as sys;

use super::js::{Js, JsResult, check};

/// A strong reference. Must be dropped on its environment's thread.
#[derive(Debug)]
pub(crate) struct Reference {
    env: sys::napi_env,
    reference: sys::napi_ref,
}

impl Reference {
    /// Keeps `value`, an object, alive.
    pub(crate) fn new(js: Js, value: sys::napi_value) -> JsResult<Reference> {
        let mut reference = ptr::null_mut();
        // SAFETY: the value is of the current scope.
        check(unsafe { sys::napi_create_reference(js.env(), value, 1, &mut reference) })?;
        Ok(Reference { env: js.env(), reference })
    }

    /// The value, in the current scope.
    #[inline(always)]
    pub(crate) fn value(&self) -> Option<sys::napi_value> {
        let mut value = ptr::null_mut();
        // SAFETY: the reference is deleted by drop only.
        let status = unsafe { sys::napi_get_reference_value(self.env, self.reference, &mut value) };
        (status == sys::Status::napi_ok && !value.is_null()).then_some(value)
    }
}

impl Drop for Reference {
    fn drop(&mut self) {
        // SAFETY: made by new, deleted once; an environment outlives the instance that holds this.
        // There is nothing to be done about a status that is not ok.
        let _ = unsafe { sys::napi_delete_reference(self.env, self.reference) };
    }
}
