//! What the addon keeps for one JavaScript environment: who waits in it, what it does for others, and the
//! way to both.
//!
//! An environment is no thread: vm contexts, Jest and a module that is evaluated again share one.

use std::rc::Rc;

use napi_sys as sys;

use super::errands::Errands;
use super::raw::channel::{Channel, Receive};
use super::raw::js::{Js, JsResult};
use super::waiters::{Settled, SharedWait, Waiters, Wish};
use crate::identity::runners::{Run, Runner};

/// One environment's waiters and errands, and their channel.
#[derive(Debug)]
pub(super) struct Environment {
    js: Js,
    /// Boxed: the channel points to them.
    recipients: Box<Recipients>,
    channel: Channel<Letter>,
    runner: Runner,
}

#[derive(Debug)]
struct Recipients {
    waiters: Waiters,
    errands: Errands,
}

/// What is sent to an environment's thread.
#[derive(Debug)]
pub(super) enum Letter {
    /// Somebody has waited long enough.
    Settled(Settled),
    /// Something is to be done.
    Run(Run),
}

impl Environment {
    /// An environment that nobody waits in. It must be there until [`Environment::close`].
    pub(super) fn new(js: Js) -> JsResult<Environment> {
        let recipients =
            Box::new(Recipients { waiters: Waiters::new(js), errands: Errands::new(js) });
        // SAFETY: they are there as long as the environment, which is closed before.
        let channel = unsafe { Channel::new(js, "lakebase-token", &raw const *recipients) }?;
        let (runner, way) = (channel.clone(), channel);
        let runner = Runner::new(move |run| runner.send(Letter::Run(run)));
        Ok(Environment { js, recipients, channel: way, runner })
    }

    /// What has it do something, from any thread.
    pub(super) fn runner(&self) -> Runner {
        self.runner.clone()
    }

    pub(super) fn errands(&self) -> &Errands {
        &self.recipients.errands
    }

    pub(super) fn js(&self) -> Js {
        self.js
    }

    /// Has somebody wait: the number, and the pending promise.
    pub(super) fn wait(&self, wish: Wish) -> JsResult<(u64, sys::napi_value)> {
        self.recipients.waiters.begin(&self.channel, wish, |_| Ok(None))
    }

    /// The same with a promise that others may get, as `share` says.
    pub(super) fn wait_together(
        &self,
        wish: Wish,
        share: impl FnOnce(sys::napi_value) -> JsResult<Rc<SharedWait>>,
    ) -> JsResult {
        let (_, promise) = self
            .recipients
            .waiters
            .begin(&self.channel, wish, |promise| share(promise).map(Some))?;
        Ok(promise)
    }

    /// Nobody waits for that promise any more: it no longer keeps the process alive.
    pub(super) fn abandon(&self, waiter: u64) -> JsResult<()> {
        self.recipients.waiters.abandon(&self.channel, waiter)
    }

    /// Has nothing delivered any more: the environment is going down.
    pub(super) fn close(&self) {
        self.channel.close();
        // Only now: what is dropped there is sent to another one.
        self.errands().close();
    }
}

impl From<Settled> for Letter {
    fn from(settled: Settled) -> Letter {
        Letter::Settled(settled)
    }
}

impl Receive for Recipients {
    type Letter = Letter;

    fn receive(&self, channel: &Channel<Letter>, letter: Letter) {
        match letter {
            Letter::Settled(settled) => self.waiters.receive(channel, settled),
            Letter::Run(run) => self.errands.begin(run),
        }
    }

    fn is_waiting(&self) -> bool {
        self.waiters.is_waiting()
    }
}
