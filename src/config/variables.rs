//! The variables that choose who asks, and where.

use super::auth_type::AuthType;
use super::labels::{Label, Labelled, Set};
use super::platform::Platforms;
use crate::secret::Secret;

/// Reads a variable whose name somebody has set.
pub(crate) type ReadText<'a> = &'a dyn Fn(&str) -> Option<Secret>;

/// What the variables say.
#[derive(Default)]
pub(super) struct Variables {
    pub host: Option<Labelled<String>>,
    pub token: Option<Labelled<String>>,
    pub client_id: Option<Labelled<String>>,
    pub client_secret: Option<Labelled<String>>,
    /// The path of a file with an ID token.
    pub id_token_file: Option<Labelled<String>>,
    /// The name of a variable with one; the usual one needs no name.
    pub id_token_variable: Option<Labelled<String>>,
    /// An ID token itself.
    pub id_token: Option<Labelled<Secret>>,
    /// What has ID tokens where nothing says where they are.
    pub platforms: Platforms,
}

impl Variables {
    /// These, and for the rest what is set.
    pub(super) fn or_read<E>(
        self,
        set: &mut Set<'_, E>,
        text: ReadText<'_>,
    ) -> Result<Variables, E> {
        let id_token_variable = set(ID_TOKEN_VARIABLE)?;
        let id_token = match &id_token_variable {
            Some(named) => text(&named.value).map(|value| {
                let label = Label::Described(format!("{} of {}", named.value, named.label));
                Labelled { value, label }
            }),
            None => set(ID_TOKEN)?
                .map(|token| Labelled { value: Secret::new(token.value), label: token.label }),
        };
        let mut variables = Variables {
            host: match self.host {
                Some(host) => Some(host),
                None => set(HOST)?,
            },
            token: set(TOKEN)?,
            client_id: set(CLIENT_ID)?,
            client_secret: set(CLIENT_SECRET)?,
            id_token_file: match set(ID_TOKEN_FILE)? {
                Some(file) => Some(file),
                None => set(ID_TOKEN_FILE_OF_PYTHON)?,
            },
            id_token_variable,
            id_token,
            platforms: Platforms::default(),
        };
        if variables.have_a_client_id_alone() {
            variables.platforms = Platforms::read(set)?;
        }
        Ok(variables)
    }

    fn have_a_client_id_alone(&self) -> bool {
        let Variables { token, client_secret, id_token_file, id_token_variable, id_token, .. } =
            self;
        let is_oidc = id_token_file.is_some() || id_token_variable.is_some() || id_token.is_some();
        self.client_id.is_some() && token.is_none() && client_secret.is_none() && !is_oidc
    }

    /// Whether nothing else is needed for that way, or for any.
    pub(super) fn are_complete_for(&self, way: Option<AuthType>) -> bool {
        let is_pair = self.client_id.is_some() && self.client_secret.is_some();
        let is_complete = match way {
            None => self.token.is_some() || is_pair,
            Some(AuthType::Pat) => self.token.is_some(),
            Some(AuthType::OauthM2m) => is_pair,
            Some(AuthType::EnvOidc) => self.id_token.is_some(),
            Some(AuthType::FileOidc) => self.id_token_file.is_some(),
            Some(AuthType::GitHubOidc) => self.platforms.github.is_some(),
            Some(AuthType::DatabricksCli) => false,
        };
        self.host.is_some() && is_complete
    }

    pub(super) fn have_credential(&self) -> bool {
        let is_oidc = self.id_token_file.is_some()
            || self.id_token_variable.is_some()
            || self.id_token.is_some();
        let is_pair = self.client_id.is_some() || self.client_secret.is_some();
        self.token.is_some() || is_pair || is_oidc
    }
}

pub(super) const HOST: &str = "DATABRICKS_HOST";
pub(super) const TOKEN: &str = "DATABRICKS_TOKEN";
pub(super) const CLIENT_ID: &str = "DATABRICKS_CLIENT_ID";
pub(super) const CLIENT_SECRET: &str = "DATABRICKS_CLIENT_SECRET";
const ID_TOKEN: &str = "DATABRICKS_OIDC_TOKEN";
const ID_TOKEN_VARIABLE: &str = "DATABRICKS_OIDC_TOKEN_ENV";
const ID_TOKEN_FILE: &str = "DATABRICKS_OIDC_TOKEN_FILEPATH";
/// The SDK for Python has this name too.
const ID_TOKEN_FILE_OF_PYTHON: &str = "DATABRICKS_OIDC_TOKEN_FILE";
pub(super) const AUTH_TYPE: &str = "DATABRICKS_AUTH_TYPE";
pub(super) const PROFILE: &str = "DATABRICKS_CONFIG_PROFILE";
pub(super) const NODE_ENV: &str = "NODE_ENV";
