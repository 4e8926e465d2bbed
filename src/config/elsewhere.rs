//! Hosts of Databricks that people take for their workspace's, told by their names.

/// What a host is that is not a workspace's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Elsewhere {
    /// Where accounts are administered, or people log in.
    Console,
    /// A Databricks App.
    App,
    /// Postgres itself.
    Postgres,
    /// A region of Azure, or a name that a company has given to several workspaces.
    Shared,
}

impl Elsewhere {
    /// That of a host with this name, in lower case.
    pub(crate) fn of(name: &str) -> Option<Elsewhere> {
        if name.ends_with(".databricksapps.com") {
            return Some(Elsewhere::App);
        }
        let domain = DOMAINS.iter().find(|domain| name.ends_with(*domain))?;
        let below = &name[..name.len() - domain.len()];
        match below.split_once('.').map_or(below, |(first, _)| first) {
            "accounts" | "accounts-dod" | "login" => Some(Elsewhere::Console),
            _ if below.contains(".database.") || below.ends_with(".database") => {
                Some(Elsewhere::Postgres)
            }
            // Those of workspaces are adb-<workspace id>.<number>.
            _ if *domain == AZURE && !below.contains('.') => Some(Elsewhere::Shared),
            _ => None,
        }
    }

    /// Whether it may be a workspace's all the same.
    pub(crate) fn may_serve_one(self) -> bool {
        self == Elsewhere::Shared
    }

    /// Completes the sentence "DATABRICKS_HOST is …".
    pub(crate) fn is(self) -> &'static str {
        match self {
            Elsewhere::Console => "the console of an account",
            Elsewhere::App => "the URL of an app",
            Elsewhere::Postgres => "a Postgres host, which belongs in PGHOST",
            Elsewhere::Shared => "a host of several workspaces",
        }
    }
}

/// Whether a host with this name is one of Azure's, where identities may be Entra ID's too.
pub(crate) fn is_azure(name: &str) -> bool {
    [AZURE, ".databricks.azure.us", ".databricks.azure.cn"].iter().any(|end| name.ends_with(end))
}

const AZURE: &str = ".azuredatabricks.net";

/// Those of all clouds (`config/environment` of the Go SDK).
const DOMAINS: [&str; 6] = [
    AZURE,
    ".databricks.azure.us",
    ".databricks.azure.cn",
    ".databricks.com",
    ".databricks.us",
    ".databricks.mil",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_workspace_is_told_by_its_name() {
        for (name, elsewhere) in [
            ("accounts.cloud.databricks.com", Some(Elsewhere::Console)),
            ("accounts.gcp.databricks.com", Some(Elsewhere::Console)),
            ("accounts.azuredatabricks.net", Some(Elsewhere::Console)),
            ("accounts-dod.cloud.databricks.us", Some(Elsewhere::Console)),
            ("login.databricks.com", Some(Elsewhere::Console)),
            ("my-app-1234567890123456.aws.databricksapps.com", Some(Elsewhere::App)),
            ("ep-cool.database.us-east-1.cloud.databricks.com", Some(Elsewhere::Postgres)),
            ("ep-cool.database.westeurope.azuredatabricks.net", Some(Elsewhere::Postgres)),
            ("westeurope.azuredatabricks.net", Some(Elsewhere::Shared)),
            ("corp.azuredatabricks.net", Some(Elsewhere::Shared)),
            ("adb-1234567890123456.7.azuredatabricks.net", None),
            ("adb-1234567890123456.7.databricks.azure.us", None),
            ("dbc-1a2b3c4d-5e6f.cloud.databricks.com", None),
            ("dbc-1a2b3c4d-5e6f.cloud.databricks.us", None),
            ("1234567890123456.7.gcp.databricks.com", None),
            ("corp.databricks.com", None),
            ("accounts.workspace.test", None),
            ("accounts", None),
            ("127.0.0.1", None),
            ("", None),
        ] {
            assert_eq!(Elsewhere::of(name), elsewhere, "{name}");
        }
    }
}
