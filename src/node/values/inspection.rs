//! What `process.env` asks for, without asking anybody: for the command line, which shows the way to
//! a token step by step. It tells no secret.

use super::error;
use crate::config::elsewhere::Elsewhere;
use crate::config::id_token::{IdTokenClaims, IdTokenSource, expiry};
use crate::config::labels::{Label, Labels, ProfileLabel, StoreLabels, Unshared};
use crate::config::text_file::read_file;
use crate::config::{CliLogin, Identity, Settings};
use crate::error::Error;
use crate::identity;
use crate::node::raw::js::{Js, JsResult};

/// `{ error }`, or `{ host, elsewhere, endpoint, identity, clientId, from, profile, program, idToken, platform, proxy,
/// store, trustsSystem }`: the origin,
/// and what it is if it can be no workspace's; the resource path, the kind of identity; where host, workspace
/// and identity were set, the profile if it is one's; where the proxy was set if there is one.
pub(crate) fn to_js(js: Js, set: Result<&Settings, &Error>) -> JsResult {
    let found = js.object()?;
    let Settings { config, labels, supply } = match set {
        Ok(settings) => settings,
        Err(reason) => {
            js.set(found, c"error", error::to_js(js, reason)?)?;
            return Ok(found);
        }
    };
    js.set(found, c"host", js.string(config.host.as_str())?)?;
    let elsewhere = Elsewhere::of(config.host.name()).filter(|other| !other.may_serve_one());
    if let Some(elsewhere) = elsewhere {
        js.set(found, c"elsewhere", js.string(elsewhere.is())?)?;
    }
    js.set(found, c"endpoint", js.string(&config.endpoint)?)?;
    js.set(found, c"identity", js.string(identity::kind(&config.identity))?)?;
    if let Some(client_id) = config.identity.client_id() {
        js.set(found, c"clientId", js.string(client_id)?)?;
    }
    js.set(found, c"from", places(js, labels)?)?;
    if let Some(ProfileLabel { name, file, line }) = &labels.identity.profile {
        let profile = js.object()?;
        js.set(profile, c"name", js.string(name)?)?;
        js.set(profile, c"file", js.string(file)?)?;
        js.set(profile, c"line", js.number(*line as f64)?)?;
        js.set(found, c"profile", profile)?;
    }
    if let Identity::DatabricksCli(CliLogin { program: Some(program), .. }) = &config.identity {
        js.set(found, c"program", js.string(program)?)?;
    }
    if let Some(token) = supply.as_ref().and_then(|source| source.read(&read_file)) {
        js.set(found, c"idToken", id_token(js, token.expose())?)?;
    }
    if let Some(platform) = platform(&config.identity, supply.as_ref()) {
        js.set(found, c"platform", js.string(platform)?)?;
    }
    if let Some(store) = &labels.store {
        js.set(found, c"store", store_to_js(js, store)?)?;
    }
    js.set(found, c"trustsSystem", js.boolean(config.network.trusts_system)?)?;
    if let Some(proxy) = &labels.network.proxy {
        js.set(found, c"proxy", js.string(&proxy.to_string())?)?;
    }
    Ok(found)
}

/// What the ID tokens are of, where nothing that is set says where they are.
fn platform(identity: &Identity, supply: Option<&IdTokenSource>) -> Option<&'static str> {
    match (identity, supply) {
        (Identity::IdTokensOfCallers { .. }, _) => Some("vercel"),
        (_, Some(IdTokenSource::GitHub(_))) => Some("github"),
        _ => None,
    }
}

/// `{ from, place, isEncrypted, unshared }`: where it was set, host and port, and why it is not asked, if it is not.
fn store_to_js(js: Js, store: &StoreLabels) -> JsResult {
    let object = js.object()?;
    js.set(object, c"from", js.string(&store.label.to_string())?)?;
    js.set(object, c"place", js.string(&store.place)?)?;
    js.set(object, c"isEncrypted", js.boolean(store.is_encrypted)?)?;
    if let Some(unshared) = store.unshared {
        let why = match unshared {
            Unshared::NoKey => "no-key",
            Unshared::OfAPerson => "of-a-person",
        };
        js.set(object, c"unshared", js.string(why)?)?;
    }
    Ok(object)
}

/// `{ host, workspaceId, identity, proof }`.
fn places(js: Js, labels: &Labels) -> JsResult {
    let from = js.object()?;
    let place = |label: &Label| js.string(&label.to_string());
    js.set(from, c"host", place(&labels.host)?)?;
    if let Some(workspace_id) = &labels.workspace_id {
        js.set(from, c"workspaceId", place(workspace_id)?)?;
    }
    js.set(from, c"identity", place(&labels.identity.name)?)?;
    js.set(from, c"proof", place(&labels.identity.proof)?)?;
    Ok(from)
}

/// `{ issuer, subject, audience, expiresAt }`, as far as it tells that: nothing of a token that is none.
fn id_token(js: Js, token: &str) -> JsResult {
    let told = js.object()?;
    if let Some(IdTokenClaims { issuer, subject, audience }) = IdTokenClaims::of(token) {
        js.set(told, c"issuer", js.string(&issuer)?)?;
        js.set(told, c"subject", js.string(&subject)?)?;
        js.set(told, c"audience", js.string(&audience)?)?;
    }
    if let Some(expiry) = expiry(token) {
        js.set(told, c"expiresAt", js.date(expiry)?)?;
    }
    Ok(told)
}
