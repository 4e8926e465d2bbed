//! Who waits in one environment: pending promises, each with a task on the process's thread.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use napi_sys as sys;
use tokio::task::AbortHandle;

use super::events::{Events, Waits};
use super::memo::MemoCell;
use super::raw::channel::Channel;
use super::raw::js::{Js, JsResult};
use super::raw::reference::Reference;
use super::values::event::WaitEnd;
use super::values::token::Form;
use super::values::{error, look};
use crate::cache::{self, Awaited, FlightThread, Served, Told};
use crate::callers::Offer;
use crate::error::Error;
use crate::http::{Http, Look};
use crate::registry::Cache;
use crate::secret::PostgresToken;
use crate::time::{Now, TimeLimit};
use crate::trip::{Trip, Watch};

/// The waiters of one environment. While there are any, its event loop stays alive.
#[derive(Debug)]
pub(super) struct Waiters {
    js: Js,
    events: Rc<Events>,
    waiting: RefCell<HashMap<u64, Waiter>>,
    last_number: Cell<u64>,
}

/// One pending promise, and what it waits for.
#[derive(Debug)]
struct Waiter {
    /// What settles the promise.
    deferred: sys::napi_deferred,
    wish: Wish,
    /// Who else gets the promise.
    shared: Option<Rc<SharedWait>>,
    with: With,
    task: Task,
}

/// What there is as long as somebody waits.
#[derive(Debug)]
pub(super) struct With {
    /// Is told how it ends.
    pub waits: Waits,
    /// The caller's place among those who can be asked.
    pub offer: Option<Offer>,
}

/// What waits on the process's thread. Dropped, it waits no more: there is nobody to tell.
#[derive(Debug, Default)]
struct Task(Option<AbortHandle>);

/// What is waited for.
#[derive(Clone, Debug)]
pub(super) enum Wish {
    /// A token.
    Token {
        /// Where it comes from.
        cache: Cache,
        /// What it answered, and the flight that it named.
        told: Box<Told<PostgresToken>>,
        /// What the promise resolves to.
        form: Form,
        /// The life that it shall have left.
        life: Duration,
        /// When to give up.
        patience: TimeLimit,
        /// Who observes the flights that it takes.
        watch: Watch,
    },
    /// The expiry of the access token of the flight under way, as soon as that flight has one.
    AccessTokenExpiry(Cache),
    /// What comes of trying the store of those tokens.
    TryStore(Cache),
    /// What the workspace whose tokens those are says at a path.
    LookUp(Cache, String, TimeLimit),
    /// What is seen of a workspace within so long, by a client of its own.
    Look(Arc<Http>, Duration),
}

/// A pending promise that a provider gives to all who ask it at the same time. It is there as long
/// as the promise is pending.
#[derive(Debug)]
pub(super) struct SharedWait {
    /// What it waits for.
    pub cache: Cache,
    pub flight: Flying,
    pub since: Now,
    pub promise: Rc<Reference>,
    /// Of all who got it.
    pub waits: Waits,
    pub offers: RefCell<Vec<Offer>>,
    /// How many got it after the first.
    pub others: Cell<u64>,
    /// What remembers it, once it is resolved.
    pub memo: Rc<MemoCell>,
}

/// What a waiter waited for.
#[derive(Debug)]
pub(super) struct Settled {
    number: u64,
    outcome: Outcome,
}

type Outcome = Result<Got, Error>;

/// A flight under way.
pub(super) type Flying = Awaited<PostgresToken>;

/// What has been waited for.
#[derive(Debug)]
enum Got {
    Token(Form, Served<PostgresToken>),
    AccessTokenExpiry(Option<SystemTime>),
    Json(String),
    Store(Option<Result<bool, String>>),
    Look((Look, Option<Error>)),
}

/// What takes it to the environment's thread.
pub(super) trait Reply: From<Settled> + Send + 'static {}

impl<L: From<Settled> + Send + 'static> Reply for L {}

/// The reply owed to one waiter. Dropped unsent, it sends [`Error::interrupted`].
struct Owed<L: Reply> {
    channel: Channel<L>,
    number: u64,
    is_sent: bool,
}

impl Waiters {
    pub(super) fn new(js: Js, events: Rc<Events>) -> Waiters {
        Waiters { js, events, waiting: RefCell::default(), last_number: Cell::new(0) }
    }

    /// Has somebody wait for `wish`: its number, and its pending promise. `share` says who else gets the promise.
    pub(super) fn begin<L: Reply>(
        &self,
        channel: &Channel<L>,
        wish: Wish,
        with: With,
        share: impl FnOnce(sys::napi_value) -> JsResult<Option<Rc<SharedWait>>>,
    ) -> JsResult<(u64, sys::napi_value)> {
        let (deferred, promise) = self.js.promise()?;
        let (shared, task) = (share(promise)?, Task::default());
        let waiter = Waiter { deferred, wish, shared, with, task };
        let number = self.last_number.get() + 1;
        self.last_number.set(number);
        channel.keep_alive(self.js, true)?;
        self.wait(channel, number, waiter);
        Ok((number, promise))
    }

    /// Nobody waits for that promise any more: it is let go.
    pub(super) fn abandon<L: Reply>(&self, channel: &Channel<L>, number: u64) -> JsResult<()> {
        if let Some(Waiter { deferred, with, .. }) = self.take(number) {
            self.events.waits_end(&with.waits, WaitEnd::Aborted);
            // Resolved, because that is how Node-API frees it; whoever held it has left.
            self.js.settle(deferred, Ok(self.js.undefined()?))?;
        }
        self.let_loop_end(channel)
    }

    fn wait<L: Reply>(&self, channel: &Channel<L>, number: u64, waiter: Waiter) {
        let owed = Owed { channel: channel.clone(), number, is_sent: false };
        let wish = waiter.wish.clone();
        self.waiting.borrow_mut().insert(number, waiter);
        // Only now: a reply may be sent at once.
        let thread = match cache::wait_handle() {
            Ok(thread) => thread,
            Err(reason) => return owed.send(Err(reason)),
        };
        let sending = async move { owed.send(wish.come_true().await) };
        let task = cache::run(&thread, Box::pin(sending));
        if let Some(waiter) = self.waiting.borrow_mut().get_mut(&number) {
            waiter.task = Task(Some(task.abort_handle()));
        }
    }

    fn settle(&self, waiter: Waiter, outcome: Outcome) -> JsResult<()> {
        let Waiter { deferred, shared, with: With { waits, offer }, .. } = waiter;
        drop(offer);
        let got = match outcome {
            Ok(got) => got,
            Err(reason) => {
                let error = error::to_js(self.js, &reason)?;
                self.events.waits_end(&waits, WaitEnd::Failed(error));
                return self.js.settle(deferred, Err(error));
            }
        };
        if let Got::Token(_, served) = &got {
            self.events.waits_end(&waits, self.end(served));
        }
        let settled = self.js.settle_or_reject(deferred, got.to_js(self.js));
        if let (Some(shared), Got::Token(_, served)) = (shared.as_deref(), &got) {
            let SharedWait { cache, promise, memo, others, .. } = shared;
            if served.is_fallback {
                cache.fell_back(others.get());
            }
            memo.remember(self.js, cache.clone(), &served.lease, promise.clone());
        }
        settled
    }

    fn end(&self, served: &Served<PostgresToken>) -> WaitEnd {
        if !served.is_fallback {
            return WaitEnd::Token;
        }
        let error = served.error.as_ref().map(|error| error::to_js(self.js, error));
        WaitEnd::Fallback(error.and_then(Result::ok))
    }

    fn take(&self, number: u64) -> Option<Waiter> {
        self.waiting.borrow_mut().remove(&number)
    }

    /// Lets the event loop end if nobody waits.
    fn let_loop_end<L: Reply>(&self, channel: &Channel<L>) -> JsResult<()> {
        if !self.is_waiting() {
            channel.keep_alive(self.js, false)?;
        }
        Ok(())
    }

    /// Settles the promise of whoever waited for that.
    pub(super) fn receive<L: Reply>(
        &self,
        channel: &Channel<L>,
        Settled { number, outcome }: Settled,
    ) {
        let Some(waiter) = self.take(number) else { return };
        if outcome.as_ref().is_ok_and(Got::is_dead) {
            // It was on its way for long, through a suspend perhaps: never hand out a dead token.
            return self.wait(channel, number, waiter);
        }
        // A status that is not ok means that the environment is going down, with its promises.
        let _ = self.settle(waiter, outcome);
        // Whatever became of it: this one waits no more.
        let _ = self.let_loop_end(channel);
    }

    /// Whether anybody waits.
    pub(super) fn is_waiting(&self) -> bool {
        !self.waiting.borrow().is_empty()
    }
}

impl Wish {
    async fn come_true(self) -> Outcome {
        match self {
            Wish::Token { cache, told, form, life, patience, watch } => {
                let trip = Trip { watch: Some(watch), ..Trip::unwatched(patience) };
                let served = cache.lease_after(Some(*told), &trip, life).await?;
                Ok(Got::Token(form, served))
            }
            Wish::AccessTokenExpiry(cache) => cache.authorized().await.map(Got::AccessTokenExpiry),
            Wish::TryStore(cache) => {
                let thread = cache.thread();
                let trying = async move {
                    let shared = cache.source().shared()?;
                    Some(shared.try_out().await)
                };
                on_thread(thread, Box::pin(async move { Ok(Got::Store(trying.await)) })).await
            }
            Wish::LookUp(cache, path, patience) => {
                let thread = cache.thread();
                let looking = async move {
                    let trip = Trip::unwatched(patience);
                    cache.source().look_up(&path, &trip).await.map(Got::Json)
                };
                on_thread(thread, Box::pin(looking)).await
            }
            Wish::Look(http, limit) => {
                let looking = async move { Ok(Got::Look(http.look(limit).await)) };
                on_thread(FlightThread::Own(0), Box::pin(looking)).await
            }
        }
    }
}

/// What comes of it where there are sockets: those who wait have none.
async fn on_thread(
    thread: FlightThread,
    asking: Pin<Box<dyn Future<Output = Outcome> + Send>>,
) -> Outcome {
    thread.handle()?.spawn(asking).await.unwrap_or_else(|_| Err(Error::interrupted()))
}

impl Got {
    fn is_dead(&self) -> bool {
        matches!(self, Got::Token(_, served) if !served.lease.is_usable(Now::read()))
    }

    fn to_js(&self, js: Js) -> JsResult {
        match self {
            Got::Token(form, served) => form.to_js(js, &served.lease),
            Got::AccessTokenExpiry(Some(expiry)) => js.date(*expiry),
            Got::AccessTokenExpiry(None) => js.undefined(),
            Got::Json(text) => js.string(text),
            Got::Store(tried) => store_to_js(js, tried.as_ref()),
            Got::Look(seen) => look::to_js(js, seen),
        }
    }
}

/// `{ isThere }` or `{ failure }`.
fn store_to_js(js: Js, tried: Option<&Result<bool, String>>) -> JsResult {
    let Some(tried) = tried else { return js.undefined() };
    let object = js.object()?;
    match tried {
        Ok(is_there) => js.set(object, c"isThere", js.boolean(*is_there)?)?,
        Err(failure) => js.set(object, c"failure", js.string(failure)?)?,
    }
    Ok(object)
}

impl<L: Reply> Owed<L> {
    fn send(mut self, outcome: Outcome) {
        self.is_sent = true;
        self.channel.send(Settled { number: self.number, outcome }.into());
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        if let Task(Some(task)) = self {
            task.abort();
        }
    }
}

impl<L: Reply> Drop for Owed<L> {
    fn drop(&mut self) {
        if !self.is_sent {
            let outcome = Err(Error::interrupted());
            self.channel.send(Settled { number: self.number, outcome }.into());
        }
    }
}
