//! What the addon keeps for one JavaScript environment: the memo, and who waits.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;
use std::ffi::c_void;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use napi_sys as sys;

use super::error::to_js;
use super::js::{Failed, Js, JsResult, check};
use super::mailbox::{Mailbox, Outcome};
use super::process_env;
use super::reference::Reference;
use crate::cache::lease::Lease;
use crate::cache::{self, Ask};
use crate::error::Error;
use crate::registry::{self, Cache};
use crate::secret::PostgresToken;
use crate::time::{CoarseDeadline, Deadline, Now};

/// The state of one environment. It hangs on the data pointer of its functions, and is freed when
/// the environment goes down.
#[derive(Debug)]
pub struct Instance {
    js: Js,
    memo: RefCell<Option<Memo>>,
    shared_wait: RefCell<Option<SharedWait>>,
    waiters: RefCell<HashMap<u64, Waiter>>,
    waiters_ever: Cell<u64>,
    mailbox: OnceCell<Mailbox>,
}

/// The latest lease, as a promise that is already resolved.
#[derive(Debug)]
struct Memo {
    generation: u64,
    cache: Cache,
    number: u64,
    stale_at: CoarseDeadline,
    promise: Reference,
}

/// A pending promise that everybody gets who has to wait for the same cache at the same time.
#[derive(Debug)]
struct SharedWait {
    cache: Cache,
    waiter: u64,
    since: Now,
    promise: Reference,
}

#[derive(Debug)]
struct Waiter {
    deferred: sys::napi_deferred,
    cache: Cache,
    form: Form,
    patience: Deadline,
    life: Duration,
}

/// What a promise resolves to.
#[derive(Clone, Copy, Debug)]
enum Form {
    Token,
    Credential,
}

impl Instance {
    /// The instance of `js`, which frees it when it goes down.
    pub fn create(js: Js) -> JsResult<*const Instance> {
        let instance = Box::into_raw(Box::new(Instance {
            js,
            memo: RefCell::default(),
            shared_wait: RefCell::default(),
            waiters: RefCell::default(),
            waiters_ever: Cell::new(0),
            mailbox: OnceCell::new(),
        }));
        let mailbox = Mailbox::new(js, instance)?;
        // After the mailbox: hooks run last to first, and ours must close it before it ends.
        // SAFETY: the hook frees the instance, once.
        check(unsafe {
            sys::napi_add_env_cleanup_hook(js.env(), Some(clean_up), instance.cast())
        })?;
        // SAFETY: the instance was boxed above.
        let _ = unsafe { &*instance }.mailbox.set(mailbox);
        Ok(instance)
    }

    /// The remembered promise, if it is still right.
    #[inline]
    pub fn hit(&self) -> Option<sys::napi_value> {
        let memo = self.memo.borrow();
        let memo = memo.as_ref()?;
        let is_right = memo.number == memo.cache.current()
            && memo.generation == registry::generation()
            && !memo.stale_at.is_past();
        if is_right { memo.promise.value() } else { None }
    }

    /// A promise of the token.
    pub fn token(&self, process_env: sys::napi_value) -> JsResult {
        let now = Now::read();
        if let Some((cache, lease)) = self.glance(now) {
            return self.promise_of(&cache, &lease, now);
        }
        let cache = match self.cache(process_env, now)? {
            Ok(cache) => cache,
            Err(error) => return self.js.rejected(&error),
        };
        match cache.ask(now, Duration::ZERO) {
            Ask::Serve(lease) => self.promise_of(&cache, &lease, now),
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
        let now = Now::read();
        let asked = self.cache(process_env, now)?.map(|cache| (cache.ask(now, life), cache));
        let (waiter, promise) = match asked {
            Err(error) | Ok((Ask::Refuse(error), _)) => (0, self.js.rejected(&error)?),
            Ok((Ask::Serve(lease), _)) => {
                let (deferred, promise) = self.js.promise()?;
                self.js.settle(deferred, Ok(self.value(Form::Credential, &lease)?))?;
                (0, promise)
            }
            Ok((Ask::Wait, cache)) => {
                self.wait(cache, Form::Credential, Deadline::new(now, patience), life)?
            }
        };
        let wait = self.js.object()?;
        self.js.set(wait, c"promise", promise)?;
        self.js.set(wait, c"waiter", self.js.number(waiter as f64)?)?;
        Ok(wait)
    }

    /// Nobody waits any more: the promise is let go, and no longer keeps the process alive.
    pub fn abandon(&self, waiter: u64) {
        let found = self.waiters.borrow_mut().remove(&waiter);
        if let Some(Waiter { deferred, .. }) = found {
            // Resolved, because that is how Node-API frees it; whoever holds it has left.
            let _ = self.js.undefined().and_then(|value| self.js.settle(deferred, Ok(value)));
            self.rest();
        }
    }

    /// Takes what `waiter` waited for.
    pub fn settle(&self, waiter: u64, outcome: Outcome) {
        let Some(found) = self.waiters.borrow_mut().remove(&waiter) else {
            return;
        };
        let now = Now::read();
        if outcome.as_ref().is_ok_and(|lease| !lease.is_usable(now)) {
            // It was on its way for long, through a suspend perhaps: never hand out a dead token.
            self.await_lease(waiter, found);
            return;
        }
        // A status that is not ok means that the environment is going down, with its promises.
        let _ = self.deliver(waiter, &found, outcome, now);
        self.rest();
    }

    /// Lets the event loop end if nobody waits.
    fn rest(&self) {
        if self.waiters.borrow().is_empty() {
            let _ = self.mailbox().and_then(|mailbox| mailbox.keep_alive(self.js, false));
        }
    }

    fn deliver(&self, id: u64, waiter: &Waiter, outcome: Outcome, now: Now) -> JsResult<()> {
        let is_shared =
            self.shared_wait.borrow().as_ref().is_some_and(|shared| shared.waiter == id);
        let shared = if is_shared { self.shared_wait.take() } else { None };
        let lease = match outcome {
            Ok(lease) => lease,
            Err(error) => {
                return self.js.settle(waiter.deferred, Err(to_js(self.js, &error)?));
            }
        };
        self.js.settle(waiter.deferred, Ok(self.value(waiter.form, &lease)?))?;
        match shared {
            Some(shared) => self.remember(&shared.cache, &lease, now, shared.promise).map(drop),
            None => Ok(()),
        }
    }

    /// What a promise of that form resolves to.
    fn value(&self, form: Form, lease: &Lease<PostgresToken>) -> JsResult {
        let token = self.js.string(lease.token().0.expose())?;
        match form {
            Form::Token => Ok(token),
            Form::Credential => {
                let expires_at = lease.expires_at().duration_since(UNIX_EPOCH).unwrap_or_default();
                let credential = self.js.object()?;
                self.js.set(credential, c"token", token)?;
                let expires_at = self.js.date(expires_at.as_secs_f64() * 1000.0)?;
                self.js.set(credential, c"expiresAt", expires_at)?;
                Ok(credential)
            }
        }
    }

    /// The cache of the memo and what it serves without doing anything else.
    fn glance(&self, now: Now) -> Option<(Cache, Lease<PostgresToken>)> {
        let cache = self.remembered_cache()?;
        let lease = cache.glance(now)?;
        Some((cache, lease))
    }

    fn remembered_cache(&self) -> Option<Cache> {
        let memo = self.memo.borrow();
        let memo = memo.as_ref().filter(|memo| memo.generation == registry::generation())?;
        Some(memo.cache.clone())
    }

    /// The cache for what `process_env` says now.
    fn cache(&self, process_env: sys::napi_value, now: Now) -> JsResult<Result<Cache, Error>> {
        // No borrow is held here: `process.env` may be a proxy that calls this package.
        Ok(match process_env::read(self.js, process_env)? {
            Ok(config) => Ok(registry::cache(config)),
            // Variables that went bad are no reason to fail while their last token is usable.
            Err(error) => {
                self.remembered_cache().filter(|cache| cache.usable(now).is_some()).ok_or(error)
            }
        })
    }

    /// The remembered promise of `lease`, made if need be.
    fn promise_of(&self, cache: &Cache, lease: &Lease<PostgresToken>, now: Now) -> JsResult {
        let remembered = self.memo.borrow().as_ref().and_then(|memo| {
            let is_same = memo.number == lease.number && Arc::ptr_eq(&memo.cache, cache);
            if is_same { memo.promise.value() } else { None }
        });
        if let Some(promise) = remembered {
            return Ok(promise);
        }
        let (deferred, promise) = self.js.promise()?;
        self.js.settle(deferred, Ok(self.value(Form::Token, lease)?))?;
        self.remember(cache, lease, now, Reference::new(self.js, promise)?)
    }

    /// Remembers a promise that is resolved to the token of `lease`.
    fn remember(
        &self,
        cache: &Cache,
        lease: &Lease<PostgresToken>,
        now: Now,
        promise: Reference,
    ) -> JsResult {
        let value = promise.value().ok_or(Failed::GONE)?;
        self.js.detach_from_request(value)?;
        let stale_at = CoarseDeadline::after(lease.fresh_for(now));
        let memo = Memo {
            generation: registry::generation(),
            cache: cache.clone(),
            number: lease.number,
            stale_at,
            promise,
        };
        drop(self.memo.replace(Some(memo)));
        Ok(value)
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
        let patience = Deadline::new(now, PATIENCE);
        let (waiter, value) = self.wait(cache.clone(), Form::Token, patience, Duration::ZERO)?;
        let promise = Reference::new(self.js, value)?;
        drop(self.shared_wait.replace(Some(SharedWait { cache, waiter, since: now, promise })));
        Ok(value)
    }

    /// The number of a new waiter, and its pending promise.
    fn wait(
        &self,
        cache: Cache,
        form: Form,
        patience: Deadline,
        life: Duration,
    ) -> JsResult<(u64, sys::napi_value)> {
        let (deferred, promise) = self.js.promise()?;
        let waiter = self.waiters_ever.get() + 1;
        self.waiters_ever.set(waiter);
        self.mailbox()?.keep_alive(self.js, true)?;
        self.await_lease(waiter, Waiter { deferred, cache, form, patience, life });
        Ok((waiter, promise))
    }

    fn await_lease(&self, id: u64, waiter: Waiter) {
        let Ok(mailbox) = self.mailbox() else { return };
        let envelope = mailbox.envelope(id);
        let (cache, patience, life) = (waiter.cache.clone(), waiter.patience, waiter.life);
        self.waiters.borrow_mut().insert(id, waiter);
        // Last: a task that cannot be spawned is dropped at once, and its envelope is sent.
        cache::spawn(async move {
            envelope.send(cache.lease(patience, life, &|_| ()).await);
        });
    }

    fn mailbox(&self) -> JsResult<&Mailbox> {
        self.mailbox.get().ok_or(Failed::GONE)
    }
}

/// The environment is going down.
unsafe extern "C" fn clean_up(instance: *mut c_void) {
    // SAFETY: boxed by `Instance::create`, and this hook runs once.
    let instance = unsafe { Box::from_raw(instance.cast::<Instance>()) };
    if let Some(mailbox) = instance.mailbox.get() {
        mailbox.close();
    }
}

/// How long a caller waits at most: less than the ten seconds that a pool commonly waits for a
/// connection, so that the reason is heard.
pub const PATIENCE: Duration = Duration::from_secs(9);

/// How long others may join a pending promise, whose patience began with its first caller.
const SHARED_FOR: Duration = Duration::from_millis(250);
