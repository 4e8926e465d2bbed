//! One cache per configuration and process: shared by worker threads, module copies and contexts.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use once_cell::sync::Lazy;

use crate::cache::{FlightThread, TokenCache};
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
    let thread = flight_thread(&caches, &config.host);
    let cache = TokenCache::new(PostgresTokens::new(config.clone()), thread);
    caches.insert(config, cache.clone());
    cache
}

/// The thread that flights to `host` have already, or the one with the fewest caches.
fn flight_thread(caches: &HashMap<Config, Cache>, host: &Host) -> FlightThread {
    if let Some((_, cache)) = caches.iter().find(|(config, _)| config.host == *host) {
        return cache.thread();
    }
    let threads = (0..FlightThread::COUNT).map(FlightThread::Own);
    let busyness =
        |thread: &FlightThread| caches.values().filter(|cache| cache.thread() == *thread).count();
    threads.min_by_key(busyness).expect("there is more than none")
}

/// The process's cache for `config`, if it has one.
pub fn peek(config: &Config) -> Option<Cache> {
    lock().get(config).cloned()
}

/// Has `token` replaced wherever it is the one in use.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Identity;
    use crate::config::network::Network;
    use crate::secret::{AccessToken, Secret};

    /// Caches of these hosts, each with the thread that it is given.
    fn threads(hosts: &[&str]) -> Vec<FlightThread> {
        let mut caches = HashMap::new();
        for (number, host) in hosts.iter().enumerate() {
            let config = Config {
                host: Host::parse(host).expect("a host"),
                endpoint: format!("projects/{number}/branches/b/endpoints/e"),
                identity: Identity::PersonalToken(AccessToken(Secret::new("token-1".to_owned()))),
                network: Network::default(),
            };
            let thread = flight_thread(&caches, &config.host);
            let cache = TokenCache::new(PostgresTokens::new(config.clone()), thread);
            caches.insert(config, cache);
        }
        hosts
            .iter()
            .map(|host| flight_thread(&caches, &Host::parse(host).expect("a host")))
            .collect()
    }

    #[test]
    fn workspaces_share_no_thread_and_the_caches_of_one_do() {
        assert_eq!(
            threads(&["one.test", "two.test", "one.test", "three.test"]),
            [0, 1, 0, 2].map(FlightThread::Own)
        );
    }

    #[test]
    fn one_workspace_too_many_shares_the_thread_with_the_fewest_caches() {
        let mut hosts: Vec<String> =
            (0..FlightThread::COUNT).map(|number| format!("{number}.test")).collect();
        hosts.insert(0, "0.test".to_owned());
        hosts.push("one-too-many.test".to_owned());
        let hosts: Vec<&str> = hosts.iter().map(String::as_str).collect();
        assert_eq!(threads(&hosts).last(), Some(&FlightThread::Own(1)));
    }
}
