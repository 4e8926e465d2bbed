//! Access tokens of the Databricks CLI
//! (<https://docs.databricks.com/aws/en/dev-tools/cli/reference/auth-commands>): of a person who has logged
//! in there. JavaScript runs it, which knows its environment and starts programs safely.

use std::sync::Arc;
use std::time::Duration;

use super::runners::{CliRequest, Runner, Runners};
use super::under_way::UnderWay;
use crate::cache::Source;
use crate::cache::lease::Grant;
use crate::config::CliLogin;
use crate::config::labels::{IdentityLabels, Labels, LastResort};
use crate::config::login_command::login_command;
use crate::errand::{Brought, Nothing};
use crate::error::{Error, ErrorCode};
use crate::http::{Http, Who};
use crate::secret::AccessToken;
use crate::time::{Now, TimeLimit};
use crate::trip::Trip;
use crate::wire::{LONGEST_LIFETIME, SHORTEST_LIFETIME, check_token};

/// The access tokens of one login.
#[derive(Debug)]
pub(crate) struct CliTokens {
    http: Arc<Http>,
    login: CliLogin,
    runners: Runners,
    running: UnderWay,
}

impl CliTokens {
    pub(super) fn new(http: Arc<Http>, login: CliLogin) -> CliTokens {
        CliTokens { http, login, runners: Runners::default(), running: UnderWay::default() }
    }

    /// From now on `runner` runs it, as long as that can.
    pub(super) fn offer(&self, runner: &Runner) {
        self.runners.offer(runner);
    }

    /// What to do for a caller whose patience has ended, if it is the CLI that takes so long.
    pub(super) fn advice_when_running(&self) -> Option<String> {
        self.running.is().then(|| {
            format!(
                "The Databricks CLI has not answered yet; see what `{}` waits for.",
                self.command()
            )
        })
    }

    /// What to do where its token is refused, which the workspace gave the CLI.
    pub(super) fn advice(&self, who: &Who) -> String {
        let Labels { host, identity: IdentityLabels { profile, .. }, .. } = self.http.labels();
        let origin = self.http.host().as_str();
        let command = login_command("login", self.login.profile.as_deref(), origin);
        match who {
            Who::Identity | Who::Entra | Who::PersonalTokens if profile.is_some() => {
                format!("Log in again: {command}.")
            }
            Who::Identity | Who::Entra | Who::PersonalTokens => {
                format!("Check that {host} is the workspace that you are logged in to: {command}.")
            }
            Who::Scopes(_) => format!("Log in again, for all scopes: {command}."),
        }
    }

    /// It has a time of its own.
    pub(super) fn there(&self, trip: &Trip) -> Trip {
        let budget = TimeLimit::new(Now::read(), PATIENCE);
        Trip { budget, ..trip.clone() }
    }

    fn command(&self) -> String {
        let host = self.http.host().as_str();
        login_command("token", self.login.profile.as_deref(), host)
    }

    fn error(&self, failure: Nothing) -> Error {
        let what = failure.in_words();
        let Nothing { advice, said, passes, .. } = failure;
        let labels = &self.http.labels().identity;
        let error = match &labels.last_resort {
            None => Error::new(ErrorCode::IdentityUnavailable, what, advice),
            Some(LastResort { clause, advice: others }) => Error::new(
                ErrorCode::ConfigMissing,
                format!("{clause}; {}", in_the_middle(&what)),
                format!("{others}. {advice}"),
            ),
        };
        Error { cause: said, lasts: !passes, ..error }
    }
}

impl Source for CliTokens {
    type Token = AccessToken;

    fn advice_when_late(&self) -> String {
        self.advice_when_running().unwrap_or_else(|| self.http.advice_when_late())
    }

    async fn fetch(&self, _: &Trip) -> Result<Grant<AccessToken>, Error> {
        let origin = self.http.host().as_str();
        let host = match &self.login.workspace_id {
            Some(id) => format!("{origin}/?o={id}"),
            None => origin.to_owned(),
        };
        let request = CliRequest { login: self.login.clone(), host };
        let _running = self.running.begin();
        let Brought { token, expires_at } =
            self.runners.run(&request).await.map_err(|failure| self.error(failure))?;
        let from = Now::read();
        let unusable = |how: &str| {
            self.error(Nothing {
                what: format!("The Databricks CLI gave an access token {how}"),
                advice: format!("Run `{}`.", self.command()),
                said: None,
                passes: false,
            })
        };
        check_token(token.expose()).map_err(unusable)?;
        let left = match expires_at {
            Some(moment) => {
                moment.duration_since(from.wall).map_err(|_| unusable("that is already expired"))?
            }
            // For whoever has asked, and no longer.
            None => SHORTEST_LIFETIME,
        };
        let lifetime = left.clamp(SHORTEST_LIFETIME, LONGEST_LIFETIME);
        Ok(Grant { token: AccessToken(token), from, lifetime })
    }
}

/// A sentence's beginning where it is not one.
fn in_the_middle(sentence: &str) -> String {
    match sentence.split_once(' ') {
        Some(("The", rest)) => format!("the {rest}"),
        Some(("This", rest)) => format!("this {rest}"),
        _ => sentence.to_owned(),
    }
}

/// Longer than JavaScript gives the CLI.
const PATIENCE: Duration = Duration::from_secs(90);

/// The name of this way to an access token.
pub(super) const KIND: &str = "databricks-cli";
