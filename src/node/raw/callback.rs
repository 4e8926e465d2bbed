//! Functions that JavaScript calls, and their calls.

use std::ffi::CStr;
use std::ptr;

use napi_sys as sys;

use super::js::{Js, JsResult, check};

/// A call from JavaScript.
pub(crate) struct Call<'a, C> {
    pub js: Js,
    /// What the function was created with.
    pub context: &'a C,
    info: sys::napi_callback_info,
}

impl<C> Call<'_, C> {
    /// # Safety
    ///
    /// `env` and `info` must be those of a callback in progress, whose function was created with a
    /// pointer to a `C` that is there as long as the environment.
    #[inline(always)]
    pub(crate) unsafe fn read(env: sys::napi_env, info: sys::napi_callback_info) -> Option<Self> {
        let mut context = ptr::null_mut();
        let (none, nothing) = (ptr::null_mut(), ptr::null_mut());
        // SAFETY: the caller vouches for env and info; arguments are not asked for.
        let status = unsafe {
            sys::napi_get_cb_info(env, info, none, nothing, ptr::null_mut(), &mut context)
        };
        if status != sys::Status::napi_ok {
            return None;
        }
        // SAFETY: the caller vouches for what the function was created with.
        let context = unsafe { context.cast::<C>().as_ref() }?;
        Some(Call { js: Js::new(env), context, info })
    }

    /// The first `N` arguments; `undefined` where there are fewer.
    pub(crate) fn arguments<const N: usize>(&self) -> JsResult<[sys::napi_value; N]> {
        let mut arguments = [ptr::null_mut(); N];
        let mut count = N;
        let (env, values) = (self.js.env(), arguments.as_mut_ptr());
        let (this, data) = (ptr::null_mut(), ptr::null_mut());
        // SAFETY: env and info are those of a callback in progress, and there is room for `count`.
        check(unsafe { sys::napi_get_cb_info(env, self.info, &mut count, values, this, data) })?;
        Ok(arguments)
    }
}

/// What Node-API calls.
pub(crate) type Function =
    unsafe extern "C" fn(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value;

/// A function that JavaScript calls `name`, with `context` for [`Call::read`].
pub(crate) fn function<C>(js: Js, name: &CStr, function: Function, context: *const C) -> JsResult {
    let context = context.cast_mut().cast();
    let length = name.count_bytes().cast_signed();
    js.make(|env, value| {
        // SAFETY: the name is read during the call; nothing looks at the context before a call.
        unsafe {
            sys::napi_create_function(env, name.as_ptr(), length, Some(function), context, value)
        }
    })
}
