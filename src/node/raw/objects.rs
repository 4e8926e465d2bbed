//! Objects and their properties.

use std::ffi::{CStr, c_void};
use std::ptr;

use napi_sys as sys;

use super::js::{Js, JsResult, check};

impl Js {
    #[inline(never)]
    pub(crate) fn object(self) -> JsResult {
        // SAFETY: the environment is that of the current thread.
        self.make(|env, value| unsafe { sys::napi_create_object(env, value) })
    }

    pub(crate) fn array(self) -> JsResult {
        // SAFETY: the environment is that of the current thread.
        self.make(|env, value| unsafe { sys::napi_create_array(env, value) })
    }

    pub(crate) fn set_element(
        self,
        array: sys::napi_value,
        index: u32,
        value: sys::napi_value,
    ) -> JsResult<()> {
        // SAFETY: array and value are of the current scope.
        check(unsafe { sys::napi_set_element(self.env(), array, index, value) })
    }

    /// Gives `object` a property of its own. No setter that a prototype may have runs.
    #[inline(never)]
    pub(crate) fn set(
        self,
        object: sys::napi_value,
        name: &CStr,
        value: sys::napi_value,
    ) -> JsResult<()> {
        self.define(object, name, value, sys::PropertyAttributes::enumerable)
    }

    /// The same with one that enumeration does not show, as those of an `Error` are.
    pub(crate) fn set_hidden(
        self,
        object: sys::napi_value,
        name: &CStr,
        value: sys::napi_value,
    ) -> JsResult<()> {
        self.define(object, name, value, sys::PropertyAttributes::default)
    }

    /// Has `finalize` run on `data`, once, when `object` is gone, or the environment.
    ///
    /// # Safety
    ///
    /// `finalize` must be of the right kind for `data`, which must be there until then.
    pub(crate) unsafe fn finalize_with(
        self,
        object: sys::napi_value,
        data: *mut c_void,
        finalize: sys::napi_finalize,
    ) -> JsResult<()> {
        let (hint, reference) = (ptr::null_mut(), ptr::null_mut());
        // SAFETY: the object is of the current scope, and the caller vouches for the rest.
        check(unsafe {
            sys::napi_add_finalizer(self.env(), object, data, finalize, hint, reference)
        })
    }

    /// What `function` returns.
    #[inline(never)]
    pub(crate) fn call(self, function: sys::napi_value, arguments: &[sys::napi_value]) -> JsResult {
        let this = self.undefined()?;
        let (count, values) = (arguments.len(), arguments.as_ptr());
        // SAFETY: all are of the current scope, and the arguments are read during the call.
        self.make(|env, value| unsafe {
            sys::napi_call_function(env, this, function, count, values, value)
        })
    }

    #[inline(never)]
    fn define(
        self,
        object: sys::napi_value,
        name: &CStr,
        value: sys::napi_value,
        attributes: sys::napi_property_attributes,
    ) -> JsResult<()> {
        let property = sys::napi_property_descriptor {
            utf8name: name.as_ptr(),
            name: ptr::null_mut(),
            method: None,
            getter: None,
            setter: None,
            value,
            attributes: attributes
                | sys::PropertyAttributes::writable
                | sys::PropertyAttributes::configurable,
            data: ptr::null_mut(),
        };
        // SAFETY: object and value are of the current scope, the descriptor is read during the call.
        check(unsafe { sys::napi_define_properties(self.env(), object, 1, &property) })
    }

    /// The object whose properties are everybody's names.
    pub(crate) fn global(self) -> JsResult {
        // SAFETY: the environment is that of the current thread.
        self.make(|env, value| unsafe { sys::napi_get_global(env, value) })
    }

    /// Reads a member of an array, which may run JavaScript.
    pub(crate) fn element(self, array: sys::napi_value, index: u32) -> JsResult {
        // SAFETY: the array is a value of the current scope.
        self.make(|env, value| unsafe { sys::napi_get_element(env, array, index, value) })
    }

    /// Reads a property, which may run JavaScript.
    #[inline(never)]
    pub(crate) fn get(self, object: sys::napi_value, name: &CStr) -> JsResult {
        // SAFETY: the object is of the current scope, the name is read during the call.
        self.make(|env, value| unsafe {
            sys::napi_get_named_property(env, object, name.as_ptr(), value)
        })
    }

    /// Removes the request's `AsyncLocalStorage` stores that Node attached to `object`.
    ///
    /// Until Node 24 an `AsyncLocalStorage` keeps the stores of the request on every object of
    /// that kind, as symbol properties: what lives longer would keep the whole request alive.
    pub(crate) fn detach_from_request(self, object: sys::napi_value) -> JsResult<()> {
        // SAFETY: the object is of the current scope.
        let symbols = self.make(|env, value| unsafe {
            sys::napi_get_all_property_names(
                env,
                object,
                sys::KeyCollectionMode::own_only,
                sys::KeyFilter::skip_strings,
                sys::KeyConversion::keep_numbers,
                value,
            )
        })?;
        let mut count = 0;
        // SAFETY: the names are an array of the current scope.
        check(unsafe { sys::napi_get_array_length(self.env(), symbols, &mut count) })?;
        for index in 0..count {
            // SAFETY: the index is below the array's length.
            let symbol = self
                .make(|env, value| unsafe { sys::napi_get_element(env, symbols, index, value) })?;
            // SAFETY: object and symbol are of the current scope.
            check(unsafe {
                sys::napi_delete_property(self.env(), object, symbol, ptr::null_mut())
            })?;
        }
        Ok(())
    }
}
