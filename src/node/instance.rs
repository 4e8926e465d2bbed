//! What the addon keeps for one JavaScript environment, and how a call is answered.

use std::cell::RefCell;
use std::ffi::c_void;
use std::sync::Arc;
use std::time::Duration;

use napi_sys as sys;

use super::js::{Js, JsResult, check};
use super::mailbox::Outcome;
use super::memo::Memo;
use super::process_env;
use super::reference::Reference;
use super::status;
use super::waiters::{Form, Waiter, Waiters};
use crate::cache::Ask;
use crate::cache::lease::Lease;
use crate::cache::status::Status;
use crate::error::Error;
use crate::registry::{self, Cache};
use crate::secret::PostgresToken;
use crate::time::{Now, TimeLimit};

/// The state of one environment. It hangs on the data pointer of its functions, and is freed when
/// the environment goes down.
#[derive(Debug)]
pub struct Instance {
    js: Js,
    memo: RefCell<Option<Memo>>,
    shared_wait: RefCell<Option<SharedWait>>,
    waiters: Waiters,
}

/// A pending promise that everybody gets who has to wait for the same cache at the same time.
#[derive(Debug)]
struct SharedWait {
    cache: Cache,
    waiter: u64,
    since: Now,
    promise: Reference,
}

impl Instance {
    /// The instance of `js`, which frees it when it goes down.
    pub fn create(js: Js) -> JsResult<*const Instance> {
        let instance = Box::into_raw(Box::new(Instance {
            js,
            memo: RefCell::default(),
            shared_wait: RefCell::default(),
            waiters: Waiters::new(js),
        }));
        // SAFETY: boxed above, and freed by the hook below only.
        unsafe { &*instance }.waiters.open(instance)?;
        // After the waiters: hooks run last to first, and ours must close them before Node does.
        // SAFETY: the hook frees the instance, once.
        check(unsafe {
            sys::napi_add_env_cleanup_hook(js.env(), Some(clean_up), instance.cast())
        })?;
        Ok(instance)
    }

    /// The remembered promise, if it is still right.
    #[inline]
    pub fn hit(&self) -> Option<sys::napi_value> {
        self.memo.borrow().as_ref().and_then(Memo::hit)
    }

    /// A promise of the token.
    pub fn token(&self, process_env: sys::napi_value) -> JsResult {
        if let Some((cache, lease)) = self.glance(Now::read()) {
            return self.promise_of(cache, &lease);
        }
        let cache = match self.cache(process_env)? {
            Ok(cache) => cache,
            Err(error) => return self.js.rejected(&error),
        };
        // Only now: reading the environment may have taken any time.
        let now = Now::read();
        match cache.ask(now, Duration::ZERO) {
            Ask::Serve(lease) => self.promise_of(cache, &lease),
            Ask::Refuse(error) => self.js.rejected(&error),
            Ask::Wait => self.wait_together(cache, now),
        }
    }

    /// `{ promise, waiter }`: a promise of a token with `life` left and its expiry, and the number
    /// of the waiter behind it, zero if there is none.
    pub fn credential(
        &self,
        process_env: sys::napi_value,
        patience: Duration,
        life: Duration,
    ) -> JsResult {
        let cache = self.cache(process_env)?;
        // Only now: reading the environment may have taken any time.
        let now = Now::read();
        let asked = cache.map(|cache| (cache.ask(now, life), cache));
        let (waiter, promise) = match asked {
            Err(error) | Ok((Ask::Refuse(error), _)) => (0, self.js.rejected(&error)?),
            Ok((Ask::Serve(lease), _)) => (0, self.resolved(Form::Credential, &lease)?),
            Ok((Ask::Wait, cache)) => {
                self.waiters.begin(Form::Credential, cache, life, TimeLimit::new(now, patience))?
            }
        };
        let wait = self.js.object()?;
        self.js.set(wait, c"promise", promise)?;
        self.js.set(wait, c"waiter", self.js.number(waiter as f64)?)?;
        Ok(wait)
    }

    /// How the cache is doing that a call would ask.
    pub fn status(&self, process_env: sys::napi_value) -> JsResult {
        if let Some(cache) = self.cache_in_use() {
            return status::to_js(self.js, &cache.status(Now::read()));
        }
        let status = match process_env::read(self.js, process_env)? {
            Ok(config) => {
                registry::peek(&config).map(|cache| cache.status(Now::read())).unwrap_or_default()
            }
            Err(error) => Status::misconfigured(&error, Now::read()),
        };
        status::to_js(self.js, &status)
    }

    /// Nobody waits any more: the promise is let go, and no longer keeps the process alive.
    pub fn abandon(&self, waiter: u64) -> JsResult<()> {
        if let Some(Waiter { deferred, .. }) = self.waiters.take(waiter) {
            // Resolved, because that is how Node-API frees it; whoever held it has left.
            self.js.settle(deferred, Ok(self.js.undefined()?))?;
        }
        self.waiters.rest()
    }

    /// Takes what `waiter` waited for.
    pub fn settle(&self, waiter: u64, outcome: Outcome) -> JsResult<()> {
        let Some(found) = self.waiters.take(waiter) else { return Ok(()) };
        let now = Now::read();
        if outcome.as_ref().is_ok_and(|lease| !lease.is_usable(now)) {
            // It was on its way for long, through a suspend perhaps: never hand out a dead token.
            return self.waiters.wait(waiter, found);
        }
        let is_shared =
            self.shared_wait.borrow().as_ref().is_some_and(|shared| shared.waiter == waiter);
        let shared = if is_shared { self.shared_wait.take() } else { None };
        let settled = match outcome {
            Ok(lease) => {
                let value = self.value(found.form, &lease);
                let settled = self.js.settle_or_reject(found.deferred, value);
                if let Some(SharedWait { cache, promise, .. }) = shared {
                    self.remember(cache, &lease, promise);
                }
                settled
            }
            Err(error) => self.js.reject(found.deferred, &error),
        };
        // Whatever became of it: nobody waits any more.
        self.waiters.rest().and(settled)
    }

    /// The cache of the memo and what it serves without doing anything else.
    fn glance(&self, now: Now) -> Option<(Cache, Lease<PostgresToken>)> {
        let cache = self.remembered_cache()?;
        let lease = cache.glance(now)?;
        Some((cache, lease))
    }

    fn remembered_cache(&self) -> Option<Cache> {
        self.memo.borrow().as_ref().and_then(Memo::cache).cloned()
    }

    /// The cache of the memo, if it has a token that may still be handed out.
    fn cache_in_use(&self) -> Option<Cache> {
        self.remembered_cache().filter(|cache| cache.usable(Now::read()).is_some())
    }

    /// The cache for what `process_env` says now.
    fn cache(&self, process_env: sys::napi_value) -> JsResult<Result<Cache, Error>> {
        // No borrow is held here: `process.env` may be a proxy that calls this package.
        Ok(match process_env::read(self.js, process_env)? {
            Ok(config) => Ok(registry::cache(config)),
            // Variables that went bad are no reason to fail while their last token is usable.
            Err(error) => self.cache_in_use().ok_or(error),
        })
    }

    /// The remembered promise of `lease`, made if need be.
    fn promise_of(&self, cache: Cache, lease: &Lease<PostgresToken>) -> JsResult {
        let remembered =
            self.memo.borrow().as_ref().and_then(|memo| memo.promise_of(&cache, lease));
        if let Some(promise) = remembered {
            return Ok(promise);
        }
        let promise = self.resolved(Form::Token, lease)?;
        self.remember(cache, lease, Reference::new(self.js, promise)?);
        Ok(promise)
    }

    /// Remembers `promise`, which is resolved to the token of `lease`. Where that does not work
    /// out, the next call makes another.
    fn remember(&self, cache: Cache, lease: &Lease<PostgresToken>, promise: Reference) {
        match Memo::new(self.js, cache, lease, promise) {
            Ok(memo) => drop(self.memo.replace(Some(memo))),
            Err(_) => self.js.forget_exception(),
        }
    }

    /// The pending promise that callers share.
    fn wait_together(&self, cache: Cache, now: Now) -> JsResult {
        let shared = self.shared_wait.borrow().as_ref().and_then(|shared| {
            let is_same = Arc::ptr_eq(&shared.cache, &cache);
            let is_young = now.since(shared.since) < SHARED_FOR;
            if is_same && is_young { shared.promise.value() } else { None }
        });
        if let Some(promise) = shared {
            return Ok(promise);
        }
        let patience = TimeLimit::new(now, PATIENCE);
        let (waiter, value) =
            self.waiters.begin(Form::Token, cache.clone(), Duration::ZERO, patience)?;
        let promise = Reference::new(self.js, value)?;
        drop(self.shared_wait.replace(Some(SharedWait { cache, waiter, since: now, promise })));
        Ok(value)
    }

    /// A promise that is already resolved.
    fn resolved(&self, form: Form, lease: &Lease<PostgresToken>) -> JsResult {
        let (deferred, promise) = self.js.promise()?;
        self.js.settle(deferred, Ok(self.value(form, lease)?))?;
        Ok(promise)
    }

    /// What a promise of that form resolves to.
    fn value(&self, form: Form, lease: &Lease<PostgresToken>) -> JsResult {
        let token = self.js.string(lease.token().0.expose())?;
        match form {
            Form::Token => Ok(token),
            Form::Credential => {
                let credential = self.js.object()?;
                self.js.set(credential, c"token", token)?;
                let expires_at = self.js.date(lease.expires_at())?;
                self.js.set(credential, c"expiresAt", expires_at)?;
                Ok(credential)
            }
        }
    }
}

/// The environment is going down.
unsafe extern "C" fn clean_up(instance: *mut c_void) {
    // SAFETY: boxed by `Instance::create`, and this hook runs once.
    let instance = unsafe { Box::from_raw(instance.cast::<Instance>()) };
    instance.waiters.close();
}

/// How long a caller waits at most: less than the ten seconds that a pool commonly waits for a
/// connection, so that the reason is heard.
pub const PATIENCE: Duration = Duration::from_secs(9);

/// How long others may join a pending promise, whose patience began with its first caller.
const SHARED_FOR: Duration = Duration::from_millis(250);
