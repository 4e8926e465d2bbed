//! The way back to an environment's thread.

use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::sync::{Arc, Mutex, PoisonError};

use napi_sys as sys;

use super::instance::Instance;
use super::js::{Js, JsResult, check};
use crate::cache::lease::Lease;
use crate::error::Error;
use crate::secret::PostgresToken;

/// What a waiter waited for.
pub type Outcome = Result<Lease<PostgresToken>, Error>;

/// Where letters for one environment are dropped, from any thread.
#[derive(Clone, Debug)]
pub struct Mailbox {
    /// `None` once the environment is going down: what comes then is dropped.
    function: Arc<Mutex<Option<ThreadsafeFunction>>>,
}

#[derive(Clone, Copy, Debug)]
struct ThreadsafeFunction(sys::napi_threadsafe_function);

// SAFETY: Node-API documents calls of a thread-safe function as safe on any thread.
unsafe impl Send for ThreadsafeFunction {}

/// To the waiter with that number.
struct Letter {
    waiter: u64,
    outcome: Outcome,
}

/// The envelope of one waiter: opened empty-handed, it says that the wait was interrupted.
pub struct Envelope {
    mailbox: Mailbox,
    waiter: u64,
    is_sent: bool,
}

impl Mailbox {
    /// A mailbox that does not keep the event loop alive. Letters go to `instance`.
    pub fn new(js: Js, instance: *const Instance) -> JsResult<Mailbox> {
        let name = js.string("lakebase-token")?;
        // Our own, so that it can be taken out of the request that happens to be the first.
        let resource = js.object()?;
        let mut function = ptr::null_mut();
        // SAFETY: resource and name are of the current scope, `deliver` is of the right type, and
        // the instance lives until the environment's cleanup.
        check(unsafe {
            sys::napi_create_threadsafe_function(
                js.env(),
                ptr::null_mut(),
                resource,
                name,
                0,
                1,
                ptr::null_mut(),
                None,
                instance.cast_mut().cast(),
                Some(deliver),
                &mut function,
            )
        })?;
        // SAFETY: the function was made by this environment a moment ago.
        check(unsafe { sys::napi_unref_threadsafe_function(js.env(), function) })?;
        js.detach_from_request(resource)?;
        Ok(Mailbox { function: Arc::new(Mutex::new(Some(ThreadsafeFunction(function)))) })
    }

    /// An envelope for `waiter`, which hears of it in any case.
    pub fn envelope(&self, waiter: u64) -> Envelope {
        Envelope { mailbox: self.clone(), waiter, is_sent: false }
    }

    /// Whether the environment's event loop stays alive for letters to come.
    pub fn keep_alive(&self, js: Js, is_awaited: bool) -> JsResult<()> {
        let Some(function) = *self.lock() else {
            return Ok(());
        };
        check(if is_awaited {
            // SAFETY: on the environment's own thread, and the function is there until `close`.
            unsafe { sys::napi_ref_threadsafe_function(js.env(), function.0) }
        } else {
            // SAFETY: on the environment's own thread, and the function is there until `close`.
            unsafe { sys::napi_unref_threadsafe_function(js.env(), function.0) }
        })
    }

    /// Drops all letters from now on. The environment ends the function itself.
    pub fn close(&self) {
        self.lock().take();
    }

    fn send(&self, letter: Letter) {
        // Held during the call: the environment cannot go down in between.
        let function = self.lock();
        let Some(function) = *function else { return };
        let letter = Box::into_raw(Box::new(letter));
        // SAFETY: the function is there while it is in its place, and that is locked.
        let status = unsafe {
            sys::napi_call_threadsafe_function(
                function.0,
                letter.cast(),
                sys::ThreadsafeFunctionCallMode::nonblocking,
            )
        };
        if status != sys::Status::napi_ok {
            // SAFETY: a call that did not succeed has not taken the letter.
            drop(unsafe { Box::from_raw(letter) });
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<ThreadsafeFunction>> {
        self.function.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Envelope {
    /// Sends what the waiter waited for.
    pub fn send(mut self, outcome: Outcome) {
        self.is_sent = true;
        self.mailbox.send(Letter { waiter: self.waiter, outcome });
    }
}

impl Drop for Envelope {
    fn drop(&mut self) {
        if !self.is_sent {
            self.mailbox.send(Letter { waiter: self.waiter, outcome: Err(Error::interrupted()) });
        }
    }
}

/// Runs on the environment's thread, once for each letter.
unsafe extern "C" fn deliver(
    env: sys::napi_env,
    _function: sys::napi_value,
    instance: *mut c_void,
    letter: *mut c_void,
) {
    // SAFETY: every letter was boxed by `send` and is delivered once.
    let letter = unsafe { Box::from_raw(letter.cast::<Letter>()) };
    if env.is_null() {
        // The environment has gone down with this letter in its queue.
        return;
    }
    // SAFETY: the instance lives until the environment's cleanup, and the environment is there.
    let Some(instance) = (unsafe { instance.cast::<Instance>().as_ref() }) else {
        return;
    };
    // Neither a panic nor a status can go anywhere from here. A status that is not ok means that
    // the environment is going down, with its promises.
    let _ = catch_unwind(AssertUnwindSafe(|| instance.settle(letter.waiter, letter.outcome)));
}
