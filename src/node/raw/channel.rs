//! The way back to an environment's thread.

use std::ffi::c_void;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use napi_sys as sys;

use super::callback::{self, Call};
use super::js::{Js, JsResult, check};

/// Takes letters to one environment, from any thread.
#[derive(Debug)]
pub(crate) struct Channel<L> {
    /// `None` once the environment is going down: what comes then is dropped.
    function: Arc<Mutex<Option<ThreadsafeFunction>>>,
    letters: PhantomData<fn(L)>,
}

/// What reads the letters, on the environment's thread.
pub(crate) trait Receive {
    /// What is sent.
    type Letter: Send;

    /// Reads one, which came over `channel`.
    fn receive(&self, channel: &Channel<Self::Letter>, letter: Self::Letter);

    /// Whether the event loop is kept alive for letters to come.
    fn is_waiting(&self) -> bool;
}

#[derive(Clone, Copy, Debug)]
struct ThreadsafeFunction(sys::napi_threadsafe_function);

// SAFETY: Node-API documents calls of a thread-safe function as safe on any thread.
unsafe impl Send for ThreadsafeFunction {}

struct Envelope<L> {
    channel: Channel<L>,
    letter: L,
}

impl<L: Send> Channel<L> {
    /// A channel to `receiver` that does not keep the event loop alive.
    ///
    /// # Safety
    ///
    /// `receiver` must be there until [`Channel::close`].
    pub(crate) unsafe fn new<R: Receive<Letter = L>>(
        js: Js,
        name: &str,
        receiver: *const R,
    ) -> JsResult<Channel<L>> {
        let name = js.string(name)?;
        // Our own, so that it can be taken out of the request that happens to be the first.
        let resource = js.object()?;
        // Tools that look for what keeps a process alive, such as Jest's --detectOpenHandles, ask for it,
        // and take whatever does not answer for a culprit. They look when the resource is made.
        let has_ref = callback::function(js, c"hasRef", has_ref::<R>, receiver)?;
        js.set_hidden(resource, c"hasRef", has_ref)?;
        let mut function = ptr::null_mut();
        // SAFETY: resource and name are of the current scope, `deliver` is of the right type, and
        // the caller vouches for the receiver.
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
                receiver.cast_mut().cast(),
                Some(deliver::<R>),
                &mut function,
            )
        })?;
        // SAFETY: the function was made by this environment a moment ago.
        check(unsafe { sys::napi_unref_threadsafe_function(js.env(), function) })?;
        js.detach_from_request(resource)?;
        let function = Arc::new(Mutex::new(Some(ThreadsafeFunction(function))));
        Ok(Channel { function, letters: PhantomData })
    }

    /// Whether the environment's event loop stays alive for letters to come.
    pub(crate) fn keep_alive(&self, js: Js, is_awaited: bool) -> JsResult<()> {
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
    pub(crate) fn close(&self) {
        self.lock().take();
    }

    /// Has `letter` received on the environment's thread, or drops it.
    pub(crate) fn send(&self, letter: L) {
        // Held during the call: the environment cannot go down in between.
        let function = self.lock();
        let Some(function) = *function else { return };
        let envelope = Box::into_raw(Box::new(Envelope { channel: self.clone(), letter }));
        // SAFETY: the function is there while it is in its place, and that is locked.
        let status = unsafe {
            sys::napi_call_threadsafe_function(
                function.0,
                envelope.cast(),
                sys::ThreadsafeFunctionCallMode::nonblocking,
            )
        };
        if status != sys::Status::napi_ok {
            // SAFETY: a call that did not succeed has not taken the envelope.
            drop(unsafe { Box::from_raw(envelope) });
        }
    }
}

impl<L> Channel<L> {
    fn lock(&self) -> MutexGuard<'_, Option<ThreadsafeFunction>> {
        self.function.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<L> Clone for Channel<L> {
    fn clone(&self) -> Channel<L> {
        Channel { function: self.function.clone(), letters: PhantomData }
    }
}

/// `resource.hasRef()`, as Node's own handles have it.
unsafe extern "C" fn has_ref<R: Receive>(
    env: sys::napi_env,
    info: sys::napi_callback_info,
) -> sys::napi_value {
    // SAFETY: these are the callback's own, and the receiver is there as long as JavaScript runs.
    let Some(call) = (unsafe { Call::<R>::read(env, info) }) else {
        return ptr::null_mut();
    };
    let is_waiting = catch_unwind(AssertUnwindSafe(|| call.context.is_waiting()));
    call.js.boolean(is_waiting.unwrap_or(true)).unwrap_or(ptr::null_mut())
}

/// Runs on the environment's thread, once for each letter.
unsafe extern "C" fn deliver<R: Receive>(
    env: sys::napi_env,
    _function: sys::napi_value,
    receiver: *mut c_void,
    envelope: *mut c_void,
) {
    // SAFETY: every envelope was boxed by `send` and is delivered once.
    let envelope = unsafe { Box::from_raw(envelope.cast::<Envelope<R::Letter>>()) };
    if env.is_null() {
        // The environment has gone down with this letter in its queue.
        return;
    }
    // SAFETY: the receiver is there until the channel is closed, and the environment is up.
    let Some(receiver) = (unsafe { receiver.cast::<R>().as_ref() }) else {
        return;
    };
    let Envelope { channel, letter } = *envelope;
    // A panic cannot go anywhere from here.
    let _ = catch_unwind(AssertUnwindSafe(|| receiver.receive(&channel, letter)));
}
