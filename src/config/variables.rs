//! The variables that choose who asks, and where.

use super::auth_type::AuthType;
use super::labels::Labelled;

/// Reads one variable.
pub(super) type Set<'a, E> = dyn FnMut(&'static str) -> Result<Option<Labelled<String>>, E> + 'a;

/// What the variables say.
#[derive(Default)]
pub(super) struct Variables {
    pub host: Option<Labelled<String>>,
    pub token: Option<Labelled<String>>,
    pub client_id: Option<Labelled<String>>,
    pub client_secret: Option<Labelled<String>>,
}

impl Variables {
    /// These, and for the rest what is set.
    pub(super) fn or_read<E>(self, set: &mut Set<'_, E>) -> Result<Variables, E> {
        Ok(Variables {
            host: match self.host {
                Some(host) => Some(host),
                None => set(HOST)?,
            },
            token: set(TOKEN)?,
            client_id: set(CLIENT_ID)?,
            client_secret: set(CLIENT_SECRET)?,
        })
    }

    /// Whether nothing else is needed for that way, or for any.
    pub(super) fn are_complete_for(&self, way: Option<AuthType>) -> bool {
        let is_pair = self.client_id.is_some() && self.client_secret.is_some();
        let is_complete = match way {
            None => self.token.is_some() || is_pair,
            Some(AuthType::Pat) => self.token.is_some(),
            Some(AuthType::OauthM2m) => is_pair,
            Some(AuthType::DatabricksCli) => false,
        };
        self.host.is_some() && is_complete
    }

    pub(super) fn have_credential(&self) -> bool {
        self.token.is_some() || self.client_id.is_some() || self.client_secret.is_some()
    }
}

pub(super) const HOST: &str = "DATABRICKS_HOST";
pub(super) const TOKEN: &str = "DATABRICKS_TOKEN";
pub(super) const CLIENT_ID: &str = "DATABRICKS_CLIENT_ID";
pub(super) const CLIENT_SECRET: &str = "DATABRICKS_CLIENT_SECRET";
pub(super) const AUTH_TYPE: &str = "DATABRICKS_AUTH_TYPE";
pub(super) const PROFILE: &str = "DATABRICKS_CONFIG_PROFILE";
pub(super) const NODE_ENV: &str = "NODE_ENV";
