//! What the addon keeps for one JavaScript environment: who waits in it, what it does for others, and the
//! way to both.
//!
//! An environment is no thread: vm contexts, Jest and a module that is evaluated again share one.

use std::rc::Rc;

use napi_sys as sys;

use super::agent::Agent;
use super::asking::Asking;
use super::errands::Errands;
use super::events::{Events, Launching, Waits};
use super::news::News;
use super::raw::channel::{Channel, Receive};
use super::raw::js::{Js, JsResult};
use super::waiters::{Settled, SharedWait, Waiters, Wish, With};
use crate::callers::{Caller, Callers, Offer};
use crate::errand::Reply;
use crate::identity::of_callers::Question;
use crate::identity::runners::{Run, Runner};
use crate::registry::{Cache, Flight};
use crate::trip::Watch;

/// One environment's waiters and errands, and their channel.
#[derive(Debug)]
pub(super) struct Environment {
    js: Js,
    agent: Rc<Agent>,
    /// Boxed: the channel points to them.
    recipients: Box<Recipients>,
    channel: Channel<Letter>,
    runner: Runner,
}

#[derive(Debug)]
struct Recipients {
    waiters: Waiters,
    errands: Errands,
    events: Rc<Events>,
}

/// What is sent to an environment's thread.
#[derive(Debug)]
pub(super) enum Letter {
    /// Somebody has waited long enough.
    Settled(Settled),
    /// A program is to be run.
    Run(Run),
    /// The caller who was kept by that number is asked.
    Ask(u64, Reply),
    /// It is not asked any more.
    Release(u64),
    /// Something has happened to a fetch.
    News(News),
}

/// A caller who is kept. Dropped, it is let go.
struct Kept {
    channel: Channel<Letter>,
    number: u64,
}

impl Environment {
    /// An environment that nobody waits in. It must be there until [`Environment::close`].
    pub(super) fn new(js: Js) -> JsResult<Environment> {
        let agent = Rc::new(Agent::none(js));
        let events = Rc::new(Events::new(js, agent.clone()));
        let (waiters, errands) =
            (Waiters::new(js, events.clone()), Errands::new(js, agent.clone()));
        let recipients = Box::new(Recipients { waiters, errands, events });
        // SAFETY: they are there as long as the environment, which is closed before.
        let channel = unsafe { Channel::new(js, "lakebase-token", &raw const *recipients) }?;
        let (runner, way) = (channel.clone(), channel);
        let runner = Runner::new(move |run| runner.send(Letter::Run(run)));
        Ok(Environment { js, agent, recipients, channel: way, runner })
    }

    /// What has it do something, from any thread.
    pub(super) fn runner(&self) -> Runner {
        self.runner.clone()
    }

    /// Keeps whoever calls, to be asked from any thread.
    pub(super) fn keep(
        &self,
        asking: Asking,
        question: Question,
        callers: Callers,
    ) -> JsResult<Caller> {
        let number = self.errands().keep(asking, question, callers)?;
        let kept = Kept { channel: self.channel.clone(), number };
        Ok(Caller::new(move |reply| kept.channel.send(Letter::Ask(kept.number, reply))))
    }

    pub(super) fn errands(&self) -> &Errands {
        &self.recipients.errands
    }

    pub(super) fn events(&self) -> &Events {
        &self.recipients.events
    }

    /// Who does here what the core cannot.
    pub(super) fn agent(&self) -> &Agent {
        &self.agent
    }

    /// Has what happens to `flight` told of: see [`Events::begun`].
    pub(super) fn launching(&self, flight: &mut Flight) -> Launching<Letter> {
        Events::launching(&self.channel, flight)
    }

    /// Has the flights told that are launched while somebody waits.
    pub(super) fn watch(&self, cache: &Cache, waits: &Waits) -> Watch {
        Events::watch(&self.channel, cache, waits)
    }

    pub(super) fn js(&self) -> Js {
        self.js
    }

    /// Has somebody wait: the number, and the pending promise.
    pub(super) fn wait(
        &self,
        wish: Wish,
        waits: Waits,
        offer: Option<Offer>,
    ) -> JsResult<(u64, sys::napi_value)> {
        let with = With { waits, offer };
        self.recipients.waiters.begin(&self.channel, wish, with, |_| Ok(None))
    }

    /// The same with a promise that others may get, as `share` says.
    pub(super) fn wait_together(
        &self,
        wish: Wish,
        waits: Waits,
        share: impl FnOnce(sys::napi_value) -> JsResult<Rc<SharedWait>>,
    ) -> JsResult {
        let with = With { waits, offer: None };
        let (_, promise) = self
            .recipients
            .waiters
            .begin(&self.channel, wish, with, |promise| share(promise).map(Some))?;
        Ok(promise)
    }

    /// Nobody waits for that promise any more: it no longer keeps the process alive.
    pub(super) fn abandon(&self, waiter: u64) -> JsResult<()> {
        self.recipients.waiters.abandon(&self.channel, waiter)
    }

    /// Has nothing delivered any more: the environment is going down.
    pub(super) fn close(&self) {
        self.channel.close();
        self.events().close();
        // Only now: what is dropped there is sent to another one.
        self.errands().close();
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.channel.send(Letter::Release(self.number));
    }
}

impl From<Settled> for Letter {
    fn from(settled: Settled) -> Letter {
        Letter::Settled(settled)
    }
}

impl From<News> for Letter {
    fn from(news: News) -> Letter {
        Letter::News(news)
    }
}

impl Receive for Recipients {
    type Letter = Letter;

    fn receive(&self, channel: &Channel<Letter>, letter: Letter) {
        self.events.catch_up();
        match letter {
            Letter::Settled(settled) => self.waiters.receive(channel, settled),
            Letter::Run(run) => self.errands.run(run),
            Letter::Ask(number, reply) => self.errands.ask_kept(number, reply),
            Letter::Release(number) => self.errands.release(number),
            Letter::News(news) => self.events.receive(news),
        }
    }

    fn is_waiting(&self) -> bool {
        self.waiters.is_waiting()
    }
}
