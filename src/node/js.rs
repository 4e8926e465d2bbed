//! The few Node-API calls that this package needs, each once.

use std::ffi::{CStr, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::time::{SystemTime, UNIX_EPOCH};

use napi_sys as sys;
use zeroize::Zeroizing;

use super::instance::Instance;
use crate::error::Error;

/// A JavaScript environment, on its own thread.
#[derive(Clone, Copy, Debug)]
pub struct Js {
    env: sys::napi_env,
}

/// A value, or the status of a call that did not succeed.
pub type JsResult<T = sys::napi_value> = Result<T, Failed>;

/// A Node-API call that did not succeed. An exception may be pending, whatever the status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failed(sys::napi_status);

impl Failed {
    /// What should be there is gone.
    pub const GONE: Failed = Failed(sys::Status::napi_generic_failure);
}

/// A call from JavaScript.
pub struct Call<'a> {
    /// Its environment.
    pub js: Js,
    /// What the function was created with.
    pub instance: &'a Instance,
    info: sys::napi_callback_info,
}

impl Call<'_> {
    /// # Safety
    ///
    /// `env` and `info` must be those of a callback in progress, whose function was created by
    /// [`super::register`].
    #[inline]
    pub unsafe fn read(env: sys::napi_env, info: sys::napi_callback_info) -> Option<Self> {
        let mut instance = ptr::null_mut();
        let (none, nothing) = (ptr::null_mut(), ptr::null_mut());
        // SAFETY: the caller vouches for env and info; arguments are not asked for.
        let status = unsafe {
            sys::napi_get_cb_info(env, info, none, nothing, ptr::null_mut(), &mut instance)
        };
        if status != sys::Status::napi_ok {
            return None;
        }
        // SAFETY: every function was created with its environment's instance, which lives until
        // the environment's cleanup, and no function can be called after that.
        let instance = unsafe { instance.cast::<Instance>().as_ref() }?;
        Some(Call { js: Js::new(env), instance, info })
    }

    /// The first `N` arguments; `undefined` where there are fewer.
    pub fn arguments<const N: usize>(&self) -> JsResult<[sys::napi_value; N]> {
        let mut arguments = [ptr::null_mut(); N];
        let mut count = N;
        let (env, values) = (self.js.env, arguments.as_mut_ptr());
        let (this, data) = (ptr::null_mut(), ptr::null_mut());
        // SAFETY: env and info are those of a callback in progress, and there is room for `count`.
        check(unsafe { sys::napi_get_cb_info(env, self.info, &mut count, values, this, data) })?;
        Ok(arguments)
    }
}

/// Runs `body` for a callback: a panic or a failed Node-API call ends here.
pub fn guarded(
    env: sys::napi_env,
    info: sys::napi_callback_info,
    body: impl FnOnce(Call<'_>) -> JsResult,
) -> sys::napi_value {
    // SAFETY: only callbacks call this, with what they were given.
    let Some(call) = (unsafe { Call::read(env, info) }) else {
        return ptr::null_mut();
    };
    let js = call.js;
    let outcome = catch_unwind(AssertUnwindSafe(|| body(call)));
    match outcome {
        Ok(Ok(value)) => value,
        // The exception that is pending is what the caller sees.
        Ok(Err(_)) | Err(_) if js.is_throwing() => ptr::null_mut(),
        Ok(Err(_)) | Err(_) => js.rejected(&Error::interrupted()).unwrap_or(ptr::null_mut()),
    }
}

/// What napi-rs wants of a failed call during registration.
pub fn to_napi_error(failed: Failed) -> napi::Error {
    napi::Error::from_status(napi::Status::from(failed.0))
}

impl Js {
    /// The environment `env`, which must be that of the current thread.
    pub fn new(env: sys::napi_env) -> Js {
        Js { env }
    }

    /// The raw environment.
    pub fn env(self) -> sys::napi_env {
        self.env
    }

    /// A function with `data` on its callback info.
    pub fn function(self, name: &CStr, function: super::Function, data: *mut c_void) -> JsResult {
        self.make(|env, value| {
            let length = name.count_bytes().cast_signed();
            // SAFETY: the name is read during the call; the caller of `function` vouches for data.
            unsafe {
                sys::napi_create_function(env, name.as_ptr(), length, Some(function), data, value)
            }
        })
    }

    /// The value of a number; `None` of anything else.
    pub fn as_number(self, value: sys::napi_value) -> Option<f64> {
        let mut number = 0.0;
        // SAFETY: the value is of the current scope.
        let status = unsafe { sys::napi_get_value_double(self.env, value, &mut number) };
        (status == sys::Status::napi_ok).then_some(number)
    }

    /// `undefined`.
    pub fn undefined(self) -> JsResult {
        // SAFETY: the environment is that of the current thread.
        self.make(|env, value| unsafe { sys::napi_get_undefined(env, value) })
    }

    /// A boolean.
    pub fn boolean(self, is: bool) -> JsResult {
        // SAFETY: the environment is that of the current thread.
        self.make(|env, value| unsafe { sys::napi_get_boolean(env, is, value) })
    }

    /// A number.
    pub fn number(self, number: f64) -> JsResult {
        // SAFETY: the environment is that of the current thread.
        self.make(|env, value| unsafe { sys::napi_create_double(env, number, value) })
    }

    /// A `Date`.
    pub fn date(self, time: SystemTime) -> JsResult {
        // In whole milliseconds: a `Date` has no others, and cuts off what arithmetic on
        // fractions leaves a little short.
        let unix_ms = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as f64;
        // SAFETY: the environment is that of the current thread.
        self.make(|env, value| unsafe { sys::napi_create_date(env, unix_ms, value) })
    }

    /// A string.
    pub fn string(self, text: &str) -> JsResult {
        self.make(|env, value| {
            let length = text.len().cast_signed();
            // SAFETY: the text is copied during the call.
            unsafe { sys::napi_create_string_utf8(env, text.as_ptr().cast(), length, value) }
        })
    }

    /// An empty object.
    pub fn object(self) -> JsResult {
        // SAFETY: the environment is that of the current thread.
        self.make(|env, value| unsafe { sys::napi_create_object(env, value) })
    }

    /// An `Error`.
    pub fn error(self, message: &str) -> JsResult {
        let message = self.string(message)?;
        // SAFETY: the message is a value of the current scope.
        self.make(|env, value| unsafe {
            sys::napi_create_error(env, ptr::null_mut(), message, value)
        })
    }

    /// Gives `object` a property of its own. No setter that a prototype may have runs.
    pub fn set(self, object: sys::napi_value, name: &CStr, value: sys::napi_value) -> JsResult<()> {
        self.define(object, name, value, sys::PropertyAttributes::enumerable)
    }

    /// The same with one that enumeration does not show, as those of an `Error` are.
    pub fn set_hidden(
        self,
        object: sys::napi_value,
        name: &CStr,
        value: sys::napi_value,
    ) -> JsResult<()> {
        self.define(object, name, value, sys::PropertyAttributes::default)
    }

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
        check(unsafe { sys::napi_define_properties(self.env, object, 1, &property) })
    }

    /// Reads a property, which may run JavaScript.
    pub fn get(self, object: sys::napi_value, name: &CStr) -> JsResult {
        // SAFETY: the object is of the current scope, the name is read during the call.
        self.make(|env, value| unsafe {
            sys::napi_get_named_property(env, object, name.as_ptr(), value)
        })
    }

    /// The text of a string, which may be a secret; `None` of anything else.
    pub fn text(self, value: sys::napi_value) -> JsResult<Option<Zeroizing<String>>> {
        let mut kind = 0;
        // SAFETY: the value is of the current scope.
        check(unsafe { sys::napi_typeof(self.env, value, &mut kind) })?;
        if kind != sys::ValueType::napi_string {
            return Ok(None);
        }
        let mut length = 0;
        // SAFETY: without a buffer only the length is told.
        check(unsafe {
            sys::napi_get_value_string_utf8(self.env, value, ptr::null_mut(), 0, &mut length)
        })?;
        let mut bytes = vec![0_u8; length + 1];
        let room = bytes.len();
        let buffer = bytes.as_mut_ptr().cast();
        // SAFETY: the buffer has room for the text and the terminating zero.
        check(unsafe {
            sys::napi_get_value_string_utf8(self.env, value, buffer, room, &mut length)
        })?;
        bytes.truncate(length);
        // Node replaces what is not UTF-8 by itself.
        let text = String::from_utf8(bytes)
            .unwrap_or_else(|bytes| String::from_utf8_lossy(bytes.as_bytes()).into_owned());
        Ok(Some(Zeroizing::new(text)))
    }

    /// A promise, and what settles it.
    pub fn promise(self) -> JsResult<(sys::napi_deferred, sys::napi_value)> {
        let mut deferred = ptr::null_mut();
        // SAFETY: the environment is that of the current thread.
        let promise =
            self.make(|env, value| unsafe { sys::napi_create_promise(env, &mut deferred, value) })?;
        Ok((deferred, promise))
    }

    /// Settles a promise; `deferred` must not be used again.
    pub fn settle(
        self,
        deferred: sys::napi_deferred,
        outcome: Result<sys::napi_value, sys::napi_value>,
    ) -> JsResult<()> {
        check(match outcome {
            // SAFETY: the deferred is settled once: by this call.
            Ok(value) => unsafe { sys::napi_resolve_deferred(self.env, deferred, value) },
            // SAFETY: the deferred is settled once: by this call.
            Err(error) => unsafe { sys::napi_reject_deferred(self.env, deferred, error) },
        })
    }

    /// Resolves a promise to `value`; where making that did not work out, rejects it with what was
    /// thrown. `deferred` must not be used again.
    pub fn settle_or_reject(self, deferred: sys::napi_deferred, value: JsResult) -> JsResult<()> {
        let outcome = match value {
            Ok(value) => Ok(value),
            Err(_) => Err(self.take_exception()?),
        };
        self.settle(deferred, outcome)
    }

    /// Rejects a promise; `deferred` must not be used again.
    pub fn reject(self, deferred: sys::napi_deferred, error: &Error) -> JsResult<()> {
        self.settle(deferred, Err(super::error::to_js(self, error)?))
    }

    /// A promise that is already rejected.
    pub fn rejected(self, error: &Error) -> JsResult {
        let (deferred, promise) = self.promise()?;
        self.reject(deferred, error)?;
        Ok(promise)
    }

    /// Whether an exception is pending.
    pub fn is_throwing(self) -> bool {
        let mut is_pending = false;
        // SAFETY: the environment is that of the current thread.
        let status = unsafe { sys::napi_is_exception_pending(self.env, &mut is_pending) };
        status == sys::Status::napi_ok && is_pending
    }

    /// Takes the exception that is pending; `undefined` if there is none.
    pub fn take_exception(self) -> JsResult {
        // SAFETY: the environment is that of the current thread.
        self.make(|env, value| unsafe { sys::napi_get_and_clear_last_exception(env, value) })
    }

    /// Lets go of an exception that may be pending and that nobody has to hear of.
    pub fn forget_exception(self) {
        // Without one there is nothing to be done about either.
        let _ = self.take_exception();
    }

    /// Takes an object out of the request during which it was made.
    ///
    /// Until Node 24 an `AsyncLocalStorage` keeps the stores of the request on every object of
    /// that kind, as symbol properties: what lives longer would keep the whole request alive.
    pub fn detach_from_request(self, object: sys::napi_value) -> JsResult<()> {
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
        check(unsafe { sys::napi_get_array_length(self.env, symbols, &mut count) })?;
        for index in 0..count {
            // SAFETY: the index is below the array's length.
            let symbol = self
                .make(|env, value| unsafe { sys::napi_get_element(env, symbols, index, value) })?;
            // SAFETY: object and symbol are of the current scope.
            check(unsafe { sys::napi_delete_property(self.env, object, symbol, ptr::null_mut()) })?;
        }
        Ok(())
    }

    fn make(
        self,
        call: impl FnOnce(sys::napi_env, *mut sys::napi_value) -> sys::napi_status,
    ) -> JsResult {
        let mut value = ptr::null_mut();
        check(call(self.env, &mut value))?;
        Ok(value)
    }
}

/// The status of a Node-API call as a result.
pub fn check(status: sys::napi_status) -> JsResult<()> {
    if status == sys::Status::napi_ok { Ok(()) } else { Err(Failed(status)) }
}

/// A result as the status that [`check`] takes.
pub fn status_of(result: JsResult<()>) -> sys::napi_status {
    result.map_or_else(|Failed(status)| status, |()| sys::Status::napi_ok)
}
