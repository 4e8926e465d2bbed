//! Reads the configuration through JavaScript.
//!
//! `std::env` does not see a worker thread's own environment, and reading it beside Node's writes
//! is a data race. Nothing in this crate reads the environment any other way.

use std::ffi::CString;
use std::path::PathBuf;
use std::sync::OnceLock;

use napi_sys as sys;
use zeroize::Zeroizing;

use super::raw::js::{Js, JsResult};
use crate::config::Settings;
use crate::config::choice::Reading;
use crate::config::env::{self, Process};
use crate::config::options::Options;
use crate::config::survey::{Survey, survey};
use crate::config::text_file::read_file;
use crate::error::{Error, ErrorCode};
use crate::secret::Secret;

/// Variables, each with the value that it had.
#[derive(Debug, Default)]
pub(super) struct Snapshot(Vec<(&'static str, Option<Secret>)>);

impl Snapshot {
    /// That of the variables of these names.
    pub(super) fn take(
        js: Js,
        process_env: sys::napi_value,
        names: &[&'static str],
    ) -> JsResult<Snapshot> {
        let value = |name: &&'static str| {
            let text = variable(js, process_env, name)?;
            Ok((*name, text.map(|text| Secret::new(text.to_string()))))
        };
        names.iter().map(value).collect::<JsResult<_>>().map(Snapshot)
    }

    /// Whether `process_env` holds the same at this moment. What cannot be read is not the same.
    pub(super) fn is_current(&self, js: Js, process_env: sys::napi_value) -> bool {
        self.0.iter().all(|(name, value)| match variable(js, process_env, name) {
            Ok(text) => {
                text.as_ref().map(|text| text.as_str()) == value.as_ref().map(Secret::expose)
            }
            Err(_) => {
                js.forget_exception();
                false
            }
        })
    }
}

/// The settings that `process_env`, the facade's `process.env`, holds at this moment, and the names of
/// what was read for them; `profile` is one that the command line names.
pub(super) fn read(
    js: Js,
    process_env: sys::napi_value,
    options: &Options,
    names: &mut Vec<&'static str>,
) -> JsResult<Result<Settings, Error>> {
    let variable = |name| {
        names.push(name);
        match variable(js, process_env, name) {
            Err(_) if LATER.contains(&name) => {
                js.forget_exception();
                Ok(None)
            }
            value => value,
        }
    };
    let folder = FOLDER.get_or_init(|| std::env::current_dir().ok()).clone();
    let arguments = || arguments(js);
    let text = |name: &str| match self::variable(js, process_env, name) {
        Ok(text) => text.map(|text| Secret::new(text.trim().to_owned())),
        Err(_) => {
            js.forget_exception();
            None
        }
    };
    let read = Reading { file: &read_file, text: &text };
    let process = Process { options, arguments, read, folder };
    match env::read(variable, process) {
        Err(_) if js.is_throwing() => {
            // Somebody's own getter or proxy threw. What it threw may hold anything.
            js.take_exception()?;
            Ok(Err(unreadable()))
        }
        read => read,
    }
}

/// What the file of profiles says that `process_env` tells.
pub(super) fn profiles(js: Js, process_env: sys::napi_value) -> JsResult<Option<Survey>> {
    let set = |name| {
        let text = variable(js, process_env, name)?.map(|text| text.trim().to_owned());
        Ok(text.filter(|text| !text.is_empty()))
    };
    survey(set, &read_file)
}

fn variable(
    js: Js,
    process_env: sys::napi_value,
    name: &str,
) -> JsResult<Option<Zeroizing<String>>> {
    let name = CString::new(name).expect("no variable's name contains a zero");
    js.text(js.get(process_env, &name)?)
}

/// Remembers the folder in which the package was imported, or else the addon loaded: whoever is the
/// first in the process to tell.
pub(super) fn remember_folder(folder: Option<PathBuf>) {
    FOLDER.get_or_init(|| folder.or_else(|| std::env::current_dir().ok()));
}

static FOLDER: OnceLock<Option<PathBuf>> = OnceLock::new();

/// The arguments of Node itself; none where there is something else in their place.
fn arguments(js: Js) -> Vec<String> {
    let told = || -> JsResult<Vec<String>> {
        let process = js.get(js.global()?, c"process")?;
        let all = js.get(process, c"execArgv")?;
        let mut options = Vec::new();
        while let Some(option) = js.text(js.element(all, options.len() as u32)?)? {
            options.push(option.to_string());
            if options.len() == MOST_OPTIONS {
                break;
            }
        }
        Ok(options)
    };
    told().unwrap_or_else(|_| {
        js.forget_exception();
        Vec::new()
    })
}

/// Variables of later versions, which somebody may not permit to be read who permits all of earlier ones.
const LATER: [&str; 14] = [
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "ACTIONS_ID_TOKEN_REQUEST_URL",
    "DATABRICKS_AUTH_TYPE",
    "DATABRICKS_WORKSPACE_ID",
    "DATABRICKS_OIDC_TOKEN",
    "DATABRICKS_OIDC_TOKEN_ENV",
    "DATABRICKS_OIDC_TOKEN_FILE",
    "DATABRICKS_OIDC_TOKEN_FILEPATH",
    "DATABRICKS_TOKEN_AUDIENCE",
    "LAKEBASE_TOKEN_STORE",
    "LAKEBASE_TOKEN_STORE_KEY",
    "VERCEL",
    "VERCEL_OIDC_TOKEN",
    "VERCEL_OIDC_TOKEN_FILE",
];

/// An array has an end; what somebody puts in its place may have none.
const MOST_OPTIONS: usize = 1000;

fn unreadable() -> Error {
    Error::new(
        ErrorCode::ConfigInvalid,
        "Reading process.env threw an exception",
        "Look for code that replaces process.env or defines getters on it; in Deno, allow the \
         variables with --allow-env.",
    )
}
