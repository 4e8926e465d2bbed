//! The latest lease, as a promise that is already resolved.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use napi_sys as sys;

use super::raw::js::{Failed, Js, JsResult};
use super::raw::reference::Reference;
use crate::cache::lease::Lease;
use crate::registry::{self, Cache};
use crate::secret::PostgresToken;
use crate::time::CoarseDeadline;

/// What one provider remembers in one environment.
#[derive(Debug, Default)]
pub(super) struct MemoCell(RefCell<Option<Memo>>);

#[derive(Debug)]
struct Memo {
    generation: u64,
    cache: Cache,
    number: u64,
    stale_at: CoarseDeadline,
    promise: Rc<Reference>,
}

impl MemoCell {
    /// The promise, if its token is still the one in use and fresh. Takes no lock.
    #[inline(always)]
    pub(super) fn hit(&self) -> Option<sys::napi_value> {
        self.0.try_borrow().ok()?.as_ref()?.hit()
    }

    /// The promise, if it is of that lease.
    pub(super) fn promise_of(
        &self,
        cache: &Cache,
        lease: &Lease<PostgresToken>,
    ) -> Option<sys::napi_value> {
        self.0.borrow().as_ref().and_then(|memo| memo.promise_of(cache, lease))
    }

    /// The cache, unless everybody has been told to read the environment anew.
    pub(super) fn cache(&self) -> Option<Cache> {
        let memo = self.0.borrow();
        let current = memo.as_ref().filter(|memo| memo.generation == registry::generation());
        current.map(|memo| memo.cache.clone())
    }

    /// Remembers nothing any more.
    pub(super) fn forget(&self) {
        drop(self.0.take());
    }

    /// Remembers `promise`, which is resolved to the token of `lease`. Where that does not work
    /// out, the next call makes another.
    pub(super) fn remember(
        &self,
        js: Js,
        cache: Cache,
        lease: &Lease<PostgresToken>,
        promise: Rc<Reference>,
    ) {
        match Memo::new(js, cache, lease, promise) {
            Ok(memo) => drop(self.0.replace(Some(memo))),
            Err(_) => js.forget_exception(),
        }
    }
}

impl Memo {
    fn new(
        js: Js,
        cache: Cache,
        lease: &Lease<PostgresToken>,
        promise: Rc<Reference>,
    ) -> JsResult<Memo> {
        js.detach_from_request(promise.value().ok_or(Failed::MISSING)?)?;
        Ok(Memo {
            generation: registry::generation(),
            cache,
            number: lease.number,
            stale_at: CoarseDeadline::at_distance(|now| lease.fresh_for(now)),
            promise,
        })
    }

    #[inline(always)]
    fn hit(&self) -> Option<sys::napi_value> {
        let is_right = self.number == self.cache.current()
            && self.generation == registry::generation()
            && !self.stale_at.is_past();
        if is_right { self.promise.value() } else { None }
    }

    fn promise_of(&self, cache: &Cache, lease: &Lease<PostgresToken>) -> Option<sys::napi_value> {
        let is_same = self.number == lease.number && Arc::ptr_eq(&self.cache, cache);
        if is_same { self.promise.value() } else { None }
    }
}
