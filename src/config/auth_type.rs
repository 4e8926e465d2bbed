//! The names that Databricks' SDKs have for ways to log in
//! (<https://docs.databricks.com/aws/en/dev-tools/auth/unified-auth>).

/// The ones that this package has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AuthType {
    /// A token that is given.
    Pat,
    /// Client credentials.
    OauthM2m,
    /// An ID token in a variable.
    EnvOidc,
    /// An ID token in a file.
    FileOidc,
    /// The ID tokens of a job of GitHub Actions.
    GitHubOidc,
    /// The Databricks CLI.
    DatabricksCli,
}

impl AuthType {
    /// That of this name. The error completes the sentence "DATABRICKS_AUTH_TYPE …".
    pub(super) fn parse(name: &str) -> Result<AuthType, String> {
        match name {
            "pat" => Ok(AuthType::Pat),
            "oauth-m2m" => Ok(AuthType::OauthM2m),
            "env-oidc" => Ok(AuthType::EnvOidc),
            "file-oidc" => Ok(AuthType::FileOidc),
            "github-oidc" => Ok(AuthType::GitHubOidc),
            "databricks-cli" => Ok(AuthType::DatabricksCli),
            _ if OTHERS.contains(&name) => Err(format!("is {name}, which is not supported here")),
            // It may be anything, also a secret.
            _ => Err(format!("is none of {OURS}")),
        }
    }
}

/// Those that can be used, for messages.
pub(super) const OURS: &str = "pat, oauth-m2m, env-oidc, file-oidc, github-oidc and databricks-cli";

/// Those of the SDKs for Go, Python and JavaScript that there are besides.
const OTHERS: [&str; 16] = [
    "azure-cli",
    "azure-client-secret",
    "azure-devops-oidc",
    "azure-msi",
    "basic",
    "external-browser",
    "github-oidc-azure",
    "google-credentials",
    "google-id",
    "metadata-service",
    "model-serving",
    "model_serving_user_credentials",
    "oauth-u2m",
    "runtime",
    "runtime-oauth",
    "token-federation",
];

/// The way that is not ours and that everything is set for, given a way to read the value of a variable or of
/// the key of a profile.
///
/// # Errors
///
/// The reader's.
pub(super) fn foreign_set<E>(
    mut value: impl FnMut(&'static str, &'static str) -> Result<Option<String>, E>,
) -> Result<Option<&'static str>, E> {
    for (kind, settings) in FOREIGN {
        let mut is_complete = true;
        for (variable, key) in *settings {
            let set = value(variable, key)?;
            // A switch may be off.
            is_complete &= set.is_some_and(|set| *variable != USE_MSI || is_on(&set));
        }
        if is_complete {
            return Ok(Some(kind));
        }
    }
    Ok(None)
}

/// As Go reads a boolean (`strconv.ParseBool`).
fn is_on(switch: &str) -> bool {
    matches!(switch, "1" | "t" | "T" | "true" | "TRUE" | "True")
}

const USE_MSI: &str = "ARM_USE_MSI";

/// What is set for one of them: a variable, or the key of a profile.
type Settings = &'static [(&'static str, &'static str)];

const FOREIGN: &[(&str, Settings)] = &[
    ("azure-msi", &[(USE_MSI, "azure_use_msi")]),
    (
        "azure-client-secret",
        &[
            ("ARM_CLIENT_ID", "azure_client_id"),
            ("ARM_CLIENT_SECRET", "azure_client_secret"),
            ("ARM_TENANT_ID", "azure_tenant_id"),
        ],
    ),
    ("google-credentials", &[("GOOGLE_CREDENTIALS", "google_credentials")]),
    ("google-id", &[("DATABRICKS_GOOGLE_SERVICE_ACCOUNT", "google_service_account")]),
    ("metadata-service", &[("DATABRICKS_METADATA_SERVICE_URL", "metadata_service_url")]),
    ("basic", &[("DATABRICKS_USERNAME", "username"), ("DATABRICKS_PASSWORD", "password")]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_ours_or_known_or_neither() {
        assert_eq!(AuthType::parse("pat"), Ok(AuthType::Pat));
        assert_eq!(AuthType::parse("oauth-m2m"), Ok(AuthType::OauthM2m));
        assert_eq!(AuthType::parse("databricks-cli"), Ok(AuthType::DatabricksCli));
        let azure = "is azure-cli, which is not supported here".to_owned();
        assert_eq!(AuthType::parse("azure-cli"), Err(azure));
        for name in ["PAT", "canary", ""] {
            let neither =
                "is none of pat, oauth-m2m, env-oidc, file-oidc, github-oidc and databricks-cli"
                    .to_owned();
            assert_eq!(AuthType::parse(name), Err(neither), "{name}");
        }
    }
}
