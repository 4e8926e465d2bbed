//! Who waits in one environment: pending promises, each with a task on the process's thread.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;
use std::time::Duration;

use napi_sys as sys;

use super::instance::Instance;
use super::js::{Failed, Js, JsResult};
use super::mailbox::Mailbox;
use crate::cache;
use crate::registry::Cache;
use crate::time::TimeLimit;

/// The waiters of one environment. While there are any, its event loop stays alive.
#[derive(Debug)]
pub struct Waiters {
    js: Js,
    waiting: RefCell<HashMap<u64, Waiter>>,
    ever: Cell<u64>,
    mailbox: OnceCell<Mailbox>,
}

/// One pending promise, and what it waits for.
#[derive(Debug)]
pub struct Waiter {
    /// What settles the promise.
    pub deferred: sys::napi_deferred,
    /// What its value looks like.
    pub form: Form,
    /// Where the token comes from.
    pub cache: Cache,
    /// The life the token shall have left.
    pub life: Duration,
    /// When to give up.
    pub patience: TimeLimit,
}

/// What a promise resolves to.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    /// A string.
    Token,
    /// `{ token, expiresAt }`.
    Credential,
}

impl Waiters {
    /// Nobody yet, and no way back to them before [`Waiters::open`].
    pub fn new(js: Js) -> Waiters {
        Waiters { js, waiting: RefCell::default(), ever: Cell::new(0), mailbox: OnceCell::new() }
    }

    /// Has the outcomes delivered to `instance`.
    pub fn open(&self, instance: *const Instance) -> JsResult<()> {
        let mailbox = Mailbox::new(self.js, instance)?;
        self.mailbox.set(mailbox).map_err(|_| Failed::GONE)
    }

    /// Has nothing delivered any more: the environment is going down.
    pub fn close(&self) {
        if let Some(mailbox) = self.mailbox.get() {
            mailbox.close();
        }
    }

    /// The number of a new waiter, and its pending promise.
    pub fn begin(
        &self,
        form: Form,
        cache: Cache,
        life: Duration,
        patience: TimeLimit,
    ) -> JsResult<(u64, sys::napi_value)> {
        let (deferred, promise) = self.js.promise()?;
        let number = self.ever.get() + 1;
        self.ever.set(number);
        self.mailbox()?.keep_alive(self.js, true)?;
        self.wait(number, Waiter { deferred, form, cache, life, patience })?;
        Ok((number, promise))
    }

    /// Waits for another outcome, under the same number.
    pub fn wait(&self, number: u64, waiter: Waiter) -> JsResult<()> {
        let envelope = self.mailbox()?.envelope(number);
        let (cache, life, patience) = (waiter.cache.clone(), waiter.life, waiter.patience);
        self.waiting.borrow_mut().insert(number, waiter);
        // Last: a task that cannot be spawned is dropped at once, and its envelope is sent.
        cache::spawn_wait(async move {
            envelope.send(cache.lease(patience, life, &|_| ()).await);
        });
        Ok(())
    }

    /// The waiter with that number, which waits no longer unless it is told to.
    pub fn take(&self, number: u64) -> Option<Waiter> {
        self.waiting.borrow_mut().remove(&number)
    }

    /// Lets the event loop end if nobody waits.
    pub fn rest(&self) -> JsResult<()> {
        if self.waiting.borrow().is_empty() {
            self.mailbox()?.keep_alive(self.js, false)?;
        }
        Ok(())
    }

    fn mailbox(&self) -> JsResult<&Mailbox> {
        self.mailbox.get().ok_or(Failed::GONE)
    }
}
