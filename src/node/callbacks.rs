//! The functions that JavaScript calls.
//!
//! A *hit* is what every new connection costs. It takes no lock, allocates nothing and reads no
//! environment: it returns the very promise that the latest lease was remembered as. It has a
//! function of its own, without arguments, because handing over `process.env` costs half as much
//! again as the hit itself, and that function points at the memo alone.

use std::ffi::{CStr, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::ptr;
use std::time::Duration;

use napi_sys as sys;

use super::environment::Environment;
use super::memo::MemoCell;
use super::process_env;
use super::provider::{PATIENCE, Provider};
use super::raw::callback::{self, Call};
use super::raw::js::{Js, JsResult};
use super::values::{error, options, survey};
use crate::config::Host;
use crate::errand::Nothing;
use crate::error::Error;
use crate::registry;
use crate::secret::{PostgresToken, Secret};

/// A function of the addon.
pub(super) trait Callback {
    /// What JavaScript calls it.
    const NAME: &'static CStr;
    /// What it is created with.
    type Context;

    /// Answers one call.
    fn call(call: Call<'_, Self::Context>) -> JsResult;
}

/// Puts the function `C` on `exports`.
pub(super) fn put<C: Callback>(
    js: Js,
    exports: sys::napi_value,
    context: &'static C::Context,
) -> JsResult<()> {
    js.set(exports, C::NAME, callback::function(js, C::NAME, trampoline::<C>, context)?)
}

/// A panic or a failed Node-API call ends here.
unsafe extern "C" fn trampoline<C: Callback>(
    env: sys::napi_env,
    info: sys::napi_callback_info,
) -> sys::napi_value {
    // SAFETY: these are the callback's own, and its function was made by `put`.
    let Some(call) = (unsafe { Call::<C::Context>::read(env, info) }) else {
        return ptr::null_mut();
    };
    let js = call.js;
    match catch_unwind(AssertUnwindSafe(|| C::call(call))) {
        Ok(Ok(value)) => value,
        Ok(Err(_)) | Err(_) => unanswered(js),
    }
}

/// What a call gets that failed or panicked.
#[cold]
fn unanswered(js: Js) -> sys::napi_value {
    if js.is_throwing() {
        // The exception that is pending is what the caller sees.
        return ptr::null_mut();
    }
    error::rejected(js, &Error::interrupted()).unwrap_or(ptr::null_mut())
}

/// Puts `hit()` on `exports`: the remembered promise, or `undefined`. It runs no JavaScript and cannot panic, so
/// there is nothing to be caught.
pub(super) fn put_hit(js: Js, exports: sys::napi_value, memo: &'static MemoCell) -> JsResult<()> {
    js.set(exports, c"hit", callback::function(js, c"hit", hit, memo)?)
}

unsafe extern "C" fn hit(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: these are the callback's own, and its function was made by `put_hit`.
    let call = unsafe { Call::<MemoCell>::read(env, info) };
    // What a callback returns as null is `undefined`.
    call.and_then(|call| call.context.hit()).unwrap_or(ptr::null_mut())
}

/// `token(processEnv, caller)`: a promise of the token. `caller`, if there is one, is asked for what only the context
/// of this call has.
pub(super) struct Token;

impl Callback for Token {
    const NAME: &'static CStr = c"token";
    type Context = Provider;

    fn call(call: Call<'_, Provider>) -> JsResult {
        let [process_env, caller] = call.arguments()?;
        call.context.token(process_env, caller)
    }
}

/// `beginCredential(processEnv, timeoutMs, minLifetimeMs, caller)`: `{ promise, waiter }`, a promise of
/// `{ token, expiresAt }` and the number to abandon it by.
pub(super) struct Credential;

impl Callback for Credential {
    const NAME: &'static CStr = c"beginCredential";
    type Context = Provider;

    fn call(call: Call<'_, Provider>) -> JsResult {
        let [process_env, timeout, min_lifetime, caller] = call.arguments()?;
        let patience = duration(call.js, timeout).unwrap_or(PATIENCE);
        let life = duration(call.js, min_lifetime).unwrap_or_default();
        call.context.credential(process_env, patience, life, caller)
    }
}

/// Of a number of milliseconds.
fn duration(js: Js, value: sys::napi_value) -> Option<Duration> {
    let seconds = js.as_number(value).map(|ms| ms / 1000.0);
    seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
}

/// `abandonWaiter(waiter)`: nobody waits for that promise any more.
pub(super) struct AbandonWaiter;

impl Callback for AbandonWaiter {
    const NAME: &'static CStr = c"abandonWaiter";
    type Context = Environment;

    fn call(call: Call<'_, Environment>) -> JsResult {
        let [waiter] = call.arguments()?;
        if let Some(waiter) = call.js.as_number(waiter) {
            call.context.abandon(waiter as u64)?;
        }
        call.js.undefined()
    }
}

/// `invalidate(token)`: whether it was in use.
pub(super) struct Invalidate;

impl Callback for Invalidate {
    const NAME: &'static CStr = c"invalidate";
    type Context = Environment;

    fn call(call: Call<'_, Environment>) -> JsResult {
        let [token] = call.arguments()?;
        let Some(mut token) = call.js.text(token)? else { return call.js.boolean(false) };
        let token = PostgresToken(Secret::new(std::mem::take(&mut *token)));
        let (is_in_use, refusals) = registry::invalidate(&token);
        refusals.iter().for_each(|refusal| call.context.events().rejected(refusal));
        call.js.boolean(is_in_use)
    }
}

/// `status(processEnv)`: how the cache is doing.
pub(super) struct Status;

impl Callback for Status {
    const NAME: &'static CStr = c"status";
    type Context = Provider;

    fn call(call: Call<'_, Provider>) -> JsResult {
        let [process_env] = call.arguments()?;
        call.context.status(process_env)
    }
}

/// `accessTokenExpiry(processEnv)`: a promise of the moment at which the access token of the flight
/// under way expires, as soon as that has one.
pub(super) struct AccessTokenExpiry;

impl Callback for AccessTokenExpiry {
    const NAME: &'static CStr = c"accessTokenExpiry";
    type Context = Provider;

    fn call(call: Call<'_, Provider>) -> JsResult {
        let [process_env] = call.arguments()?;
        call.context.access_token_expiry(process_env)
    }
}

/// `look(processEnv)`: a promise of what is seen of the workspace without a secret.
pub(super) struct LookAt;

impl Callback for LookAt {
    const NAME: &'static CStr = c"look";
    type Context = Provider;

    fn call(call: Call<'_, Provider>) -> JsResult {
        let [process_env] = call.arguments()?;
        call.context.look(process_env)
    }
}

/// `importedIn(folder)`: where the package's entry was imported, of which only the first tells.
pub(super) struct ImportedIn;

impl Callback for ImportedIn {
    const NAME: &'static CStr = c"importedIn";
    type Context = Environment;

    fn call(call: Call<'_, Environment>) -> JsResult {
        let [folder] = call.arguments()?;
        process_env::remember_folder(call.js.text(folder)?.map(|folder| PathBuf::from(&**folder)));
        call.js.undefined()
    }
}

/// `provider(options)`: `{ hit, token, beginCredential, status, inspect, lookUp }` of a provider of its own, which is
/// gone with the object. None of its functions may outlive that.
pub(super) struct OwnProvider;

impl Callback for OwnProvider {
    const NAME: &'static CStr = c"provider";
    type Context = Provider;

    fn call(call: Call<'_, Provider>) -> JsResult {
        let js = call.js;
        let [options] = call.arguments()?;
        let object = js.object()?;
        let provider =
            Provider::new(call.context.environment().clone(), options::read(js, options)?);
        let provider = Box::into_raw(Box::new(provider));
        // SAFETY: boxed a moment ago, and freed once.
        unsafe { js.finalize_with(object, provider.cast(), Some(drop_provider)) }?;
        // SAFETY: it is there as long as the object, and JavaScript keeps that for its functions.
        let provider: &'static Provider = unsafe { &*provider };
        put_hit(js, object, provider.memo())?;
        put::<Token>(js, object, provider)?;
        put::<Credential>(js, object, provider)?;
        put::<Status>(js, object, provider)?;
        put::<Inspect>(js, object, provider)?;
        put::<LookUp>(js, object, provider)?;
        Ok(object)
    }
}

unsafe extern "C" fn drop_provider(_: sys::napi_env, provider: *mut c_void, _: *mut c_void) {
    // SAFETY: boxed by `OwnProvider`, whose object is gone.
    drop(unsafe { Box::from_raw(provider.cast::<Provider>()) });
}

/// `tools()`: an object of functions that few processes need, made when it is asked for: each one that is made
/// when the addon loads costs every process a little.
pub(super) struct Tools;

impl Callback for Tools {
    const NAME: &'static CStr = c"tools";
    type Context = Provider;

    fn call(call: Call<'_, Provider>) -> JsResult {
        let Call { js, context, .. } = call;
        // SAFETY: what a function points to that `put` made is there for ever.
        let provider: &'static Provider = unsafe { &*ptr::from_ref(context) };
        let environment = provider.environment();
        let tools = js.object()?;
        put::<Profiles>(js, tools, environment)?;
        put::<UseProfile>(js, tools, provider)?;
        put::<CliStarted>(js, tools, environment)?;
        put::<CliEnded>(js, tools, environment)?;
        put::<Brings>(js, tools, environment)?;
        put::<BringsNothing>(js, tools, environment)?;
        Ok(tools)
    }
}

/// `useProfile(name)`: the one that the command line names.
struct UseProfile;

impl Callback for UseProfile {
    const NAME: &'static CStr = c"useProfile";
    type Context = Provider;

    fn call(call: Call<'_, Provider>) -> JsResult {
        let [name] = call.arguments()?;
        if let Some(name) = call.js.text(name)? {
            call.context.use_profile(name.to_string());
        }
        call.js.undefined()
    }
}

/// `profiles(processEnv)`: what the file of profiles says of them.
struct Profiles;

impl Callback for Profiles {
    const NAME: &'static CStr = c"profiles";
    type Context = Environment;

    fn call(call: Call<'_, Environment>) -> JsResult {
        let [process_env] = call.arguments()?;
        survey::to_js(call.js, process_env::profiles(call.js, process_env)?.as_ref())
    }
}

/// `employ(agent)`: who does from now on what the core cannot: an `Agent` of js/addon.d.ts.
pub(super) struct Employ;

impl Callback for Employ {
    const NAME: &'static CStr = c"employ";
    type Context = Environment;

    fn call(call: Call<'_, Environment>) -> JsResult {
        let [agent] = call.arguments()?;
        call.context.agent().employ(agent)?;
        call.js.undefined()
    }
}

/// `cliStarted(pid)`: the CLI runs, and is ended with this environment.
struct CliStarted;

impl Callback for CliStarted {
    const NAME: &'static CStr = c"cliStarted";
    type Context = Environment;

    fn call(call: Call<'_, Environment>) -> JsResult {
        let [pid] = call.arguments()?;
        if let Some(pid) = call.js.as_number(pid) {
            call.context.errands().program_started(pid as u32);
        }
        call.js.undefined()
    }
}

/// `cliEnded(pid)`: it has ended by itself.
struct CliEnded;

impl Callback for CliEnded {
    const NAME: &'static CStr = c"cliEnded";
    type Context = Environment;

    fn call(call: Call<'_, Environment>) -> JsResult {
        let [pid] = call.arguments()?;
        if let Some(pid) = call.js.as_number(pid) {
            call.context.errands().program_ended(pid as u32);
        }
        call.js.undefined()
    }
}

/// `brings(errand, token, expiresAtMs)`: what was asked for.
struct Brings;

impl Callback for Brings {
    const NAME: &'static CStr = c"brings";
    type Context = Environment;

    fn call(call: Call<'_, Environment>) -> JsResult {
        let (js, [number, token, expires_ms]) = (call.js, call.arguments()?);
        if let (Some(number), Some(mut token)) = (js.as_number(number), js.text(token)?) {
            let token = Secret::new(std::mem::take(&mut *token));
            let expires_ms = js.as_number(expires_ms);
            call.context.errands().succeeded(number as u64, token, expires_ms);
        }
        js.undefined()
    }
}

/// `bringsNothing(errand, what, advice, said, retryable)`: why there is no token.
struct BringsNothing;

impl Callback for BringsNothing {
    const NAME: &'static CStr = c"bringsNothing";
    type Context = Environment;

    fn call(call: Call<'_, Environment>) -> JsResult {
        let (js, [number, what, advice, said, passes]) = (call.js, call.arguments()?);
        let text = |value| Ok(js.text(value)?.map(|text| text.to_string()));
        let nothing = Nothing {
            what: text(what)?.unwrap_or_default(),
            advice: text(advice)?.unwrap_or_default(),
            said: text(said)?,
            passes: js.is_true(passes),
        };
        if let Some(number) = js.as_number(number) {
            call.context.errands().failed(number as u64, nothing);
        }
        js.undefined()
    }
}

/// `inspect(processEnv)`: what it asks for.
pub(super) struct Inspect;

impl Callback for Inspect {
    const NAME: &'static CStr = c"inspect";
    type Context = Provider;

    fn call(call: Call<'_, Provider>) -> JsResult {
        let [process_env] = call.arguments()?;
        call.context.inspect(process_env)
    }
}

/// `lookUp(processEnv, path, timeoutMs)`: a promise of the JSON that the workspace has there.
struct LookUp;

impl Callback for LookUp {
    const NAME: &'static CStr = c"lookUp";
    type Context = Provider;

    fn call(call: Call<'_, Provider>) -> JsResult {
        let [process_env, path, timeout] = call.arguments()?;
        let path = call.js.text(path)?.map(|path| path.to_string()).unwrap_or_default();
        let patience = duration(call.js, timeout).unwrap_or(PATIENCE);
        call.context.look_up(process_env, path, patience)
    }
}

/// `tryStore(processEnv)`: a promise of `{ isThere }` or `{ failure }`, of `undefined` where there is no store.
pub(super) struct TryStore;

impl Callback for TryStore {
    const NAME: &'static CStr = c"tryStore";
    type Context = Provider;

    fn call(call: Call<'_, Provider>) -> JsResult {
        let [process_env] = call.arguments()?;
        call.context.try_store(process_env)
    }
}

/// `forgetTokens(host)`: all that the process has of that workspace.
pub(super) struct ForgetTokens;

impl Callback for ForgetTokens {
    const NAME: &'static CStr = c"forgetTokens";
    type Context = Environment;

    fn call(call: Call<'_, Environment>) -> JsResult {
        let [host] = call.arguments()?;
        if let Some(Ok(host)) = call.js.text(host)?.map(|host| Host::parse(&host)) {
            registry::forget(&host);
        }
        call.js.undefined()
    }
}
