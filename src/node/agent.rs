//! Who does in JavaScript what the core cannot.

use std::cell::RefCell;
use std::ffi::CStr;

use napi_sys as sys;

use super::raw::js::{Failed, Js, JsResult};
use super::raw::reference::Reference;

/// The agent of one environment: `{ askCli(errand, request), vercel, isHeard(channels), telemetry }`, of the latest copy of the package
/// that was loaded there.
#[derive(Debug)]
pub(super) struct Agent {
    js: Js,
    object: RefCell<Option<Reference>>,
}

impl Agent {
    /// Nobody yet.
    pub(super) fn none(js: Js) -> Agent {
        Agent { js, object: RefCell::default() }
    }

    /// From now on it is `object`.
    pub(super) fn employ(&self, object: sys::napi_value) -> JsResult<()> {
        let object = Reference::new(self.js, object)?;
        self.object.replace(Some(object));
        Ok(())
    }

    /// What it has under that name.
    pub(super) fn get(&self, name: &CStr) -> JsResult {
        let object = self.object.borrow().as_ref().and_then(Reference::value);
        self.js.get(object.ok_or(Failed::MISSING)?, name)
    }
}
