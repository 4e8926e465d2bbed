//! What to do about a refusal, as far as that does not depend on what is asked for.

use super::refused::{Here, Refused};
use crate::config::Host;
use crate::config::elsewhere::Elsewhere;
use crate::config::env::WORKSPACE_ID;
use crate::config::labels::{Label, Labels};

/// What whoever asks knows to do about a refusal, if it is more than anybody would say.
pub type Advise<'a> = dyn Fn(&Refused) -> Option<String> + Send + Sync + 'a;

/// What the advice on a refusal depends on.
pub(super) struct Advice<'a> {
    /// Who refuses.
    pub host: &'a Host,
    /// Where that and the rest was set.
    pub labels: &'a Labels,
    pub advise: &'a Advise<'a>,
}

impl Advice<'_> {
    /// What to do where this is `refused`.
    pub(super) fn on(&self, refused: &Refused) -> String {
        let is_passing =
            matches!(refused, Refused::Here(Here::Throttled | Here::Outage | Here::Failure));
        match no_workspace(self.host, &self.labels.host) {
            // Whatever it refuses, another host has to be asked.
            Some(advice) if !is_passing => advice,
            Some(_) | None => (self.advise)(refused).unwrap_or_else(|| self.common(refused)),
        }
    }

    /// What anybody would say who asks this host.
    fn common(&self, refused: &Refused) -> String {
        let Advice { host, labels, .. } = self;
        let label = &labels.host;
        let Refused::Here(here) = refused else { return check_host(host, label) };
        let advice = match here {
            Here::Address => {
                "Add this machine's address to the IP access list of the workspace, or reach the \
                 workspace over its private network."
            }
            Here::Stranger => {
                let label = labels.workspace_id.as_ref().unwrap_or(label);
                return format!(
                    "Have an admin add the identity to the workspace, or set {label} to the one that \
                     it belongs to."
                );
            }
            Here::PublicNetwork => {
                "Run this process inside the network of the workspace's private link, or allow \
                 public access in the workspace's network settings."
            }
            Here::InactiveWorkspace => {
                "Look at the workspace in the console of its account: it may be suspended or \
                 cancelled."
            }
            Here::Throttled => "Try again later; this machine's address may share its limit.",
            Here::Outage | Here::Failure => {
                "Try again; if it lasts, look at the status page of Databricks."
            }
            Here::Redirect => return format!("Set {label} to the URL of the workspace itself."),
            Here::UnknownWorkspace | Here::Login => return own_url_of_many(host, labels),
            Here::Foreign => return check_host(host, label),
        };
        advice.to_owned()
    }
}

/// What to do where whoever answers does not seem to be a workspace.
pub(super) fn check_host(host: &Host, label: &Label) -> String {
    match Elsewhere::of(host.name()) {
        Some(elsewhere) => own_url(&format!("{label} is {}", elsewhere.is())),
        None => format!("Check that {label} is the URL of the workspace."),
    }
}

/// What to do where what answers does not know which workspace is meant.
pub(super) fn own_url_of_many(host: &Host, labels: &Labels) -> String {
    let Labels { host: label, workspace_id, .. } = labels;
    let elsewhere = Elsewhere::of(host.name());
    let why = match (elsewhere, workspace_id) {
        (Some(elsewhere), _) if !elsewhere.may_serve_one() => return check_host(host, label),
        (_, Some(workspace_id)) => {
            return format!("Check {workspace_id}, and that {label} is a URL of that workspace.");
        }
        (Some(elsewhere), None) => format!("{label} is {}", elsewhere.is()),
        (None, None) => format!("{label} may be a URL of several workspaces, or of none"),
    };
    let own = own_url(&why);
    format!("{}, or set {WORKSPACE_ID} to the workspace's id.", own.trim_end_matches('.'))
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
    (!elsewhere.may_serve_one()).then(|| check_host(host, label))
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
