//! A JavaScript environment: its primitive values and its exceptions.

use std::ptr;
use std::time::{SystemTime, UNIX_EPOCH};

use napi_sys as sys;
use zeroize::Zeroizing;

/// A JavaScript environment, on its own thread.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Js {
    env: sys::napi_env,
}

/// A value, or the status of a call that did not succeed.
pub(crate) type JsResult<T = sys::napi_value> = Result<T, Failed>;

/// A Node-API call that did not succeed. An exception may be pending, whatever the status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Failed(sys::napi_status);

impl Failed {
    /// A reference whose value, or a channel whose environment, no longer exists.
    pub(crate) const MISSING: Failed = Failed(sys::Status::napi_generic_failure);

    /// The status of the call.
    pub(crate) fn status(self) -> sys::napi_status {
        self.0
    }
}

impl Js {
    /// The environment `env`, which must be that of the current thread.
    pub(crate) fn new(env: sys::napi_env) -> Js {
        Js { env }
    }

    pub(crate) fn env(self) -> sys::napi_env {
        self.env
    }

    /// The value of a number; `None` of anything else.
    #[inline(never)]
    pub(crate) fn as_number(self, value: sys::napi_value) -> Option<f64> {
        let mut number = 0.0;
        // SAFETY: the value is of the current scope.
        let status = unsafe { sys::napi_get_value_double(self.env, value, &mut number) };
        (status == sys::Status::napi_ok).then_some(number)
    }

    /// Whether it is an object that is no function.
    pub(crate) fn is_object(self, value: sys::napi_value) -> JsResult<bool> {
        let mut kind = 0;
        // SAFETY: the value is of the current scope.
        check(unsafe { sys::napi_typeof(self.env, value, &mut kind) })?;
        Ok(kind == sys::ValueType::napi_object)
    }

    /// Whether it is `true`, and nothing else.
    #[inline(never)]
    pub(crate) fn is_true(self, value: sys::napi_value) -> bool {
        let mut is = false;
        // SAFETY: the value is of the current scope.
        let status = unsafe { sys::napi_get_value_bool(self.env, value, &mut is) };
        status == sys::Status::napi_ok && is
    }

    #[inline(never)]
    pub(crate) fn undefined(self) -> JsResult {
        // SAFETY: the environment is that of the current thread.
        self.make(|env, value| unsafe { sys::napi_get_undefined(env, value) })
    }

    #[inline(never)]
    pub(crate) fn boolean(self, is: bool) -> JsResult {
        // SAFETY: the environment is that of the current thread.
        self.make(|env, value| unsafe { sys::napi_get_boolean(env, is, value) })
    }

    #[inline(never)]
    pub(crate) fn number(self, number: f64) -> JsResult {
        // SAFETY: the environment is that of the current thread.
        self.make(|env, value| unsafe { sys::napi_create_double(env, number, value) })
    }

    #[inline(never)]
    pub(crate) fn date(self, time: SystemTime) -> JsResult {
        // In whole milliseconds: a `Date` has no others, and cuts off what arithmetic on
        // fractions leaves a little short.
        let unix_ms = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as f64;
        // SAFETY: the environment is that of the current thread.
        self.make(|env, value| unsafe { sys::napi_create_date(env, unix_ms, value) })
    }

    #[inline(never)]
    pub(crate) fn string(self, text: &str) -> JsResult {
        self.make(|env, value| {
            let length = text.len().cast_signed();
            // SAFETY: the text is copied during the call.
            unsafe { sys::napi_create_string_utf8(env, text.as_ptr().cast(), length, value) }
        })
    }

    /// A `Buffer` with a copy of `bytes`.
    pub(crate) fn buffer(self, bytes: &[u8]) -> JsResult {
        let (data, mut copy) = (bytes.as_ptr().cast(), ptr::null_mut());
        // SAFETY: the bytes are copied during the call.
        self.make(|env, value| unsafe {
            sys::napi_create_buffer_copy(env, bytes.len(), data, &mut copy, value)
        })
    }

    pub(crate) fn error(self, message: &str) -> JsResult {
        let message = self.string(message)?;
        // SAFETY: the message is a value of the current scope.
        self.make(|env, value| unsafe {
            sys::napi_create_error(env, ptr::null_mut(), message, value)
        })
    }

    /// The text of a string, which may be a secret; `None` of anything else.
    #[inline(never)]
    pub(crate) fn text(self, value: sys::napi_value) -> JsResult<Option<Zeroizing<String>>> {
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

    /// Whether an exception is pending.
    pub(crate) fn is_throwing(self) -> bool {
        let mut is_pending = false;
        // SAFETY: the environment is that of the current thread.
        let status = unsafe { sys::napi_is_exception_pending(self.env, &mut is_pending) };
        status == sys::Status::napi_ok && is_pending
    }

    /// Takes the exception that is pending; `undefined` if there is none.
    pub(crate) fn take_exception(self) -> JsResult {
        // SAFETY: the environment is that of the current thread.
        self.make(|env, value| unsafe { sys::napi_get_and_clear_last_exception(env, value) })
    }

    /// Lets go of an exception that may be pending and that nobody has to hear of.
    #[inline(never)]
    pub(crate) fn forget_exception(self) {
        // Without one there is nothing to be done about either.
        let _ = self.take_exception();
    }

    /// What `call` writes.
    pub(crate) fn make(
        self,
        call: impl FnOnce(sys::napi_env, *mut sys::napi_value) -> sys::napi_status,
    ) -> JsResult {
        let mut value = ptr::null_mut();
        check(call(self.env, &mut value))?;
        Ok(value)
    }
}

/// The status of a Node-API call as a result.
pub(crate) fn check(status: sys::napi_status) -> JsResult<()> {
    if status == sys::Status::napi_ok { Ok(()) } else { Err(Failed(status)) }
}
