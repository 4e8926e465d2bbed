//! One cache per configuration and process: shared by worker threads, module copies and contexts.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use once_cell::sync::Lazy;

use crate::cache::TokenCache;
use crate::config::{Config, Host};
use crate::secret::PostgresToken;
use crate::source::postgres::PostgresTokens;
use crate::time::Now;

/// The cache of one configuration.
pub type Cache = Arc<TokenCache<PostgresTokens>>;

/// The process's cache for `config`.
pub fn cache(config: Config) -> Cache {
    let mut caches = lock();
    if let Some(cache) = caches.get(&config) {
        return cache.clone();
    }
    if caches.len() >= MANY_CACHES {
        let now = Now::read();
        caches.retain(|_, cache| Arc::strong_count(cache) > 1 || !cache.is_idle(now));
    }
    let cache = TokenCache::new(PostgresTokens::new(config.clone()));
    caches.insert(config, cache.clone());
    cache
}

/// The process's cache for `config`, if it has one.
pub fn peek(config: &Config) -> Option<Cache> {
    lock().get(config).cloned()
}

/// Forgets `token` wherever it is the one in use.
pub fn invalidate(token: &PostgresToken) -> bool {
    // Not `any`, which would stop at the first.
    lock().values().filter(|cache| cache.invalidate(token)).count() > 0
}

/// How often [`forget`] was called: whoever remembers a cache from before must ask again.
pub fn generation() -> u64 {
    GENERATION.load(Ordering::Acquire)
}

/// Forgets every token of the workspace `host`, and has everybody read their environment anew.
pub fn forget(host: &Host) {
    GENERATION.fetch_add(1, Ordering::AcqRel);
    // The caches are emptied, not only dropped: those who hold one must not go on using it.
    lock().retain(|config, cache| {
        let is_of_host = config.host == *host;
        if is_of_host {
            cache.forget();
        }
        !is_of_host
    });
}

fn lock() -> MutexGuard<'static, HashMap<Config, Cache>> {
    static CACHES: Lazy<Mutex<HashMap<Config, Cache>>> = Lazy::new(Mutex::default);
    CACHES.lock().unwrap_or_else(PoisonError::into_inner)
}

static GENERATION: AtomicU64 = AtomicU64::new(0);

/// A process that sees this many configurations is a test suite, or one whose personal token is
/// replaced every hour; the caches nobody uses any more are dropped.
const MANY_CACHES: usize = 64;
