//! What to do where the host that is asked may not be a workspace's.

use crate::config::Host;
use crate::config::elsewhere::Elsewhere;
use crate::config::labels::Label;

/// What to do where whoever answers does not seem to be a workspace.
pub(super) fn check_host(host: &Host, label: &Label) -> String {
    match Elsewhere::of(host.name()) {
        Some(elsewhere) => own_url(&format!("{label} is {}", elsewhere.is())),
        None => format!("Check that {label} is the URL of the workspace."),
    }
}

/// What to do where nobody answers.
pub(super) fn check_way(host: &Host, label: &Label) -> String {
    let which = match Elsewhere::of(host.name()) {
        Some(Elsewhere::Shared) => format!(", which is {},", Elsewhere::Shared.is()),
        Some(Elsewhere::Console | Elsewhere::App | Elsewhere::Postgres) => {
            return check_host(host, label);
        }
        None => String::new(),
    };
    format!("Check {label}{which} and this machine's network; then try again.")
}

/// What to do where `host` can be no workspace, whatever it says.
pub(super) fn no_workspace(host: &Host, label: &Label) -> Option<String> {
    let elsewhere = Elsewhere::of(host.name())?;
    (elsewhere != Elsewhere::Shared).then(|| check_host(host, label))
}

fn own_url(why: &str) -> String {
    format!(
        "{why}: set it to a workspace's own, such as https://dbc-….cloud.databricks.com or \
         https://adb-….azuredatabricks.net."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_nobody_answers_a_host_that_is_no_workspace_is_told() {
        for (host, advice) in [
            ("workspace.test", "Check HOST and this machine's network; then try again."),
            (
                "westeurope.azuredatabricks.net",
                "Check HOST, which is a host of several workspaces, and this machine's network; then \
                 try again.",
            ),
            (
                "accounts.cloud.databricks.com",
                "HOST is the console of an account: set it to a workspace's own, such as \
                 https://dbc-….cloud.databricks.com or https://adb-….azuredatabricks.net.",
            ),
        ] {
            let host = Host::parse(host).expect(host);
            assert_eq!(check_way(&host, &Label::variable("HOST")), advice);
        }
    }
}
