//! Who answers the calls for tokens of one configuration: from its memo, from the cache, or by
//! waiting. Today's only one reads its configuration from `process.env`.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::time::Duration;

use napi_sys as sys;

use super::asking::Asking;
use super::environment::{Environment, Letter};
use super::events::{self, Launching, Waits};
use super::memo::MemoCell;
use super::process_env::{self, Snapshot};
use super::raw::js::{Failed, Js, JsResult};
use super::raw::reference::Reference;
use super::values::status::StoreStatus;
use super::values::token::Form;
use super::values::{error, inspection, status};
use super::waiters::{Flying, SharedWait, Wish};
use crate::cache::lease::Lease;
use crate::cache::slot::Answer;
use crate::cache::status::Status;
use crate::cache::{Begun, Told};
use crate::callers::{Callers, Offer};
use crate::config::labels::Label;
use crate::config::options::{NamedIdentity, Options};
use crate::config::{Config, Settings};
use crate::errand::{Reply, errand};
use crate::error::{Error, ErrorCode};
use crate::http::Http;
use crate::identity::Named;
use crate::identity::of_callers::Question;
use crate::registry::{self, Cache};
use crate::secret::PostgresToken;
use crate::time::{Now, TimeLimit};

/// A provider in one environment.
#[derive(Debug)]
pub(super) struct Provider {
    environment: Rc<Environment>,
    memo: Rc<MemoCell>,
    shared_wait: RefCell<Weak<SharedWait>>,
    /// What code says.
    options: RefCell<Rc<Options>>,
    /// The latest that a file had a part in.
    latest: RefCell<Option<Rc<Latest>>>,
    /// The latest that nobody else can ask for.
    own: RefCell<Option<Config>>,
}

/// A cache, and the variables that it was chosen by besides a file.
#[derive(Debug)]
struct Latest {
    variables: Snapshot,
    generation: u64,
    cache: Cache,
}

/// What a call does last.
#[derive(Default)]
struct Rest {
    launching: Option<Launching<Letter>>,
    asking: Option<ToAsk>,
    /// The caller's place among those who can be asked later.
    offer: Option<Offer>,
}

/// Whoever calls, and what it is asked.
struct ToAsk {
    asking: Asking,
    question: Question,
    callers: Callers,
    reply: Reply,
}

impl Provider {
    /// A provider that remembers nothing yet.
    pub(super) fn new(environment: Rc<Environment>, options: Options) -> Provider {
        Provider {
            environment,
            memo: Rc::default(),
            shared_wait: RefCell::default(),
            options: RefCell::new(Rc::new(options)),
            latest: RefCell::default(),
            own: RefCell::default(),
        }
    }

    /// From now on it is the profile of that name that counts, and no variable of another identity.
    pub(super) fn use_profile(&self, name: String) {
        let label = Label::option("--profile");
        let identity = Some(NamedIdentity::Profile(name, label));
        self.options.replace(Rc::new(Options { identity, ..Options::default() }));
    }

    /// Where it is.
    pub(super) fn environment(&self) -> &Rc<Environment> {
        &self.environment
    }

    /// What it remembers: all that a hit looks at.
    pub(super) fn memo(&self) -> &MemoCell {
        &self.memo
    }

    /// A promise of the token.
    pub(super) fn token(&self, process_env: sys::napi_value, caller: sys::napi_value) -> JsResult {
        if let Some((cache, lease)) = self.glance(Now::read()) {
            return self.promise_of(cache, &lease);
        }
        let cache = match self.cache(process_env)? {
            Ok(cache) => cache,
            Err(reason) => return self.refuse(None, &reason),
        };
        // Only now: reading the environment may have taken any time.
        let now = Now::read();
        let (told, mut rest) = self.ask(&cache, now, Duration::ZERO, caller)?;
        let is_told = waits_for_a_fetch(&told.0);
        let (promise, waits) = match told.0 {
            Answer::Serve(lease) => (self.promise_of(cache.clone(), &lease)?, None),
            Answer::Refuse(reason) => return self.refuse(Some(&cache), &reason),
            Answer::Join { .. } | Answer::ServeLater(_) => {
                self.wait_together(&cache, told, now, rest.offer.take())?
            }
        };
        self.go_on(&cache, now, rest, waits.as_ref().filter(|_| is_told));
        Ok(promise)
    }

    /// `{ promise, waiter }`: a promise of a token with `life` left and its expiry, and the number
    /// of the waiter behind it, zero if there is none.
    pub(super) fn credential(
        &self,
        process_env: sys::napi_value,
        patience: Duration,
        life: Duration,
        caller: sys::napi_value,
    ) -> JsResult {
        let js = self.js();
        let cache = match self.cache_at_hand(process_env, life)? {
            Some(cache) => Ok(cache),
            None => self.cache(process_env)?,
        };
        // Only now: reading the environment may have taken any time.
        let now = Now::read();
        let (waiter, promise) = match cache {
            Ok(cache) => {
                let patience = TimeLimit::new(now, patience);
                self.credential_of(&cache, now, patience, life, caller)?
            }
            Err(reason) => (0, self.refuse(None, &reason)?),
        };
        let wait = js.object()?;
        js.set(wait, c"promise", promise)?;
        js.set(wait, c"waiter", js.number(waiter as f64)?)?;
        Ok(wait)
    }

    fn credential_of(
        &self,
        cache: &Cache,
        now: Now,
        patience: TimeLimit,
        life: Duration,
        caller: sys::napi_value,
    ) -> JsResult<(u64, sys::napi_value)> {
        let (told, mut rest) = self.ask(cache, now, life, caller)?;
        match told.0 {
            Answer::Serve(lease) => {
                let promise = self.resolved(Form::Credential, &lease)?;
                self.go_on(cache, now, rest, None);
                Ok((0, promise))
            }
            Answer::Refuse(reason) => Ok((0, self.refuse(Some(cache), &reason)?)),
            Answer::Join { .. } | Answer::ServeLater(_) => {
                let is_told = waits_for_a_fetch(&told.0);
                let (told, form, waits) = (Box::new(told), Form::Credential, Waits::default());
                let watch = self.environment.watch(cache, &waits);
                let cache = cache.clone();
                let wish = Wish::Token { cache: cache.clone(), told, form, life, patience, watch };
                let offer = rest.offer.take();
                let waiting = self.environment.wait(wish, waits.clone(), offer)?;
                self.go_on(&cache, now, rest, Some(&waits).filter(|_| is_told));
                Ok(waiting)
            }
        }
    }

    /// How the cache is doing that a call would ask.
    pub(super) fn status(&self, process_env: sys::napi_value) -> JsResult {
        let js = self.js();
        let now = Now::read();
        if let Some(cache) = self.cache_in_use() {
            let (status, identity) = (cache.status(now), cache.source().identity());
            return status::to_js(js, &status, Some(identity), store_of(&cache, &status).as_ref());
        }
        match self.settings(process_env)? {
            Ok(Settings { config, labels, .. }) => {
                let identity = Named::of(&config.identity, &labels.identity);
                let cache = registry::peek(&config);
                let status = cache.as_ref().map(|cache| cache.status(now)).unwrap_or_default();
                let store = match &cache {
                    Some(cache) => store_of(cache, &status),
                    None => config.store.is_some().then(StoreStatus::default),
                };
                status::to_js(js, &status, Some(&identity), store.as_ref())
            }
            Err(reason) => status::to_js(js, &Status::misconfigured(&reason, now), None, None),
        }
    }

    /// A promise of the moment at which the access token expires that the flight under way has,
    /// resolved as soon as it has one; of `undefined` where that is unknown, or there is no flight.
    pub(super) fn access_token_expiry(&self, process_env: sys::napi_value) -> JsResult {
        let js = self.js();
        let cache = match self.settings(process_env)? {
            Ok(Settings { config, .. }) => registry::peek(&config),
            Err(reason) => return error::rejected(js, &reason),
        };
        if let Some(cache) = cache {
            let wish = Wish::AccessTokenExpiry(cache);
            let (_, promise) = self.environment.wait(wish, Waits::default(), None)?;
            return Ok(promise);
        }
        let (deferred, promise) = js.promise()?;
        js.settle(deferred, Ok(js.undefined()?))?;
        Ok(promise)
    }

    /// A promise of what comes of trying the store: `{ isThere }`, or `{ failure }`; of `undefined` where there is none.
    pub(super) fn try_store(&self, process_env: sys::napi_value) -> JsResult {
        let cache = match self.cache(process_env)? {
            Ok(cache) => cache,
            Err(reason) => return error::rejected(self.js(), &reason),
        };
        let (_, promise) = self.environment.wait(Wish::TryStore(cache), Waits::default(), None)?;
        Ok(promise)
    }

    /// A promise of the JSON that the workspace has at `path`.
    pub(super) fn look_up(
        &self,
        process_env: sys::napi_value,
        path: String,
        patience: Duration,
    ) -> JsResult {
        let cache = match self.cache(process_env)? {
            Ok(cache) => cache,
            Err(reason) => return error::rejected(self.js(), &reason),
        };
        let wish = Wish::LookUp(cache, path, TimeLimit::new(Now::read(), patience));
        let (_, promise) = self.environment.wait(wish, Waits::default(), None)?;
        Ok(promise)
    }

    /// What `process_env` asks for.
    pub(super) fn inspect(&self, process_env: sys::napi_value) -> JsResult {
        let settings = self.settings(process_env)?;
        inspection::to_js(self.js(), settings.as_ref())
    }

    /// A promise of what is seen of the workspace that `process_env` names, without a secret.
    pub(super) fn look(&self, process_env: sys::napi_value) -> JsResult {
        let Settings { config: Config { host, network, .. }, labels, .. } =
            match self.settings(process_env)? {
                Ok(settings) => settings,
                Err(reason) => return error::rejected(self.js(), &reason),
            };
        let http = Http::new(host, network, Arc::new(labels), Vec::new());
        let wish = Wish::Look(Arc::new(http), LOOK_LIMIT);
        let (_, promise) = self.environment.wait(wish, Waits::default(), None)?;
        Ok(promise)
    }

    fn js(&self) -> Js {
        self.environment.js()
    }

    /// What is set at this moment.
    fn settings(&self, process_env: sys::napi_value) -> JsResult<Result<Settings, Error>> {
        self.settings_with(process_env, &mut Vec::new())
    }

    fn settings_with(
        &self,
        process_env: sys::napi_value,
        names: &mut Vec<&'static str>,
    ) -> JsResult<Result<Settings, Error>> {
        let options = self.options.borrow().clone();
        process_env::read(self.js(), process_env, &options, names)
    }

    /// The cache of the memo and what it serves without doing anything else.
    fn glance(&self, now: Now) -> Option<(Cache, Lease<PostgresToken>)> {
        let cache = self.memo.cache()?;
        let lease = cache.glance(now)?;
        Some((cache, lease))
    }

    /// The cache of the memo, if it has a token that may still be handed out.
    fn cache_in_use(&self) -> Option<Cache> {
        self.memo.cache().filter(|cache| cache.usable(Now::read()).is_some())
    }

    /// The latest cache, if the variables are the same and it has a fresh token with `life` left: a file is
    /// read only where a token is to be obtained.
    fn cache_at_hand(
        &self,
        process_env: sys::napi_value,
        life: Duration,
    ) -> JsResult<Option<Cache>> {
        let Some(latest) = self.latest.borrow().clone() else { return Ok(None) };
        let is_same = latest.generation == registry::generation()
            && latest.variables.is_current(self.js(), process_env);
        let now = Now::read();
        let lease =
            latest.cache.glance(now).filter(|lease| is_same && lease.usable_for(now) >= life);
        Ok(lease.map(|_| latest.cache.clone()))
    }

    /// The cache for what `process_env` says now.
    fn cache(&self, process_env: sys::napi_value) -> JsResult<Result<Cache, Error>> {
        let (mut names, generation) = (Vec::new(), registry::generation());
        // No borrow is held here: `process.env` may be a proxy that calls this package.
        Ok(match self.settings_with(process_env, &mut names)? {
            Ok(settings) => {
                let has_file = settings.labels.identity.profile.is_some();
                let supply = settings.supply.clone();
                if settings.config.identity.is_of_one_provider() {
                    let before = self.own.replace(Some(settings.config.clone()));
                    drop(before);
                }
                let cache = registry::cache(settings);
                if let Some(supply) = supply {
                    cache.source().supply(supply);
                }
                cache.source().offer(|| self.environment.runner());
                let latest = if has_file {
                    let variables = Snapshot::take(self.js(), process_env, &names)?;
                    Some(Rc::new(Latest { variables, generation, cache: cache.clone() }))
                } else {
                    None
                };
                self.latest.replace(latest);
                Ok(cache)
            }
            // Variables that went bad are no reason to fail while their last token is usable.
            Err(reason) => self.cache_in_use().ok_or(reason),
        })
    }

    /// What `cache` answers, and its latest flight: launched, if that is due, and with `caller` among those who can
    /// be asked for what it takes, if it takes any. And what is left to do: see [`Provider::go_on`].
    fn ask(
        &self,
        cache: &Cache,
        now: Now,
        life: Duration,
        caller: sys::napi_value,
    ) -> JsResult<(Told<PostgresToken>, Rest)> {
        let Begun { answer, joined, flight } = cache.ask(now, life);
        let question = cache.source().question();
        let mut rest = Rest::default();
        if let Some(mut flight) = flight {
            rest.launching = Some(self.environment.launching(&mut flight));
            rest.asking = self.launch(flight, &joined, question, caller);
        } else if let (Some(question), Answer::Join { .. }) = (question, &answer) {
            match self.offer(&joined, question, caller) {
                Some(offer) => rest.offer = offer,
                None => return Ok(((Answer::Refuse(waits_for_itself()), joined), rest)),
            }
        }
        Ok(((answer, joined), rest))
    }

    /// Does what a call has to do once the flight and the wait that it began are under way: the application's code
    /// runs, its subscribers and the function that gives an identity.
    fn go_on(&self, cache: &Cache, at: Now, rest: Rest, waits: Option<&Waits>) {
        let Rest { launching, asking, .. } = rest;
        self.environment.events().begun(events::Begun { cache, at, launching, waits });
        if let Some(ToAsk { asking, question, callers, reply }) = asking {
            self.environment.errands().ask(asking, &question, &callers, reply);
        }
    }

    fn asking(&self, caller: sys::napi_value) -> JsResult<Asking> {
        if self.js().is_object(caller)? {
            return Ok(Asking::new(self.js(), caller));
        }
        self.environment.errands().platform()
    }

    /// Launches `flight`: with a `question`, whom to ask it then.
    fn launch(
        &self,
        flight: registry::Flight,
        joined: &Flying,
        question: Option<Question>,
        caller: sys::napi_value,
    ) -> Option<ToAsk> {
        let callers = joined.callers.clone();
        let asking = question.and_then(|question| {
            let kept = self.asking(caller).and_then(|asking| {
                Ok((asking, self.environment.keep(asking, question.clone(), callers.clone())?))
            });
            if kept.is_err() {
                // It lands without anybody to ask, and says that.
                self.js().forget_exception();
            }
            let (asking, caller) = kept.ok()?;
            let (reply, answer) = errand();
            callers.begin(caller, answer);
            Some(ToAsk { asking, question, callers, reply })
        });
        flight.launch();
        asking
    }

    /// Has `caller` asked where those before it have nothing, if there is room for one more. `None` if it would wait
    /// for itself.
    fn offer(
        &self,
        joined: &Flying,
        question: Question,
        caller: sys::napi_value,
    ) -> Option<Option<Offer>> {
        let callers = &joined.callers;
        let offer = || {
            let asking = self.asking(caller)?;
            if self.environment.errands().waits_for_itself(asking, callers)? {
                return Ok(None);
            }
            if !callers.have_room() {
                return Ok(Some(None));
            }
            let kept = self.environment.keep(asking, question, callers.clone())?;
            Ok(Some(callers.offer(kept)))
        };
        offer().unwrap_or_else(|_: Failed| {
            self.js().forget_exception();
            Some(None)
        })
    }

    /// The remembered promise of `lease`, made if need be.
    fn promise_of(&self, cache: Cache, lease: &Lease<PostgresToken>) -> JsResult {
        if let Some(promise) = self.memo.promise_of(&cache, lease) {
            return Ok(promise);
        }
        let promise = self.resolved(Form::Token, lease)?;
        let reference = Rc::new(Reference::new(self.js(), promise)?);
        self.memo.remember(self.js(), cache, lease, reference);
        Ok(promise)
    }

    /// The pending promise that callers share, and with the first of them those who wait for it.
    fn wait_together(
        &self,
        cache: &Cache,
        told: Told<PostgresToken>,
        now: Now,
        offer: Option<Offer>,
    ) -> JsResult<(sys::napi_value, Option<Waits>)> {
        let flight = told.1.clone();
        let shared = self.shared_wait.borrow().upgrade().and_then(|shared| {
            let is_same = Arc::ptr_eq(&shared.cache, cache) && shared.flight.is(&flight);
            let is_young = now.since(shared.since) < SHARED_FOR;
            if is_same && is_young { Some((shared.promise.value()?, shared)) } else { None }
        });
        if let Some((promise, shared)) = shared {
            shared.offers.borrow_mut().extend(offer);
            shared.others.set(shared.others.get() + 1);
            self.environment.events().wait_joins(&shared.waits, cache, now);
            return Ok((promise, None));
        }
        let waits = Waits::default();
        let watch = self.environment.watch(cache, &waits);
        let (patience, told) = (TimeLimit::new(now, PATIENCE), Box::new(told));
        let (form, life) = (Form::Token, Duration::ZERO);
        let wish = Wish::Token { cache: cache.clone(), told, form, life, patience, watch };
        let promise = self.environment.wait_together(wish, waits.clone(), |promise| {
            let promise = Rc::new(Reference::new(self.js(), promise)?);
            let (cache, waits, memo) = (cache.clone(), waits.clone(), self.memo.clone());
            let (since, offers) = (now, RefCell::new(Vec::from_iter(offer)));
            let others = Cell::new(0);
            let shared = SharedWait { cache, flight, since, promise, waits, offers, others, memo };
            let shared = Rc::new(shared);
            self.shared_wait.replace(Rc::downgrade(&shared));
            Ok(shared)
        })?;
        Ok((promise, Some(waits)))
    }

    /// A promise that is already rejected.
    fn refuse(&self, cache: Option<&Cache>, reason: &Error) -> JsResult {
        let error = error::to_js(self.js(), reason)?;
        self.environment.events().refused(cache, Now::read(), error, reason);
        error::rejected_with(self.js(), error)
    }

    /// A promise that is already resolved.
    fn resolved(&self, form: Form, lease: &Lease<PostgresToken>) -> JsResult {
        let (deferred, promise) = self.js().promise()?;
        self.js().settle(deferred, Ok(form.to_js(self.js(), lease)?))?;
        Ok(promise)
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.memo.forget();
        if let Some(config) = self.own.take() {
            registry::let_go(&config);
        }
    }
}

/// How its store is doing, if it has one.
fn store_of(cache: &Cache, status: &Status) -> Option<StoreStatus> {
    let shared = cache.source().shared()?;
    let has_token = status.life.is_some_and(|life| shared.has_found(life.issued_at));
    Some(StoreStatus { counts: shared.counts(), has_token })
}

/// Whoever is served later waits for nothing: the token is there.
fn waits_for_a_fetch<T>(answer: &Answer<T>) -> bool {
    matches!(answer, Answer::Join { .. })
}

fn waits_for_itself() -> Error {
    let error = Error::new(
        ErrorCode::IdentityUnavailable,
        "The function that gives the identity has asked for the very token that it makes possible",
        "Have it ask for no token, or for one of another identity.",
    );
    Error { lasts: true, ..error }
}

/// How long a caller waits at most: less than the ten seconds that a pool commonly waits for a
/// connection, so that the reason is heard.
pub(super) const PATIENCE: Duration = Duration::from_secs(9);

/// Longer than a slow VPN needs; shorter than a person waits.
const LOOK_LIMIT: Duration = Duration::from_secs(8);

/// How long others may join a pending promise, whose patience began with its first caller.
const SHARED_FOR: Duration = Duration::from_millis(250);
