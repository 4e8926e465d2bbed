//! A store that a fleet shares its Postgres tokens by: Redis, Valkey, or what speaks their protocol.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use url::Url;

use super::identity::Identity;
use super::labels::{Label, Labelled, NetworkLabels, Set, StoreLabels, Unshared};
use super::network::Network;
use super::problems::Problems;
use super::variables::ReadText;
use crate::secret::Secret;

/// Where it is, and what seals what lies there.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Store {
    pub place: Place,
    /// What everybody has who may share: the client's secret, or a key of its own.
    pub sealed_by: Secret,
    /// Whom to trust; it is reached without a proxy.
    pub network: Network,
}

/// A server.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    /// With brackets around an address of IPv6.
    pub host: String,
    pub port: u16,
    pub is_encrypted: bool,
    /// Without one the server's own default.
    pub user: Option<String>,
    pub password: Option<Secret>,
    /// The number of the database.
    pub database: Option<u32>,
}

impl Hash for Store {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // Few stores differ in anything else.
        self.place.hash(state);
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Store({:?})", self.place)
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// What the variables say, before it is known whose tokens they are for.
pub(super) struct StoreVariables {
    place: Labelled<Place>,
    key: Option<Secret>,
}

/// What is set; nothing where nothing is.
pub(super) fn read<E>(
    set: &mut Set<'_, E>,
    text: ReadText<'_>,
    problems: &mut Problems,
) -> Result<Option<StoreVariables>, E> {
    let Some(said) = set(STORE)? else { return Ok(None) };
    let key = set(KEY)?.and_then(|key| problems.checked(key, check_key));
    let url = if said.value.contains("://") { Ok(said) } else { named(said, text) };
    let place = match url {
        Ok(url) => problems.checked(url, place_of),
        Err(unset) => problems.checked(unset, |_| Err(NOT_SET)),
    };
    Ok(place.map(|place| StoreVariables { place, key: key.map(|key| key.value) }))
}

impl StoreVariables {
    /// What they mean for tokens of `identity`, and what messages call it.
    pub(super) fn of(
        self,
        identity: &Identity,
        (network, way): (&Network, &NetworkLabels),
    ) -> (Option<Arc<Store>>, StoreLabels) {
        let StoreVariables { place: Labelled { value: place, label }, key } = self;
        let sealed_by = sealed_by(identity, key);
        let labels = StoreLabels {
            label,
            place: place.to_string(),
            is_encrypted: place.is_encrypted,
            unshared: sealed_by.as_ref().err().copied(),
            network: way.clone(),
        };
        let network = Network { proxy: None, ..network.clone() };
        let store = sealed_by.ok().map(|sealed_by| Arc::new(Store { place, sealed_by, network }));
        (store, labels)
    }
}

/// Whoever has it may read what is sealed by it. Two people must never share an entry, so it has to be of an
/// identity that is known by its id.
fn sealed_by(identity: &Identity, key: Option<Secret>) -> Result<Secret, Unshared> {
    match identity {
        Identity::ClientCredentials { client_secret, .. } => Ok(client_secret.clone()),
        Identity::Federation { client_id: Some(_), .. }
        | Identity::IdTokensOfCallers { client_id: Some(_), .. } => key.ok_or(Unshared::NoKey),
        Identity::GivenToken(_)
        | Identity::Federation { .. }
        | Identity::IdTokensOfCallers { .. }
        | Identity::AccessTokensOfCallers { .. }
        | Identity::DatabricksCli(_) => Err(Unshared::OfAPerson),
    }
}

/// The value of the variable that is named.
fn named(
    Labelled { value: name, label }: Labelled<String>,
    text: ReadText<'_>,
) -> Result<Labelled<String>, Labelled<String>> {
    // A value that is no name may be a secret.
    let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    match text(&name).filter(|_| is_name) {
        Some(url) => {
            let label = Label::Described(format!("{name} of {label}"));
            Ok(Labelled { value: url.expose().trim().to_owned(), label })
        }
        None => Err(Labelled { value: name, label }),
    }
}

/// The error completes the sentence "LAKEBASE_TOKEN_STORE …".
fn place_of(text: String) -> Result<Place, &'static str> {
    let url = Url::parse(&text).map_err(|_| NO_URL)?;
    let is_encrypted = match url.scheme() {
        "redis" => false,
        "rediss" => true,
        _ => return Err(NO_URL),
    };
    let host = url.host_str().filter(|host| !host.is_empty()).ok_or("has no host name")?;
    let decoded = |text: &str| {
        let decoded = percent_decode(text);
        Some(decoded).filter(|text| !text.is_empty())
    };
    let database = match url.path().trim_matches('/') {
        "" => None,
        number => Some(number.parse().map_err(|_| "has a path that is no database's number")?),
    };
    Ok(Place {
        host: host.to_owned(),
        port: url.port().unwrap_or(PORT),
        is_encrypted,
        user: decoded(url.username()),
        password: url.password().and_then(decoded).map(Secret::new),
        database,
    })
}

fn percent_decode(text: &str) -> String {
    // A plus is a plus there.
    let query = format!("={}", text.replace('+', "%2B"));
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs.next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}

fn check_key(text: String) -> Result<Secret, &'static str> {
    let bytes = BASE64_STANDARD.decode(&text).map_err(|_| NO_KEY)?;
    if bytes.len() == KEY_LENGTH { Ok(Secret::new(text)) } else { Err(NO_KEY) }
}

const STORE: &str = "LAKEBASE_TOKEN_STORE";
const KEY: &str = "LAKEBASE_TOKEN_STORE_KEY";

const KEY_LENGTH: usize = 32;

/// Redis's own.
const PORT: u16 = 6379;

const NO_URL: &str = "is not of the form rediss://user:password@host:6379/0";
const NOT_SET: &str = "is neither a URL (rediss://user:password@host:6379/0) nor the name of a \
    variable that is set";
const NO_KEY: &str = "is not 32 bytes in base64, as `openssl rand -base64 32` prints them";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;
    use crate::testing::settings;

    const PAIR: [(&str, &str); 2] =
        [("DATABRICKS_CLIENT_ID", "client-1"), ("DATABRICKS_CLIENT_SECRET", "secret-1")];
    const URL: &str = "rediss://user:p%40ss+word@store.test:6380/3";
    const GOOD_KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

    fn with(identity: &[(&str, &str)], more: &[(&str, &str)]) -> crate::config::Settings {
        settings(&[identity, more].concat()).expect("complete")
    }

    #[test]
    fn a_url_says_where_it_is() {
        let store = with(&PAIR, &[(STORE, URL)]).config.store.expect("set");
        let Place { host, port, is_encrypted, user, password, database } = &store.place;
        assert_eq!((host.as_str(), *port, *is_encrypted), ("store.test", 6380, true));
        assert_eq!((user.as_deref(), *database), (Some("user"), Some(3)));
        assert_eq!(password.as_ref().map(Secret::expose), Some("p@ss+word"));
        assert_eq!(store.sealed_by.expose(), "secret-1");
        for (url, place) in [
            ("redis://store.test", "store.test:6379"),
            ("redis://[::1]:1/", "[::1]:1"),
            ("redis://:secret@127.0.0.1", "127.0.0.1:6379"),
            ("rediss://default:x@a-1.upstash.test:6379?protocol=3", "a-1.upstash.test:6379"),
        ] {
            let store = with(&PAIR, &[(STORE, url)]).config.store.expect(url);
            assert_eq!(store.place.to_string(), place);
        }
    }

    #[test]
    fn another_variable_may_have_the_url() {
        let set = with(&PAIR, &[(STORE, "REDIS_URL"), ("REDIS_URL", URL)]);
        assert_eq!(set.config.store.expect("set").place.to_string(), "store.test:6380");
        let label = set.labels.store.expect("set").label;
        assert_eq!(label.to_string(), "REDIS_URL of LAKEBASE_TOKEN_STORE");
    }

    #[test]
    fn nothing_is_shared_because_a_variable_exists() {
        let set = with(&PAIR, &[("REDIS_URL", URL), (KEY, GOOD_KEY)]);
        assert_eq!((set.config.store, set.labels.store), (None, None));
    }

    #[test]
    fn what_is_wrong_is_told_without_the_value() {
        for (variables, part) in [
            (&[(STORE, "canary")][..], NOT_SET),
            (&[(STORE, "a canary")], NOT_SET),
            (&[(STORE, "http://u:canary@store.test")], NO_URL),
            (&[(STORE, "redis://")], "has no host name"),
            (&[(STORE, "redis://u:canary@store.test/x")], "no database's number"),
            (&[(STORE, "REDIS_URL"), ("REDIS_URL", "canary")], "REDIS_URL of LAKEBASE_TOKEN_STORE"),
            (&[(STORE, URL), (KEY, "Y2FuYXJ5")], NO_KEY),
        ] {
            let error = settings(&[&PAIR[..], variables].concat()).expect_err(part);
            assert_eq!(error.code, ErrorCode::ConfigInvalid);
            let told = error.to_string();
            assert!(told.contains(part) && !told.contains("canary"), "{told}");
        }
    }

    #[test]
    fn identities_that_are_not_known_by_their_id_never_share() {
        let federation =
            [("DATABRICKS_CLIENT_ID", "client-1"), ("DATABRICKS_OIDC_TOKEN_FILEPATH", "/t")];
        let key = [(STORE, URL), (KEY, GOOD_KEY)];
        let alone = [(STORE, URL)];
        for (identity, store, unshared) in [
            (&PAIR[..], &alone[..], None),
            (&PAIR, &key, None),
            (&federation, &alone, Some(Unshared::NoKey)),
            (&federation, &key, None),
            (&federation[1..], &key, Some(Unshared::OfAPerson)),
            (&[("DATABRICKS_TOKEN", "token-1")], &key, Some(Unshared::OfAPerson)),
        ] {
            let set = with(identity, store);
            assert_eq!(set.labels.store.expect("set").unshared, unshared, "{identity:?}");
            assert_eq!(set.config.store.is_none(), unshared.is_some());
        }
        let sealed_by =
            |identity| with(identity, &key).config.store.expect("set").sealed_by.clone();
        assert_eq!(sealed_by(&PAIR[..]).expose(), "secret-1");
        assert_eq!(sealed_by(&federation[..]).expose(), GOOD_KEY);
    }

    #[test]
    fn debug_shows_where_it_is_alone() {
        let shown = format!("{:?}", with(&PAIR, &[(STORE, URL)]).config.store);
        assert_eq!(shown, "Some(Store(store.test:6380))");
    }
}
