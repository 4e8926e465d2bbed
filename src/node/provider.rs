//! Who answers the calls for tokens of one configuration: from its memo, from the cache, or by
//! waiting. Today's only one reads its configuration from `process.env`.

use std::cell::RefCell;
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::time::Duration;

use napi_sys as sys;

use super::asking::Asking;
use super::environment::Environment;
use super::memo::MemoCell;
use super::process_env::{self, Snapshot};
use super::raw::js::{Failed, Js, JsResult};
use super::raw::reference::Reference;
use super::values::token::Form;
use super::values::{error, inspection, status};
use super::waiters::{Flying, SharedWait, Wish};
use crate::cache::lease::Lease;
use crate::cache::slot::Answer;
use crate::cache::status::Status;
use crate::cache::{Begun, Told};
use crate::config::labels::Label;
use crate::config::options::{NamedIdentity, Options};
use crate::config::{Config, Settings};
use crate::errand::errand;
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
}

/// A cache, and the variables that it was chosen by besides a file.
#[derive(Debug)]
struct Latest {
    variables: Snapshot,
    generation: u64,
    cache: Cache,
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
            Err(reason) => return error::rejected(self.js(), &reason),
        };
        // Only now: reading the environment may have taken any time.
        let now = Now::read();
        let (answer, flight) = self.ask(&cache, now, Duration::ZERO, caller)?;
        match answer {
            Answer::Serve(lease) => self.promise_of(cache, &lease),
            Answer::Refuse(reason) => error::rejected(self.js(), &reason),
            Answer::Join { .. } | Answer::ServeLater(_) => {
                self.wait_together(cache, (answer, flight), now)
            }
        }
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
        let asked = match &cache {
            Ok(cache) => self.ask(cache, now, life, caller).map(Ok)?,
            Err(reason) => Err(reason.clone()),
        };
        let (waiter, promise) = match (asked, cache) {
            (Ok((Answer::Serve(lease), _)), _) => (0, self.resolved(Form::Credential, &lease)?),
            (Err(reason) | Ok((Answer::Refuse(reason), _)), _) | (_, Err(reason)) => {
                (0, error::rejected(js, &reason)?)
            }
            (Ok(told), Ok(cache)) => {
                let (told, form) = (Box::new(told), Form::Credential);
                let patience = TimeLimit::new(now, patience);
                self.environment.wait(Wish::Token { cache, told, form, life, patience })?
            }
        };
        let wait = js.object()?;
        js.set(wait, c"promise", promise)?;
        js.set(wait, c"waiter", js.number(waiter as f64)?)?;
        Ok(wait)
    }

    /// How the cache is doing that a call would ask.
    pub(super) fn status(&self, process_env: sys::napi_value) -> JsResult {
        let js = self.js();
        let now = Now::read();
        if let Some(cache) = self.cache_in_use() {
            return status::to_js(js, &cache.status(now), Some(cache.source().identity()));
        }
        match self.settings(process_env)? {
            Ok(Settings { config, labels, .. }) => {
                let identity = Named::of(&config.identity, &labels.identity);
                let status = registry::peek(&config).map(|cache| cache.status(now));
                status::to_js(js, &status.unwrap_or_default(), Some(&identity))
            }
            Err(reason) => status::to_js(js, &Status::misconfigured(&reason, now), None),
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
            let (_, promise) = self.environment.wait(Wish::AccessTokenExpiry(cache))?;
            return Ok(promise);
        }
        let (deferred, promise) = js.promise()?;
        js.settle(deferred, Ok(js.undefined()?))?;
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
        let (_, promise) = self.environment.wait(Wish::Look(Arc::new(http), LOOK_LIMIT))?;
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
    /// be asked for what it takes, if it takes any.
    fn ask(
        &self,
        cache: &Cache,
        now: Now,
        life: Duration,
        caller: sys::napi_value,
    ) -> JsResult<Told<PostgresToken>> {
        let Begun { answer, joined, flight } = cache.ask(now, life);
        match (cache.source().question(), flight) {
            (None, Some(flight)) => flight.launch(),
            (Some(question), Some(flight)) => {
                self.launch_and_ask(flight, &joined, question, caller);
            }
            (Some(question), None) if matches!(answer, Answer::Join { .. }) => {
                if !self.offers(&joined, question, caller) {
                    return Ok((Answer::Refuse(waits_for_itself()), joined));
                }
            }
            (_, None) => {}
        }
        Ok((answer, joined))
    }

    fn asking(&self, caller: sys::napi_value) -> JsResult<Asking> {
        if self.js().is_object(caller)? {
            return Ok(Asking::new(self.js(), caller));
        }
        self.environment.errands().platform()
    }

    fn launch_and_ask(
        &self,
        flight: registry::Flight,
        joined: &Flying,
        question: Question,
        caller: sys::napi_value,
    ) {
        let callers = &joined.callers;
        let kept = self.asking(caller).and_then(|asking| {
            Ok((asking, self.environment.keep(asking, question.clone(), callers.clone())?))
        });
        let Ok((asking, caller)) = kept else {
            // It lands without anybody to ask, and says that.
            self.js().forget_exception();
            return flight.launch();
        };
        let (reply, answer) = errand();
        callers.begin(caller, answer);
        flight.launch();
        self.environment.errands().ask(asking, &question, callers, reply);
    }

    /// Has `caller` asked where those before it have nothing. False if it would wait for itself.
    fn offers(&self, joined: &Flying, question: Question, caller: sys::napi_value) -> bool {
        let callers = &joined.callers;
        let offer = || {
            let asking = self.asking(caller)?;
            if self.environment.errands().waits_for_itself(asking, callers)? {
                return Ok(false);
            }
            if callers.have_room() {
                callers.offer(self.environment.keep(asking, question, callers.clone())?);
            }
            Ok(true)
        };
        offer().unwrap_or_else(|_: Failed| {
            self.js().forget_exception();
            true
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

    /// The pending promise that callers share.
    fn wait_together(&self, cache: Cache, told: Told<PostgresToken>, now: Now) -> JsResult {
        let flight = told.1.clone();
        let shared = self.shared_wait.borrow().upgrade().and_then(|shared| {
            let is_same = Arc::ptr_eq(&shared.cache, &cache) && shared.flight.is(&flight);
            let is_young = now.since(shared.since) < SHARED_FOR;
            if is_same && is_young { shared.promise.value() } else { None }
        });
        if let Some(promise) = shared {
            return Ok(promise);
        }
        let patience = TimeLimit::new(now, PATIENCE);
        let (form, life) = (Form::Token, Duration::ZERO);
        let wish = Wish::Token { cache: cache.clone(), told: Box::new(told), form, life, patience };
        self.environment.wait_together(wish, |promise| {
            let promise = Rc::new(Reference::new(self.js(), promise)?);
            let memo = self.memo.clone();
            let shared = Rc::new(SharedWait { cache, flight, since: now, promise, memo });
            self.shared_wait.replace(Rc::downgrade(&shared));
            Ok(shared)
        })
    }

    /// A promise that is already resolved.
    fn resolved(&self, form: Form, lease: &Lease<PostgresToken>) -> JsResult {
        let (deferred, promise) = self.js().promise()?;
        self.js().settle(deferred, Ok(form.to_js(self.js(), lease)?))?;
        Ok(promise)
    }
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
