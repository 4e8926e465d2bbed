//! Text that must not be seen: no `Display`, `Deref` or `Serialize`; [`Secret::expose`] is the only
//! way out, and memory is wiped when the last owner lets go.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use zeroize::Zeroizing;

/// Secret text. Clones share the same memory.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Arc<Zeroizing<String>>);

impl Secret {
    /// Takes over `text`, which must not be kept elsewhere.
    pub fn new(text: String) -> Secret {
        Secret(Arc::new(Zeroizing::new(text)))
    }

    /// The text itself: for the wire and for the caller who asked for it, never for a message.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl Hash for Secret {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.expose().hash(state);
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// A token of the workspace (RFC 6749): it buys Postgres tokens.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct AccessToken(pub Secret);

/// A token of Lakebase Postgres: the password of a login.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PostgresToken(pub Secret);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing_of_the_text() {
        let secret = Secret::new("canary".to_owned());
        let shown = format!("{:?} {:?}", AccessToken(secret.clone()), PostgresToken(secret));
        assert!(!shown.contains("canary"), "{shown}");
    }
}
