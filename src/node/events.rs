//! What JavaScript is told of fetches, waits and refused tokens, where somebody listens: js/telemetry.js publishes it.
//!
//! Nothing is made, kept or sent while nobody does, and nothing of it keeps the event loop alive.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use napi_sys as sys;

use super::agent::Agent;
use super::news::{Audience, Bring, Line, Moment, News};
use super::publisher::{self, ATTEMPT_FAILED, Publisher, REJECTED};
use super::raw::channel::Channel;
use super::raw::js::{Failed, Js, JsResult};
use super::raw::reference::Reference;
use super::values::event::{self, Ended, Place, WaitEnd};
use crate::error::Error;
use crate::event::Reason;
use crate::registry::{Cache, Flight, Refusal};
use crate::time::Now;
use crate::trip::Watch;

/// What is told in one environment, and to whom.
#[derive(Debug)]
pub(super) struct Events {
    js: Js,
    agent: Rc<Agent>,
    /// The names of all channels, once they have been asked for.
    channels: RefCell<Option<Reference>>,
    /// The contexts of fetches under way, by number.
    fetches: RefCell<HashMap<u64, Reference>>,
    /// What has happened before it was known whether anybody listens.
    meanwhile: RefCell<Vec<News>>,
}

/// Those who wait for one promise, for whoever listens.
#[derive(Clone, Debug, Default)]
pub(super) struct Waits(Rc<WaitLog>);

#[derive(Debug, Default)]
struct WaitLog {
    /// The context of each of them; `None` where nobody listens.
    contexts: RefCell<Option<Vec<Reference>>>,
    /// The same for other threads.
    is_heard: Arc<AtomicBool>,
}

/// A flight that is under way, and of which has to be told yet.
pub(super) struct Launching<L: Bring> {
    line: Arc<Line<L>>,
    at: SystemTime,
    reason: Reason,
}

/// What a call has begun.
pub(super) struct Begun<'a, L: Bring> {
    pub cache: &'a Cache,
    pub at: Now,
    /// The flight that it launched.
    pub launching: Option<Launching<L>>,
    /// Who waits, if the caller does.
    pub waits: Option<&'a Waits>,
}

/// A fetch as it begins.
struct Begins<'a> {
    fetch: u64,
    cache: &'a Cache,
    at: SystemTime,
    reason: Reason,
}

impl Events {
    pub(super) fn new(js: Js, agent: Rc<Agent>) -> Events {
        Events {
            js,
            agent,
            channels: RefCell::default(),
            fetches: RefCell::default(),
            meanwhile: RefCell::default(),
        }
    }

    /// Has what happens to `flight` kept until [`Events::begun`].
    pub(super) fn launching<L: Bring>(channel: &Channel<L>, flight: &mut Flight) -> Launching<L> {
        let line = Line::new(channel.clone(), Audience::Unknown(Vec::new()));
        flight.observed_by(line.observer());
        Launching { line, at: flight.begun(), reason: flight.reason() }
    }

    /// Tells of the flight and of the wait that have begun, and has what comes of them told. Only once both are under
    /// way: while they wait for the network there is time to find out whether anybody listens.
    pub(super) fn begun<L: Bring>(&self, begun: Begun<'_, L>) {
        let Begun { cache, at, launching, waits } = begun;
        if launching.is_none() && waits.is_none() {
            return;
        }
        let publisher = self.publisher();
        let publisher = publisher.as_ref();
        if let Some(Launching { line, at, reason }) = launching {
            let begun = Begins { fetch: line.fetch, cache, at, reason };
            let meanwhile = line.decide(self.fetch_begins(publisher, &begun, waits.is_none()));
            if !meanwhile.is_empty() {
                self.meanwhile.borrow_mut().extend(meanwhile);
                line.tell(Moment::Passed);
            }
        }
        if let (Some(publisher), Some(Waits(log))) = (publisher, waits) {
            let context = self.wait(publisher, Some(cache), at);
            if context.is_err() {
                self.js.forget_exception();
            }
            log.is_heard.store(context.is_ok(), Ordering::Relaxed);
            log.contexts.replace(context.ok().map(|context| vec![context]));
        }
    }

    /// Has the flights to `cache` told that are launched while those wait.
    pub(super) fn watch<L: Bring>(channel: &Channel<L>, cache: &Cache, waits: &Waits) -> Watch {
        let (channel, cache) = (channel.clone(), cache.clone());
        let is_heard = waits.0.is_heard.clone();
        Watch::new(move |at, reason| {
            let is_heard = is_heard.load(Ordering::Relaxed);
            let audience = if is_heard { Audience::Somebody } else { Audience::Nobody };
            let line = Line::new(channel.clone(), audience);
            line.tell(Moment::Begun { cache: cache.clone(), at, reason });
            line.observer()
        })
    }

    /// Tells what has happened while it was found out whether anybody listens. In the turn of the first letter since,
    /// before what that brings: it is in no request, and those who wait for the fetch may have theirs in the queue.
    pub(super) fn catch_up(&self) {
        for news in self.meanwhile.take() {
            self.receive(news);
        }
    }

    /// Tells what came of a fetch that was told of.
    pub(super) fn receive(&self, News { fetch, moment }: News) {
        match moment {
            Moment::Begun { cache, at, reason } => {
                let begun = Begins { fetch, cache: &cache, at, reason };
                self.fetch_begins(self.publisher().as_ref(), &begun, false);
            }
            Moment::Passed => {}
            Moment::AttemptFailed(attempt) => {
                let context = self.fetches.borrow().get(&fetch).and_then(Reference::value);
                self.tell(context, |publisher, context| {
                    let failed = event::attempt_failed(self.js, context, &attempt)?;
                    publisher.publish(ATTEMPT_FAILED, failed)
                });
            }
            Moment::Ended(ended) => {
                let context = self.fetches.borrow_mut().remove(&fetch);
                self.tell(context.as_ref().and_then(Reference::value), |publisher, context| {
                    publisher.end("fetch", context, event::fetch_ended(self.js, &ended)?)
                });
            }
        }
    }

    /// Tells that one more waits, if the first was told of.
    pub(super) fn wait_joins(&self, Waits(log): &Waits, cache: &Cache, at: Now) {
        let is_heard = log.contexts.borrow().is_some();
        self.tell(is_heard.then_some(()), |publisher, ()| {
            let context = self.wait(publisher, Some(cache), at)?;
            if let Some(contexts) = &mut *log.contexts.borrow_mut() {
                contexts.push(context);
            }
            Ok(())
        });
    }

    /// Tells how waiting has ended.
    pub(super) fn waits_end(&self, Waits(log): &Waits, how: WaitEnd) {
        let at = Now::read().wall;
        // No borrow is held while JavaScript runs.
        for context in log.contexts.take().unwrap_or_default() {
            self.tell(context.value(), |publisher, context| {
                publisher.end("wait", context, event::wait_ended(self.js, at, how)?)
            });
        }
    }

    /// Tells of a caller who got `error`, an object, at once; without a `cache` because of what is set.
    pub(super) fn refused(
        &self,
        cache: Option<&Cache>,
        at: Now,
        error: sys::napi_value,
        reason: &Error,
    ) {
        self.tell(Some(()), |publisher, ()| {
            if cache.is_none() {
                let begun = event::fetch_begun(self.js, None, at.wall, Reason::First, false)?;
                publisher.begin("fetch", begun)?;
                let ended = Ended::without_request(at.wall, reason.clone());
                publisher.end("fetch", begun, event::fetch_ended(self.js, &ended)?)?;
            }
            let context = self.wait(publisher, cache, at)?.value();
            let Some(context) = context else { return Ok(()) };
            let ended = event::wait_ended(self.js, at.wall, WaitEnd::Failed(error))?;
            publisher.end("wait", context, ended)
        });
    }

    /// Tells that Postgres refused a token.
    pub(super) fn rejected(&self, Refusal { cache, life }: &Refusal) {
        self.tell(Some(()), |publisher, ()| {
            let rejected = event::rejected(self.js, &Place::of(cache), life)?;
            publisher.publish(REJECTED, rejected)
        });
    }

    /// The environment is going down.
    pub(super) fn close(&self) {
        self.fetches.take();
        self.channels.take();
    }

    /// Whether somebody hears of it.
    fn fetch_begins(
        &self,
        publisher: Option<&Publisher>,
        &Begins { fetch, cache, at, reason }: &Begins<'_>,
        is_background: bool,
    ) -> bool {
        let Some(publisher) = publisher else { return false };
        let begin = || {
            let place = Some(Place::of(cache));
            let context = event::fetch_begun(self.js, place.as_ref(), at, reason, is_background)?;
            let reference = Reference::new(self.js, context)?;
            publisher.begin("fetch", context)?;
            Ok(reference)
        };
        let context: JsResult<Reference> = begin();
        let Ok(context) = context else {
            self.js.forget_exception();
            return false;
        };
        self.fetches.borrow_mut().insert(fetch, context);
        true
    }

    fn wait(&self, publisher: &Publisher, cache: Option<&Cache>, at: Now) -> JsResult<Reference> {
        let place = cache.map(Place::of);
        let context = event::wait_begun(self.js, place.as_ref(), at.wall)?;
        let reference = Reference::new(self.js, context)?;
        publisher.begin("wait", context)?;
        Ok(reference)
    }

    /// Tells something of `what`, if that is there and anybody listens.
    fn tell<T>(&self, what: Option<T>, tell: impl FnOnce(&Publisher, T) -> JsResult<()>) {
        let Some((what, publisher)) = what.and_then(|what| Some((what, self.publisher()?))) else {
            return;
        };
        if tell(&publisher, what).is_err() {
            self.js.forget_exception();
        }
    }

    /// Who publishes, if anybody listens.
    fn publisher(&self) -> Option<Publisher> {
        let find = || {
            let known = self.channels.borrow().as_ref().and_then(Reference::value);
            let channels = match known {
                Some(channels) => channels,
                None => {
                    let channels = publisher::channels(self.js)?;
                    self.channels.replace(Some(Reference::new(self.js, channels)?));
                    channels
                }
            };
            Publisher::find(self.js, &self.agent, channels)
        };
        find().unwrap_or_else(|_: Failed| {
            self.js.forget_exception();
            None
        })
    }
}
