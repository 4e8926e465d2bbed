//! What a workspace refuses, told apart by its own words. Nobody else looks at them.

use super::said::Said;
use crate::error::ErrorCode;

/// What is refused, as far as the answer tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Whoever it is that asks.
    Who(Who),
    /// What is asked for.
    What(What),
    /// Whatever anybody asks here.
    Here(Here),
}

/// Who is refused. The identity knows what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// The client, or the access token.
    Identity,
    /// A client of Entra ID's.
    Entra,
    /// Personal access tokens, whoever's.
    PersonalTokens,
    /// A secret or token without these scopes; empty where they are not named.
    Scopes(String),
}

/// What is refused. Whoever asks for it knows what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// It, to this identity.
    Permission,
    /// More of it.
    Quota,
    /// It is not there.
    Missing,
    /// This host does not have the call.
    Api,
    /// Lakebase is not enabled.
    Feature,
    /// The endpoint is disabled.
    DisabledEndpoint,
    /// It cannot be asked for like that.
    Request,
    /// It is being changed.
    Change,
}

/// Why everything is refused here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Here {
    /// The address that the request comes from is not on a list.
    Address,
    /// It comes over the public network.
    PublicNetwork,
    /// The workspace is not active.
    InactiveWorkspace,
    /// Whoever asks does not belong to the workspace.
    Stranger,
    /// It does not say which of several workspaces is meant.
    UnknownWorkspace,
    /// People log in here.
    Login,
    /// Another place is to be asked.
    Redirect,
    /// There are too many requests.
    Throttled,
    /// The service is down for the moment.
    Outage,
    /// The service fails at it.
    Failure,
    /// Whoever answers does not speak as a workspace does.
    Foreign,
}

/// What an answer with this status, not 2xx and not 3xx, refuses.
pub(super) fn meaning(status: u16, said: &Said) -> Refused {
    let word = said.word.as_deref().unwrap_or_default().to_ascii_uppercase();
    let message = said.message.as_deref().unwrap_or_default();
    let by_word = match word.as_str() {
        "REQUEST_LIMIT_EXCEEDED" | "RESOURCE_EXHAUSTED" => Some(Refused::Here(Here::Throttled)),
        "INVALID_REQUEST" if message.contains("throttled") => Some(Refused::Here(Here::Throttled)),
        "TEMPORARILY_UNAVAILABLE"
        | "WORKSPACE_TEMPORARILY_UNAVAILABLE"
        | "SERVICE_UNDER_MAINTENANCE" => Some(Refused::Here(Here::Outage)),
        "INVALID_CLIENT" | "UNAUTHORIZED_CLIENT" => {
            by_phrase(status, said, message).or(Some(Refused::Who(Who::Identity)))
        }
        _ if is_final(status) => {
            by_phrase(status, said, message).or_else(|| by_code(&word, status, message))
        }
        _ => None,
    };
    let refused = by_word.unwrap_or_else(|| by_status(status, said));
    if let Refused::Who(Who::Scopes(_)) = refused {
        return Refused::Who(Who::Scopes(scopes(said, message)));
    }
    refused
}

/// A refusal of just this request, which the same one meets again.
fn is_final(status: u16) -> bool {
    (400..500).contains(&status) && !matches!(status, 408 | 429)
}

/// The service's own sentences, where its words for an error say too little or differ.
fn by_phrase(status: u16, said: &Said, message: &str) -> Option<Refused> {
    let found = PHRASES.iter().find(|(phrase, _)| holds(message, phrase));
    let is_scope = said.challenge.is_some();
    let bare = message.trim_end_matches('.');
    // In a body of JSON it has a word of its own.
    let is_token = said.word.is_none()
        && matches!(status, 400 | 401 | 403)
        && REFUSED_TOKENS.iter().any(|refused| refused.eq_ignore_ascii_case(bare));
    found
        .map(|(_, refused)| refused.clone())
        .or_else(|| is_scope.then_some(Refused::Who(Who::Scopes(String::new()))))
        .or_else(|| is_token.then_some(Refused::Who(Who::Identity)))
}

/// Whether `phrase` is in `message`, whose ellipsis stands for one word; after `^`, at its beginning.
fn holds(message: &str, phrase: &str) -> bool {
    if let Some(beginning) = phrase.strip_prefix('^') {
        return message.trim_start().starts_with(beginning);
    }
    let Some((before, after)) = phrase.split_once('…') else { return message.contains(phrase) };
    let is_word = |text: &str| !text.is_empty() && !text.contains(char::is_whitespace);
    message.match_indices(before).any(|(at, _)| {
        let rest = &message[at + before.len()..];
        rest.find(after).is_some_and(|end| is_word(&rest[..end]))
    })
}

fn by_code(word: &str, status: u16, message: &str) -> Option<Refused> {
    match (word, status) {
        // The status once more is a word for both.
        ("403", 403) if message.contains("does not have permission") => None,
        ("INVALID_TOKEN", _) => Some(Refused::Who(Who::Identity)),
        // A refused access token rather than a refused permission, which has a word of its own.
        ("403" | "UNAUTHENTICATED", 403) => Some(Refused::Who(Who::Identity)),
        ("INSUFFICIENT_SCOPE" | "INVALID_SCOPE", _) => {
            Some(Refused::Who(Who::Scopes(String::new())))
        }
        ("QUOTA_EXCEEDED", _) => Some(Refused::What(What::Quota)),
        ("FEATURE_DISABLED", _) => Some(Refused::What(What::Feature)),
        _ => None,
    }
}

fn by_status(status: u16, said: &Said) -> Refused {
    match status {
        401 => Refused::Who(Who::Identity),
        403 => Refused::What(What::Permission),
        404 => Refused::What(What::Missing),
        429 => Refused::Here(Here::Throttled),
        408 | 502 | 503 | 504 => Refused::Here(Here::Outage),
        500.. => Refused::Here(Here::Failure),
        // Without a word it may be anybody who answers.
        400 | 422 if said.word.is_some() => Refused::What(What::Request),
        409 if said.word.is_some() => Refused::What(What::Change),
        _ => Refused::Here(Here::Foreign),
    }
}

/// The scopes that the service names, in a row: "postgres, sql".
fn scopes(said: &Said, message: &str) -> String {
    let in_challenge =
        || Some(said.challenge.as_deref()?.split_once("scope=\"")?.1.split_once('"')?.0);
    let listed = message.split_once("required scopes:").map(|(_, rest)| rest).or_else(in_challenge);
    let is_scope = |name: &&str| {
        let is_letter = |b: u8| b.is_ascii_alphanumeric() || b"-_.:".contains(&b);
        (1..=LONGEST_SCOPE).contains(&name.len()) && name.bytes().all(is_letter)
    };
    let names: Vec<&str> = match listed {
        Some(list) => {
            let words = list.split([' ', ',']).filter(|word| !word.is_empty());
            let names = words.map(|word| word.trim_end_matches('.')).take_while(is_scope);
            names.take(MOST_SCOPES).collect()
        }
        // "Scopes 'all-apis' are not assigned to the OAuth secret"
        None => {
            let named = message.split_once("Scope").map_or("", |(_, named)| named);
            let quoted = named.split('\'').skip(1).step_by(2);
            quoted.filter(is_scope).take(MOST_SCOPES).collect()
        }
    };
    names.join(", ")
}

impl Refused {
    /// The word for it that callers can rely on.
    pub(super) fn code(&self, status: u16) -> ErrorCode {
        match self {
            Refused::Who(Who::Identity | Who::Entra) => ErrorCode::Unauthenticated,
            Refused::Who(Who::Scopes(_))
            | Refused::What(What::Permission)
            | Refused::Here(Here::Address) => ErrorCode::Forbidden,
            Refused::What(What::Missing) => ErrorCode::NotFound,
            Refused::Here(Here::Throttled) => ErrorCode::RateLimited,
            Refused::Here(Here::Outage | Here::Failure) => ErrorCode::Unavailable,
            Refused::Who(Who::PersonalTokens) | Refused::What(_) | Refused::Here(_) => match status
            {
                401 => ErrorCode::Unauthenticated,
                403 => ErrorCode::Forbidden,
                404 => ErrorCode::NotFound,
                _ => ErrorCode::Protocol,
            },
        }
    }

    /// Whether what was asked for may be at another path: it is not at this one, or somebody else answers.
    pub fn is_elsewhere(&self) -> bool {
        matches!(
            self,
            Refused::What(What::Missing | What::Api)
                | Refused::Here(Here::UnknownWorkspace | Here::Login)
        )
    }

    /// Whether the same request may succeed in a moment.
    pub(super) fn is_transient(&self) -> bool {
        matches!(self, Refused::Here(Here::Throttled | Here::Outage))
    }
}

/// As people have reported them.
static PHRASES: [(&str, Refused); 13] = [
    ("Source IP address: … is blocked by Databricks IP ACL", Refused::Here(Here::Address)),
    ("Unauthorized access to Org:", Refused::Here(Here::Stranger)),
    ("does not have required scopes:", Refused::Who(Who::Scopes(String::new()))),
    ("are not assigned to the OAuth secret", Refused::Who(Who::Scopes(String::new()))),
    ("^AADSTS", Refused::Who(Who::Entra)),
    ("Personal access tokens are disabled", Refused::Who(Who::PersonalTokens)),
    ("No API found for", Refused::What(What::Api)),
    ("Lakebase … is not enabled", Refused::What(What::Feature)),
    ("Lakebase is not enabled", Refused::What(What::Feature)),
    ("Endpoint is disabled", Refused::What(What::DisabledEndpoint)),
    ("endpoint is disabled", Refused::What(What::DisabledEndpoint)),
    ("Workspace … is not active", Refused::Here(Here::InactiveWorkspace)),
    ("Unable to load OAuth Config", Refused::Here(Here::UnknownWorkspace)),
];

/// Whole messages, in plain text, by capitals or not.
const REFUSED_TOKENS: [&str; 2] = ["Invalid Token", "Invalid access token"];

const LONGEST_SCOPE: usize = 64;

/// As many as a person reads.
const MOST_SCOPES: usize = 8;
