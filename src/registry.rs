//! One cache per configuration and process: shared by worker threads, module copies and contexts.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use once_cell::sync::Lazy;

use crate::cache::{FlightThread, TokenCache};
use crate::config::{Config, Host, Settings};
use crate::secret::PostgresToken;
use crate::source::postgres::PostgresTokens;
use crate::time::Now;

/// The cache of one configuration.
pub(crate) type Cache = Arc<TokenCache<PostgresTokens>>;

/// The process's cache for what is set.
///
/// Its errors use the labels of whoever asked first: a flight belongs to nobody, and all who wait
/// for it hear the same.
pub(crate) fn cache(Settings { config, labels }: Settings) -> Cache {
    let mut caches = lock();
    if let Some(cache) = caches.get(&config) {
        return cache.clone();
    }
    if caches.len() >= MANY_CACHES {
        let now = Now::read();
        caches.retain(|_, cache| Arc::strong_count(cache) > 1 || !cache.is_idle(now));
    }
    let thread = flight_thread(&caches, &config.host);
    let cache = TokenCache::new(PostgresTokens::new(config.clone(), labels), thread);
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
pub(crate) fn peek(config: &Config) -> Option<Cache> {
    lock().get(config).cloned()
}

/// Has `token` replaced wherever it is the one in use.
pub(crate) fn invalidate(token: &PostgresToken) -> bool {
    // Not `any`, which would stop at the first.
    lock().values().filter(|cache| cache.invalidate(token)).count() > 0
}

/// How often [`forget`] was called: whoever remembers a cache from before must ask again.
pub(crate) fn generation() -> u64 {
    GENERATION.load(Ordering::Acquire)
}

/// Forgets every token of the workspace `host`, and has everybody read their environment anew.
pub(crate) fn forget(host: &Host) {
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

/// A process that sees this many configurations is a test suite, or one whose given token is
/// replaced every hour; the caches nobody uses any more are dropped.
const MANY_CACHES: usize = 64;

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::time::Duration;

    use tokio::net::TcpSocket;

    use super::*;
    use crate::testing::{settings, watched};

    const TOKEN: (&str, &str) = ("DATABRICKS_TOKEN", "token-1");

    /// Caches of these hosts, each with the thread that it is given.
    fn threads(hosts: &[&str]) -> Vec<FlightThread> {
        let mut caches = HashMap::new();
        for (number, host) in hosts.iter().enumerate() {
            let endpoint = format!("projects/{number}/branches/b/endpoints/e");
            let set = [TOKEN, ("DATABRICKS_HOST", host), ("LAKEBASE_ENDPOINT", &endpoint)];
            let Settings { config, labels } = settings(&set).expect("complete");
            let thread = flight_thread(&caches, &config.host);
            let cache = TokenCache::new(PostgresTokens::new(config.clone(), labels), thread);
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

    /// The cache for these variables, of workspaces that no other test asks.
    fn cache_of(variables: &[(&str, &str)]) -> Cache {
        cache(settings(&[&[TOKEN], variables].concat()).expect("complete"))
    }

    #[test]
    fn what_is_set_under_another_name_is_the_same_cache() {
        for (one, other) in [
            (&[("https_proxy", "p.test")][..], &[("HTTPS_PROXY", "p.test")][..]),
            (&[("ALL_PROXY", "p.test")], &[("https_proxy", "http://p.test")]),
            (
                &[("NO_PROXY", "intern.test"), ("ALL_PROXY", "q.test")],
                &[("no_proxy", "intern.test"), ("all_proxy", "q.test")],
            ),
            (&[("NODE_EXTRA_CA_CERTS", "/ca.pem")], &[("SSL_CERT_FILE", "/ca.pem")]),
            (&[("SSL_CERT_DIR", "/one.pem")], &[("SSL_CERT_FILE", "/one.pem")]),
            (
                &[("NODE_EXTRA_CA_CERTS", "/one"), ("SSL_CERT_FILE", "/two")],
                &[("SSL_CERT_DIR", "/one:/two")],
            ),
        ] {
            assert!(Arc::ptr_eq(&cache_of(one), &cache_of(other)), "{one:?} {other:?}");
        }
    }

    #[tokio::test]
    async fn an_error_names_what_whoever_asked_first_has_set() {
        // Bound, so that nobody else listens there, and not listening.
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind((Ipv4Addr::LOCALHOST, 0).into()).expect("a port");
        let proxy = socket.local_addr().expect("bound").to_string();
        let first = cache_of(&[("https_proxy", &proxy)]);
        let later = cache_of(&[("HTTPS_PROXY", &proxy)]);
        assert!(Arc::ptr_eq(&first, &later));
        let (trip, mut progress) = watched(Duration::from_secs(600));
        let what = tokio::select! {
            _ = later.lease(&trip, Duration::ZERO) => None,
            progress = progress.wait_for(|progress| progress.failure.is_some()) => {
                progress.expect("it is under way").failure.clone().map(|(_, error)| error.what)
            }
        };
        let what = what.expect("an attempt has failed");
        assert!(what.contains("with https_proxy set"), "{what}");
    }

    #[test]
    fn what_differs_is_another_cache() {
        let caches = [
            &[("NODE_EXTRA_CA_CERTS", "/1.pem"), ("SSL_CERT_FILE", "/2.pem")][..],
            &[("NODE_EXTRA_CA_CERTS", "/2.pem"), ("SSL_CERT_FILE", "/1.pem")],
            &[("https_proxy", "1.test")],
            &[("https_proxy", "2.test")],
            &[("https_proxy", "1.test"), ("no_proxy", "1.test")],
            &[("NODE_USE_SYSTEM_CA", "1")],
            &[("DATABRICKS_TOKEN", "token-2")],
            &[],
        ]
        .map(cache_of);
        let are_same = |one: &Cache| caches.iter().filter(|other| Arc::ptr_eq(one, other)).count();
        assert!(caches.iter().all(|cache| are_same(cache) == 1));
    }
}
