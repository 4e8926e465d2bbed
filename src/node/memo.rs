//! The latest lease, as a promise that is already resolved.

use std::sync::Arc;

use napi_sys as sys;

use super::js::{Failed, Js, JsResult};
use super::reference::Reference;
use crate::cache::lease::Lease;
use crate::registry::{self, Cache};
use crate::secret::PostgresToken;
use crate::time::CoarseDeadline;

/// What one environment remembers.
#[derive(Debug)]
pub struct Memo {
    generation: u64,
    cache: Cache,
    number: u64,
    stale_at: CoarseDeadline,
    promise: Reference,
}

impl Memo {
    /// Remembers `promise`, which is resolved to the token of `lease`.
    pub fn new(
        js: Js,
        cache: Cache,
        lease: &Lease<PostgresToken>,
        promise: Reference,
    ) -> JsResult<Memo> {
        js.detach_from_request(promise.value().ok_or(Failed::GONE)?)?;
        Ok(Memo {
            generation: registry::generation(),
            cache,
            number: lease.number,
            stale_at: CoarseDeadline::at_distance(|now| lease.fresh_for(now)),
            promise,
        })
    }

    /// The promise, if its token is still the one in use and fresh. Takes no lock.
    #[inline]
    pub fn hit(&self) -> Option<sys::napi_value> {
        let is_right = self.number == self.cache.current()
            && self.generation == registry::generation()
            && !self.stale_at.is_past();
        if is_right { self.promise.value() } else { None }
    }

    /// The promise, if it is of that lease.
    pub fn promise_of(
        &self,
        cache: &Cache,
        lease: &Lease<PostgresToken>,
    ) -> Option<sys::napi_value> {
        let is_same = self.number == lease.number && Arc::ptr_eq(&self.cache, cache);
        if is_same { self.promise.value() } else { None }
    }

    /// The cache, unless everybody has been told to read the environment anew.
    pub fn cache(&self) -> Option<&Cache> {
        Some(&self.cache).filter(|_| self.generation == registry::generation())
    }
}
