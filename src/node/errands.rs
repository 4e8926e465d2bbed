//! What the core has this environment do, in JavaScript: to ask the Databricks CLI, which is started there, and
//! those who call.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::time::{Duration, UNIX_EPOCH};

use super::agent::Agent;
use super::asking::{Asking, Bound};
use super::raw::js::{Js, JsResult};
use super::raw::process;
use crate::callers::Callers;
use crate::errand::{Brought, Nothing, Outcome, Reply};
use crate::identity::of_callers::Question;
use crate::identity::runners::{CliRequest, Run};
use crate::secret::Secret;

/// The errands of one environment. Those that are under way when it goes down are somebody else's.
#[derive(Debug)]
pub(super) struct Errands {
    js: Js,
    /// Who does them where no caller does.
    agent: Rc<Agent>,
    under_way: RefCell<Vec<UnderWay>>,
    last_number: Cell<u64>,
    /// The programs that run.
    programs: RefCell<Vec<u32>>,
    /// Callers who may be asked later.
    kept: RefCell<HashMap<u64, Rc<Kept>>>,
}

#[derive(Debug)]
struct UnderWay {
    number: u64,
    reply: Reply,
    /// Those of the flight that waits for it.
    callers: Option<Callers>,
}

#[derive(Debug)]
struct Kept {
    bound: Bound,
    question: Question,
    callers: Callers,
}

impl Errands {
    pub(super) fn new(js: Js, agent: Rc<Agent>) -> Errands {
        Errands {
            js,
            agent,
            under_way: RefCell::default(),
            last_number: Cell::new(0),
            programs: RefCell::default(),
            kept: RefCell::default(),
        }
    }

    /// Has the agent run it. Without one it is dropped, and another environment is asked.
    pub(super) fn run(&self, Run { request, reply }: Run) {
        self.begin(reply, None, |number| {
            let (ask, request) = (self.agent.get(c"askCli")?, self.request(&request)?);
            self.js.call(ask, &[self.js.number(number as f64)?, request]).map(drop)
        });
    }

    fn request(&self, request: &CliRequest) -> JsResult {
        let (js, login, told) = (self.js, &request.login, self.js.object()?);
        if let Some(profile) = &login.profile {
            js.set(told, c"profile", js.string(profile)?)?;
        }
        js.set(told, c"host", js.string(&request.host)?)?;
        if let Some(program) = &login.program {
            js.set(told, c"program", js.string(program)?)?;
        }
        js.set(told, c"file", js.string(&login.file.to_string_lossy())?)?;
        Ok(told)
    }

    /// Who gives the ID tokens of the platform that this runs on.
    pub(super) fn platform(&self) -> JsResult<Asking> {
        let caller = self.agent.get(c"vercel")?;
        Ok(Asking::new(self.js, caller))
    }

    /// Asks whoever calls, within that call.
    pub(super) fn ask(&self, asking: Asking, question: &Question, callers: &Callers, reply: Reply) {
        self.begin(reply, Some(callers.clone()), |number| asking.ask(number, question));
    }

    /// Keeps whoever calls, to be asked later: the number.
    pub(super) fn keep(
        &self,
        asking: Asking,
        question: Question,
        callers: Callers,
    ) -> JsResult<u64> {
        let bound = asking.bound()?;
        let number = self.next_number();
        let kept = Rc::new(Kept { bound, question, callers });
        self.kept.borrow_mut().insert(number, kept);
        Ok(number)
    }

    /// Asks the one who was kept by that number.
    pub(super) fn ask_kept(&self, number: u64, reply: Reply) {
        let kept = self.kept.borrow().get(&number).cloned();
        // Not kept any more: the reply is dropped, and somebody else is asked.
        let Some(kept) = kept else { return };
        self.begin(reply, Some(kept.callers.clone()), |errand| {
            kept.bound.ask(errand, &kept.question)
        });
    }

    /// Nobody asks that one any more.
    pub(super) fn release(&self, number: u64) {
        let kept = self.kept.borrow_mut().remove(&number);
        drop(kept);
    }

    /// Whether `callers` wait for the errand that `asking` is made within: then it would wait for itself.
    pub(super) fn waits_for_itself(&self, asking: Asking, callers: &Callers) -> JsResult<bool> {
        let Some(within) = asking.within()? else { return Ok(false) };
        let all = self.under_way.borrow();
        let enclosing = all.iter().find(|errand| errand.number == within);
        Ok(enclosing
            .and_then(|errand| errand.callers.as_ref())
            .is_some_and(|enclosing| enclosing.are(callers)))
    }

    fn begin(
        &self,
        reply: Reply,
        callers: Option<Callers>,
        call: impl FnOnce(u64) -> JsResult<()>,
    ) {
        let number = self.next_number();
        self.under_way.borrow_mut().push(UnderWay { number, reply, callers });
        // No borrow is held: it may be answered at once.
        if call(number).is_err() {
            self.js.forget_exception();
            drop(self.take(number));
        }
    }

    fn next_number(&self) -> u64 {
        let number = self.last_number.get() + 1;
        self.last_number.set(number);
        number
    }

    /// It has brought a token, which expires so many milliseconds after 1970 if that is known.
    pub(super) fn succeeded(&self, number: u64, token: Secret, expires_ms: Option<f64>) {
        let expires_at = expires_ms
            .and_then(|ms| Duration::try_from_secs_f64(ms.max(0.0) / 1000.0).ok())
            .and_then(|since| UNIX_EPOCH.checked_add(since));
        self.answer(number, Ok(Brought { token, expires_at }));
    }

    pub(super) fn failed(&self, number: u64, nothing: Nothing) {
        self.answer(number, Err(nothing));
    }

    fn answer(&self, number: u64, outcome: Outcome) {
        if let Some(errand) = self.take(number) {
            errand.reply.send(outcome);
        }
    }

    fn take(&self, number: u64) -> Option<UnderWay> {
        let mut all = self.under_way.borrow_mut();
        let place = all.iter().position(|errand| errand.number == number)?;
        Some(all.swap_remove(place))
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
        self.kept.take();
    }
}
