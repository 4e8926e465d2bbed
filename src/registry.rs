//! One cache per configuration and process: shared by worker threads, module copies and contexts.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use once_cell::sync::Lazy;

use crate::cache::{self, FlightThread, Rejected, TokenCache};
use crate::config::{Config, Host, Settings};
use crate::event::Life;
use crate::identity::token_endpoint;
use crate::secret::PostgresToken;
pub(crate) use crate::source::postgres::Counts;
use crate::source::postgres::PostgresTokens;
use crate::time::Now;

/// The cache of one configuration.
pub(crate) type Cache = Arc<TokenCache<PostgresTokens>>;

/// A token that Postgres refused.
pub(crate) struct Refusal {
    /// Where it was in use.
    pub(crate) cache: Cache,
    pub(crate) life: Life,
}

/// A flight to a token of one.
pub(crate) type Flight = cache::Flight<PostgresTokens>;

/// All there are.
struct Caches {
    by_config: HashMap<Config, Known>,
    /// How often one was asked for.
    asks: u64,
    /// So many are looked through for those that nobody misses.
    enough: usize,
}

struct Known {
    cache: Cache,
    /// The number of the latest ask for it.
    asked: u64,
}

/// The process's cache for what is set.
///
/// Its errors use the labels of whoever asked first: a flight belongs to nobody, and all who wait
/// for it hear the same.
pub(crate) fn cache(settings: Settings) -> Cache {
    lock().cache(settings, Now::read())
}

impl Caches {
    fn none() -> Caches {
        Caches { by_config: HashMap::new(), asks: 0, enough: MANY_CACHES }
    }

    fn cache(&mut self, Settings { config, labels, .. }: Settings, now: Now) -> Cache {
        self.asks += 1;
        if let Some(known) = self.by_config.get_mut(&config) {
            known.asked = self.asks;
            return known.cache.clone();
        }
        if self.by_config.len() >= self.enough {
            self.make_room(now);
        }
        let thread = flight_thread(self, &config.host);
        let cache = TokenCache::new(PostgresTokens::new(config.clone(), labels), thread);
        self.by_config.insert(config, Known { cache: cache.clone(), asked: self.asks });
        cache
    }

    /// Lets go of all that nobody would miss and, where that does not suffice, of those that nobody
    /// uses and nobody has asked for the longest.
    fn make_room(&mut self, now: Now) {
        self.by_config.retain(|_, known| known.is_used() || !known.cache.is_idle(now));
        if let Some(surplus) = self.by_config.len().checked_sub(MOST_CACHES) {
            let unused = self.by_config.values().filter(|known| !known.is_used());
            let mut asked: Vec<u64> = unused.map(|known| known.asked).collect();
            asked.sort_unstable();
            // More than one, or each new one would look through all of them.
            asked.truncate(surplus + MOST_CACHES / 4);
            self.by_config.retain(|_, known| asked.binary_search(&known.asked).is_err());
        }
        let count = self.by_config.len();
        self.enough = (2 * count).clamp(MANY_CACHES, MOST_CACHES).max(count + MANY_CACHES);
    }

    fn all(&self) -> impl Iterator<Item = &Cache> {
        self.by_config.values().map(|known| &known.cache)
    }
}

impl Known {
    /// Whether somebody waits for it or remembers it.
    fn is_used(&self) -> bool {
        Arc::strong_count(&self.cache) > 1
    }
}

/// The thread that flights to `host` have already, or the one with the fewest caches.
fn flight_thread(caches: &Caches, host: &Host) -> FlightThread {
    if let Some((_, known)) = caches.by_config.iter().find(|(config, _)| config.host == *host) {
        return known.cache.thread();
    }
    let threads = (0..FlightThread::COUNT).map(FlightThread::Own);
    let busyness =
        |thread: &FlightThread| caches.all().filter(|cache| cache.thread() == *thread).count();
    threads.min_by_key(busyness).expect("there is more than none")
}

/// The process's cache for `config`, if it has one.
pub(crate) fn peek(config: &Config) -> Option<Cache> {
    lock().by_config.get(config).map(|known| known.cache.clone())
}

/// The provider is gone that alone could ask for `config`: its cache goes too, unless a flight needs it still.
pub(crate) fn let_go(config: &Config) {
    let mut caches = lock();
    let is_used = caches.by_config.get(config).is_none_or(Known::is_used);
    let gone = if is_used { None } else { caches.by_config.remove(config) };
    drop(caches);
    drop(gone);
}

/// Has `token` replaced wherever it is the one in use: whether it is in any place, and where nobody has said so before.
pub(crate) fn invalidate(token: &PostgresToken) -> (bool, Vec<Refusal>) {
    let (mut is_in_use, mut refusals) = (false, Vec::new());
    for cache in lock().all() {
        if let Some(Rejected { life, is_news }) = cache.invalidate(token) {
            is_in_use = true;
            if is_news {
                refusals.push(Refusal { cache: cache.clone(), life });
            }
        }
    }
    (is_in_use, refusals)
}

/// How often [`forget`] was called: whoever remembers a cache from before must ask again.
#[inline(always)]
pub(crate) fn generation() -> u64 {
    GENERATION.load(Ordering::Acquire)
}

/// Forgets every token of the workspace `host` and where its token endpoint is, and has everybody read their environment anew.
pub(crate) fn forget(host: &Host) {
    GENERATION.fetch_add(1, Ordering::AcqRel);
    token_endpoint::forget(host);
    // The caches are emptied, not only dropped: those who hold one must not go on using it.
    lock().by_config.retain(|config, known| {
        let is_of_host = config.host == *host;
        if is_of_host {
            known.cache.forget();
        }
        !is_of_host
    });
}

fn lock() -> MutexGuard<'static, Caches> {
    static CACHES: Lazy<Mutex<Caches>> = Lazy::new(|| Mutex::new(Caches::none()));
    CACHES.lock().unwrap_or_else(PoisonError::into_inner)
}

static GENERATION: AtomicU64 = AtomicU64::new(0);

/// A process that sees this many configurations is a test suite, or one whose given token is
/// replaced every hour; the caches nobody uses any more are dropped.
const MANY_CACHES: usize = 64;

/// No more are kept that nobody uses, with their tokens and clients: what is let go costs whoever comes
/// back a token.
const MOST_CACHES: usize = 4096;

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::time::Duration;

    use tokio::net::TcpSocket;

    use super::*;
    use crate::secret::Secret;
    use crate::testing::{settings, watched};

    const TOKEN: (&str, &str) = ("DATABRICKS_TOKEN", "token-1");

    /// What is set by these, and by a number that no other has.
    fn settings_of(number: usize, host: &str) -> Settings {
        let endpoint = format!("projects/{number}/branches/b/endpoints/e");
        let set = [TOKEN, ("DATABRICKS_HOST", host), ("LAKEBASE_ENDPOINT", &endpoint)];
        settings(&set).expect("complete")
    }

    /// Caches of these hosts, each with the thread that it is given.
    fn threads(hosts: &[&str]) -> Vec<FlightThread> {
        let mut caches = Caches::none();
        for (number, host) in hosts.iter().enumerate() {
            caches.cache(settings_of(number, host), Now::read());
        }
        let host = |host: &&str| Host::parse(host).expect("a host");
        hosts.iter().map(host).map(|host| flight_thread(&caches, &host)).collect()
    }

    /// The cache of that number, which holds a token.
    fn held(caches: &mut Caches, number: usize) -> Cache {
        let cache = caches.cache(settings_of(number, "one.test"), Now::read());
        cache.hold(PostgresToken(Secret::new(format!("token-{number}"))));
        cache
    }

    #[test]
    fn what_nobody_would_miss_is_let_go_and_what_holds_a_token_is_kept() {
        let mut caches = Caches::none();
        for number in 0..10 {
            held(&mut caches, number);
        }
        let in_use = caches.cache(settings_of(10, "one.test"), Now::read());
        for number in 11..=MANY_CACHES {
            caches.cache(settings_of(number, "one.test"), Now::read());
        }
        // The last of them found too many, and none but eleven of use.
        assert_eq!(caches.by_config.len(), 12);
        let again = caches.cache(settings_of(10, "one.test"), Now::read());
        assert!(Arc::ptr_eq(&in_use, &again));
    }

    #[test]
    fn what_a_provider_alone_could_ask_for_goes_with_it_unless_a_flight_needs_it() {
        let of = |number| settings_of(number, "let-go.test");
        let [gone, used] =
            [of(1), of(2)].map(|settings| (settings.config.clone(), cache(settings)));
        let (config, cache) = gone;
        drop(cache);
        let_go(&config);
        assert!(peek(&config).is_none());
        let (config, cache) = used;
        let_go(&config);
        assert!(peek(&config).is_some_and(|kept| Arc::ptr_eq(&kept, &cache)));
        let_go(&of(3).config);
    }

    #[test]
    fn of_more_than_are_kept_those_go_that_were_not_asked_for_the_longest() {
        let mut caches = Caches::none();
        let in_use = held(&mut caches, 0);
        for number in 1..MOST_CACHES {
            held(&mut caches, number);
        }
        for number in MOST_CACHES..3 * MOST_CACHES {
            caches.cache(settings_of(1, "one.test"), Now::read());
            held(&mut caches, number);
            assert!(caches.by_config.len() <= MOST_CACHES);
        }
        let is_kept =
            |number| caches.by_config.contains_key(&settings_of(number, "one.test").config);
        assert!(is_kept(0) && is_kept(1) && is_kept(3 * MOST_CACHES - 1));
        assert!(!is_kept(2) && !is_kept(MOST_CACHES));
        drop(in_use);
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
                &[("NO_PROXY", "workspace.test"), ("ALL_PROXY", "q.test")],
                &[("no_proxy", "*.test"), ("all_proxy", "r.test")],
            ),
            (
                &[("NO_PROXY", "intern.test"), ("ALL_PROXY", "s.test")],
                &[("no_proxy", "other.test"), ("all_proxy", "s.test")],
            ),
            (&[("NODE_USE_SYSTEM_CA", "1")], &[("NODE_OPTIONS", "--use-system-ca")]),
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
        assert!(what.contains("the proxy of https_proxy cannot be reached"), "{what}");
    }

    #[test]
    fn what_differs_is_another_cache() {
        let caches = [
            &[("NODE_EXTRA_CA_CERTS", "/1.pem"), ("SSL_CERT_FILE", "/2.pem")][..],
            &[("NODE_EXTRA_CA_CERTS", "/2.pem"), ("SSL_CERT_FILE", "/1.pem")],
            &[("https_proxy", "1.test")],
            &[("https_proxy", "2.test")],
            &[("NODE_USE_SYSTEM_CA", "1")],
            &[("DATABRICKS_TOKEN", "token-2")],
            &[],
        ]
        .map(cache_of);
        let are_same = |one: &Cache| caches.iter().filter(|other| Arc::ptr_eq(one, other)).count();
        assert!(caches.iter().all(|cache| are_same(cache) == 1));
    }
}
