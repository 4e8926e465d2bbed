//! What the core has this environment do: to ask the Databricks CLI, which JavaScript starts.

use std::cell::{Cell, RefCell};
use std::time::{Duration, UNIX_EPOCH};

use napi_sys as sys;

use super::raw::js::{Js, JsResult};
use super::raw::process;
use super::raw::reference::Reference;
use crate::identity::runners::{CliFailure, CliToken, Run};
use crate::secret::Secret;

/// The errands of one environment. Those that are under way when it goes down are somebody else's.
#[derive(Debug)]
pub(super) struct Errands {
    js: Js,
    /// The function that does them.
    agent: RefCell<Option<Reference>>,
    under_way: RefCell<Vec<(u64, Run)>>,
    last_number: Cell<u64>,
    /// The programs that run.
    programs: RefCell<Vec<u32>>,
}

impl Errands {
    pub(super) fn new(js: Js) -> Errands {
        Errands {
            js,
            agent: RefCell::default(),
            under_way: RefCell::default(),
            last_number: Cell::new(0),
            programs: RefCell::default(),
        }
    }

    /// From now on `agent` does them: a function of a number and a request.
    pub(super) fn employ(&self, agent: sys::napi_value) -> JsResult<()> {
        let agent = Reference::new(self.js, agent)?;
        self.agent.replace(Some(agent));
        Ok(())
    }

    /// Has the agent run it. Without one it is dropped, and another environment is asked.
    pub(super) fn begin(&self, run: Run) {
        let number = self.last_number.get() + 1;
        self.last_number.set(number);
        let begun = self.arguments(number, &run);
        self.under_way.borrow_mut().push((number, run));
        // No borrow is held: the agent may answer at once.
        if begun.and_then(|(agent, arguments)| self.js.call(agent, &arguments)).is_err() {
            self.js.forget_exception();
            drop(self.take(number));
        }
    }

    fn arguments(
        &self,
        number: u64,
        run: &Run,
    ) -> JsResult<(sys::napi_value, [sys::napi_value; 2])> {
        let js = self.js;
        let agent = self.agent.borrow().as_ref().and_then(Reference::value);
        let agent = agent.ok_or(super::raw::js::Failed::MISSING)?;
        let request = js.object()?;
        if let Some(profile) = &run.request.login.profile {
            js.set(request, c"profile", js.string(profile)?)?;
        }
        js.set(request, c"host", js.string(&run.request.host)?)?;
        if let Some(program) = &run.request.login.program {
            js.set(request, c"program", js.string(program)?)?;
        }
        let file = run.request.login.file.to_string_lossy();
        js.set(request, c"file", js.string(&file)?)?;
        Ok((agent, [js.number(number as f64)?, request]))
    }

    /// The CLI has given a token, which expires so many milliseconds after 1970 if it has told that.
    pub(super) fn succeeded(&self, number: u64, token: Secret, expires_ms: Option<f64>) {
        let expires_at = expires_ms
            .and_then(|ms| Duration::try_from_secs_f64(ms / 1000.0).ok())
            .and_then(|since| UNIX_EPOCH.checked_add(since));
        self.answer(number, Ok(CliToken { token, expires_at }));
    }

    pub(super) fn failed(&self, number: u64, failure: CliFailure) {
        self.answer(number, Err(failure));
    }

    fn answer(&self, number: u64, outcome: Result<CliToken, CliFailure>) {
        if let Some(run) = self.take(number) {
            run.answer(outcome);
        }
    }

    fn take(&self, number: u64) -> Option<Run> {
        let mut all = self.under_way.borrow_mut();
        let place = all.iter().position(|(other, _)| *other == number)?;
        Some(all.swap_remove(place).1)
    }

    /// A program has been started, and is ended with this environment unless it ends before.
    pub(super) fn program_started(&self, pid: u32) {
        self.programs.borrow_mut().push(pid);
    }

    pub(super) fn program_ended(&self, pid: u32) {
        self.programs.borrow_mut().retain(|other| *other != pid);
    }

    /// The environment is going down.
    pub(super) fn close(&self) {
        self.programs.take().into_iter().for_each(process::kill);
        self.under_way.take();
    }
}
