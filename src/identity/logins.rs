//! One cache for each login of the Databricks CLI: the endpoints of a workspace share it, so that the CLI
//! runs once for all of them.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::databricks_cli::CliTokens;
use super::renewal::Renewal;
use crate::cache::TokenCache;
use crate::config::{CliLogin, Host};
use crate::http::Http;

type Cache = TokenCache<Renewal>;

/// What two that share one have in common: the errors of a last resort are its own.
type Key = (CliLogin, Host, bool);

/// That of `login` at the host of `http`, by whoever asked first.
pub(super) fn cache(login: CliLogin, http: Arc<Http>) -> Arc<Cache> {
    let is_last_resort = http.labels().identity.last_resort.is_some();
    let key = (login, http.host().clone(), is_last_resort);
    let mut all = LOGINS.lock().unwrap_or_else(PoisonError::into_inner);
    all.retain(|(_, cache)| cache.strong_count() > 0);
    let known = all.iter().find(|(other, _)| *other == key);
    if let Some(cache) = known.and_then(|(_, cache)| cache.upgrade()) {
        return cache;
    }
    let tokens = CliTokens::new(http, key.0.clone());
    let cache = TokenCache::unpaced(Renewal::DatabricksCli(tokens));
    all.push((key, Arc::downgrade(&cache)));
    cache
}

static LOGINS: Mutex<Vec<(Key, Weak<Cache>)>> = Mutex::new(Vec::new());

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;
    use crate::testing::settings;

    fn cache_of(host: &str, profile: &str) -> Arc<Cache> {
        let set = [("DATABRICKS_HOST", host), ("DATABRICKS_TOKEN", "token-1")];
        let Settings { config, labels, .. } = settings(&set).expect("complete");
        let http = Http::new(config.host, config.network, Arc::new(labels), Vec::new());
        let login = CliLogin {
            profile: Some(profile.to_owned()),
            file: "/file".into(),
            workspace_id: None,
            program: None,
        };
        cache(login, Arc::new(http))
    }

    #[test]
    fn a_login_has_one_cache_as_long_as_somebody_uses_it() {
        let first = cache_of("logins.test", "dev");
        assert!(Arc::ptr_eq(&first, &cache_of("logins.test", "dev")));
        assert!(!Arc::ptr_eq(&first, &cache_of("logins.test", "other")));
        assert!(!Arc::ptr_eq(&first, &cache_of("elsewhere.logins.test", "dev")));
        let gone = Arc::downgrade(&first);
        drop(first);
        assert_eq!(gone.strong_count(), 0);
    }
}
