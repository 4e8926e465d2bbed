//! What the addon keeps for one JavaScript environment: who waits in it, and the way back to them.
//!
//! An environment is no thread: vm contexts, Jest and a module that is evaluated again share one.

use std::rc::Rc;

use napi_sys as sys;

use super::raw::channel::Channel;
use super::raw::js::{Js, JsResult};
use super::waiters::{Settled, SharedWait, Waiters, Wish};

/// One environment's waiters and their channel.
#[derive(Debug)]
pub(super) struct Environment {
    js: Js,
    /// Boxed: the channel points to them.
    waiters: Box<Waiters>,
    channel: Channel<Settled>,
}

impl Environment {
    /// An environment that nobody waits in. It must be there until [`Environment::close`].
    pub(super) fn new(js: Js) -> JsResult<Environment> {
        let waiters = Box::new(Waiters::new(js));
        // SAFETY: the waiters are there as long as the environment, which is closed before.
        let channel = unsafe { Channel::new(js, "lakebase-token", &raw const *waiters) }?;
        Ok(Environment { js, waiters, channel })
    }

    pub(super) fn js(&self) -> Js {
        self.js
    }

    /// Has somebody wait: the number, and the pending promise.
    pub(super) fn wait(&self, wish: Wish) -> JsResult<(u64, sys::napi_value)> {
        self.waiters.begin(&self.channel, wish, |_| Ok(None))
    }

    /// The same with a promise that others may get, as `share` says.
    pub(super) fn wait_together(
        &self,
        wish: Wish,
        share: impl FnOnce(sys::napi_value) -> JsResult<Rc<SharedWait>>,
    ) -> JsResult {
        let (_, promise) =
            self.waiters.begin(&self.channel, wish, |promise| share(promise).map(Some))?;
        Ok(promise)
    }

    /// Nobody waits for that promise any more: it no longer keeps the process alive.
    pub(super) fn abandon(&self, waiter: u64) -> JsResult<()> {
        self.waiters.abandon(&self.channel, waiter)
    }

    /// Has nothing delivered any more: the environment is going down.
    pub(super) fn close(&self) {
        self.channel.close();
    }
}
