//! The user and the password of a proxy, presented no more often than an account bears: a directory
//! locks one after a few wrong passwords, for everybody who uses it.
//!
//! Whoever would connect asks the gate of the credential, of which there is one in the process. What
//! it decides is plain data.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use once_cell::sync::Lazy;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout};
use tower_service::Service;

use super::no_connection::{LoginError, NoConnection};
use super::proxy_pace::{Asked, Outcome, Pace, SOON};
use super::retry::CONNECT_LIMIT;
use super::tunnel::{BoxError, NoTunnel};
use crate::secret::Secret;

/// The way to one user and password.
pub(super) struct Gate {
    pace: Mutex<Pace>,
    /// Told whenever somebody who waits may go on.
    changed: Notify,
}

impl Gate {
    /// That of `credential`, for all of the process.
    pub(super) fn of(credential: Secret) -> Arc<Gate> {
        static GATES: Lazy<Mutex<Gates>> = Lazy::new(Mutex::default);
        let mut gates = GATES.lock().unwrap_or_else(PoisonError::into_inner);
        gates.of(credential, Instant::now())
    }

    async fn enter(&self) -> Result<Presenting<'_>, LoginError> {
        loop {
            let changed = self.changed.notified();
            let asked = self.pace().ask(Instant::now());
            match asked {
                Asked::Present => {
                    return Ok(Presenting { gate: self, outcome: Outcome::Unanswered });
                }
                Asked::Refuse { retry_in } => return Err(LoginError::Refused { retry_in }),
                Asked::Wait => {}
            }
            // Late or told: either is a reason to ask again.
            let _ = timeout(SOON, changed).await;
        }
    }

    /// A tunnel stands.
    pub(super) fn prove(&self) {
        self.pace().prove();
        self.changed.notify_waiters();
    }

    /// The refusal that the proxy has just told.
    fn refusal(&self) -> LoginError {
        let retry_in = self.pace().pause_left(Instant::now()).unwrap_or_default();
        LoginError::Refused { retry_in }
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").finish_non_exhaustive()
    }
}

/// Those that are in use, or say something that is worth knowing.
#[derive(Debug, Default)]
struct Gates(HashMap<Secret, Arc<Gate>>);

impl Gates {
    fn of(&mut self, credential: Secret, now: Instant) -> Arc<Gate> {
        self.0.retain(|_, gate| Arc::strong_count(gate) > 1 || gate.pace().is_remembered(now));
        let gate = || Arc::new(Gate { pace: Mutex::default(), changed: Notify::new() });
        self.0.entry(credential).or_insert_with(gate).clone()
    }
}

/// A user and a password on their way. Dropped before there is an answer, there is none.
struct Presenting<'a> {
    gate: &'a Gate,
    outcome: Outcome,
}

impl Drop for Presenting<'_> {
    fn drop(&mut self) {
        self.gate.pace().end(Instant::now(), self.outcome);
        self.gate.changed.notify_waiters();
    }
}

/// A connector behind a gate, if there is one: every new connection asks it, those that are reused do
/// not present anything.
#[derive(Clone, Debug)]
pub(super) struct Paced<S> {
    connector: S,
    gate: Option<Arc<Gate>>,
}

impl<S> Paced<S> {
    pub(super) fn new(connector: S, gate: Option<Arc<Gate>>) -> Paced<S> {
        Paced { connector, gate }
    }
}

impl<S, R> Service<R> for Paced<S>
where
    S: Service<R, Error = NoConnection> + Clone + Send + 'static,
    S::Future: Send,
    R: Send + 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.connector.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, request: R) -> Self::Future {
        // The one that is ready, not its clone.
        let clone = self.connector.clone();
        let mut connector = std::mem::replace(&mut self.connector, clone);
        let gate = self.gate.clone();
        Box::pin(async move {
            let Some(gate) = gate else {
                let connected = connector.call(request).await;
                return connected.map_err(|error| told(error, || LoginError::Missing).into());
            };
            let mut presenting = gate.enter().await.map_err(NoConnection::Login)?;
            // From now on: who has waited at the gate has as much time as others.
            let connected = timeout(CONNECT_LIMIT, connector.call(request)).await;
            let connected = connected.unwrap_or(Err(NoConnection::Late));
            presenting.outcome = outcome(connected.as_ref().err());
            drop(presenting);
            connected.map_err(|error| told(error, || gate.refusal()).into())
        })
    }
}

/// The error for whoever asked: of a proxy that wants a login, with what that means here.
fn told(error: NoConnection, refusal: impl FnOnce() -> LoginError) -> NoConnection {
    match error {
        NoConnection::Tunnel(NoTunnel::LoginRequired) => NoConnection::Login(refusal()),
        NoConnection::Late
        | NoConnection::ToProxy(_)
        | NoConnection::Tunnel(_)
        | NoConnection::Login(_)
        | NoConnection::ToWorkspace(_) => error,
    }
}

fn outcome(error: Option<&NoConnection>) -> Outcome {
    match error {
        None => Outcome::Accepted,
        Some(NoConnection::Tunnel(NoTunnel::LoginRequired)) => Outcome::Refused,
        Some(NoConnection::ToProxy(_) | NoConnection::Tunnel(NoTunnel::Refused(_))) => {
            Outcome::Withdrawn
        }
        // Or the tunnel stood, which the gate knows by then.
        Some(
            NoConnection::Late
            | NoConnection::Tunnel(NoTunnel::NotHttp | NoTunnel::Broken(_))
            | NoConnection::Login(_)
            | NoConnection::ToWorkspace(_),
        ) => Outcome::Unanswered,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::future::{pending, ready};
    use std::io;
    use std::time::Duration;

    use tokio::task::{JoinSet, yield_now};
    use tokio::time::{advance, sleep};

    use super::*;
    use crate::http::proxy_pace::{FIRST_PAUSE, LONGEST_PAUSE};

    /// What a proxy does to one connection.
    #[derive(Clone, Copy)]
    enum Does {
        Accept,
        AcceptAfter(Duration),
        Break,
        Refuse,
        RefuseAfter(Duration),
        Hang,
    }

    /// A connector of which every clone follows the same script, the last of it for ever.
    #[derive(Clone)]
    struct Proxy {
        script: Arc<Mutex<VecDeque<Does>>>,
        presented: Arc<Mutex<Vec<Instant>>>,
    }

    impl Proxy {
        fn that(script: impl IntoIterator<Item = Does>) -> Proxy {
            let script = Arc::new(Mutex::new(script.into_iter().collect()));
            Proxy { script, presented: Arc::default() }
        }

        fn behind(&self, gate: &Arc<Gate>) -> Paced<Proxy> {
            Paced::new(self.clone(), Some(gate.clone()))
        }

        fn count(&self) -> usize {
            self.presented.lock().unwrap().len()
        }
    }

    impl Service<()> for Proxy {
        type Response = ();
        type Error = NoConnection;
        type Future = Pin<Box<dyn Future<Output = Result<(), NoConnection>> + Send>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), NoConnection>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, (): ()) -> Self::Future {
            self.presented.lock().unwrap().push(Instant::now());
            let mut script = self.script.lock().unwrap();
            let does = if script.len() > 1 { script.pop_front() } else { script.front().copied() };
            let refusal = || Err(NoConnection::Tunnel(NoTunnel::LoginRequired));
            match does.unwrap() {
                Does::Accept => Box::pin(ready(Ok(()))),
                Does::AcceptAfter(delay) => Box::pin(async move {
                    sleep(delay).await;
                    Ok(())
                }),
                Does::Break => {
                    let reset = io::Error::from(io::ErrorKind::ConnectionReset);
                    Box::pin(ready(Err(NoConnection::Tunnel(NoTunnel::Broken(reset.into())))))
                }
                Does::Refuse => Box::pin(ready(refusal())),
                Does::RefuseAfter(delay) => Box::pin(async move {
                    sleep(delay).await;
                    refusal()
                }),
                Does::Hang => Box::pin(pending()),
            }
        }
    }

    /// The gate of a credential that nobody has presented.
    fn gate() -> Arc<Gate> {
        Gates::default().of(Secret::new("Basic 1".to_owned()), Instant::now())
    }

    async fn connect(mut connector: Paced<Proxy>) -> Option<LoginError> {
        let error = *connector.call(()).await.err()?.downcast().unwrap();
        let NoConnection::Login(error) = error else { panic!("{error:?}") };
        Some(error)
    }

    async fn is_late(mut connector: Paced<Proxy>) -> bool {
        let outcome = connector.call(()).await.map_err(|error| *error.downcast().unwrap());
        matches!(outcome, Err(NoConnection::Late))
    }

    #[tokio::test(start_paused = true)]
    async fn ten_that_start_at_once_present_a_wrong_password_twice() {
        for does in [Does::Refuse, Does::RefuseAfter(Duration::from_secs(3))] {
            let (proxy, gate) = (Proxy::that([does]), gate());
            let tasks: JoinSet<_> = (0..10).map(|_| connect(proxy.behind(&gate))).collect();
            for told in tasks.join_all().await {
                assert!(matches!(told, Some(LoginError::Refused { .. })), "{told:?}");
            }
            assert_eq!(proxy.count(), 2);
            // Nobody presents it to learn what is known.
            let refused = LoginError::Refused { retry_in: FIRST_PAUSE };
            assert_eq!(connect(proxy.behind(&gate)).await, Some(refused));
            assert_eq!(proxy.count(), 2);
            advance(FIRST_PAUSE).await;
            let tasks: JoinSet<_> = (0..10).map(|_| connect(proxy.behind(&gate))).collect();
            tasks.join_all().await;
            assert_eq!(proxy.count(), 3);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_password_that_was_right_and_is_refused_is_presented_twice() {
        let proxy = Proxy::that([Does::Accept, Does::RefuseAfter(SOON * 3 / 4)]);
        let gate = gate();
        assert_eq!(connect(proxy.behind(&gate)).await, None);
        advance(SOON).await;
        let tasks: JoinSet<_> = (0..10).map(|_| connect(proxy.behind(&gate))).collect();
        for told in tasks.join_all().await {
            assert!(matches!(told, Some(LoginError::Refused { .. })), "{told:?}");
        }
        assert_eq!(proxy.count(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn a_proxy_that_is_slow_to_say_yes_lets_all_through_who_wait() {
        let proxy = Proxy::that([Does::AcceptAfter(Duration::from_secs(2))]);
        let gate = gate();
        let tasks: JoinSet<_> = (0..10).map(|_| connect(proxy.behind(&gate))).collect();
        assert!(tasks.join_all().await.iter().all(Option::is_none));
        assert_eq!(proxy.count(), 10);
    }

    #[tokio::test(start_paused = true)]
    async fn two_workspaces_that_a_proxy_does_not_reach_stop_no_third() {
        let (hanging, proxy) = (Proxy::that([Does::Hang]), Proxy::that([Does::Accept]));
        let gate = gate();
        let dead: JoinSet<_> = (0..2).map(|_| is_late(hanging.behind(&gate))).collect();
        while hanging.count() < 2 {
            yield_now().await;
        }
        let start = Instant::now();
        assert_eq!(connect(proxy.behind(&gate)).await, None);
        assert_eq!(start.elapsed(), CONNECT_LIMIT);
        assert_eq!(dead.join_all().await, [true; 2]);
        assert_eq!(connect(proxy.behind(&gate)).await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_proxy_that_was_away_for_a_moment_is_asked_again_at_once() {
        let proxy = Proxy::that([Does::Break, Does::Break, Does::Break, Does::Accept]);
        let gate = gate();
        for _ in 0..3 {
            assert!(proxy.behind(&gate).call(()).await.is_err());
        }
        assert_eq!(connect(proxy.behind(&gate)).await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_right_password_is_presented_as_often_as_anybody_likes() {
        let (proxy, gate) = (Proxy::that([Does::Accept]), gate());
        let tasks: JoinSet<_> = (0..100).map(|_| connect(proxy.behind(&gate))).collect();
        assert!(tasks.join_all().await.iter().all(Option::is_none));
        assert_eq!(proxy.count(), 100);
    }

    #[tokio::test(start_paused = true)]
    async fn who_hangs_stops_nobody_once_a_tunnel_stands() {
        let (hanging, proxy) = (Proxy::that([Does::Hang]), Proxy::that([Does::Accept]));
        let gate = gate();
        let mut tasks = JoinSet::new();
        for count in 1..=8 {
            tasks.spawn(connect(hanging.behind(&gate)));
            while hanging.count() < count {
                advance(SOON / 10).await;
            }
            // The tunnel stands; it is the workspace that hangs.
            gate.prove();
        }
        let start = Instant::now();
        assert_eq!(connect(proxy.behind(&gate)).await, None);
        assert!(start.elapsed() <= SOON, "{:?}", start.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_hangs_without_a_tunnel_stops_nobody_either() {
        let (hanging, proxy) = (Proxy::that([Does::Hang]), Proxy::that([Does::Accept]));
        let gate = gate();
        let task = tokio::spawn(connect(hanging.behind(&gate)));
        while hanging.count() == 0 {
            yield_now().await;
        }
        assert_eq!(connect(proxy.behind(&gate)).await, None);
        task.abort();
        assert!(task.await.is_err());
        assert_eq!(connect(proxy.behind(&gate)).await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_outlives_who_met_it_and_a_changed_password_is_another() {
        let mut gates = Gates::default();
        let mut gate = |name: &str| gates.of(Secret::new(name.to_owned()), Instant::now());
        let proxy = Proxy::that([Does::Refuse]);
        for _ in 0..4 {
            assert!(connect(proxy.behind(&gate("old"))).await.is_some());
        }
        assert_eq!(proxy.count(), 2);
        let right = Proxy::that([Does::Accept]);
        assert_eq!(connect(right.behind(&gate("new"))).await, None);
        assert_eq!(gate("old").pace().refused, 2);
        // Only as long as it is worth something.
        advance(2 * LONGEST_PAUSE).await;
        assert_eq!(gate("old").pace().refused, 0);
        gate("another");
        assert_eq!(gates.0.len(), 1);
    }

    #[test]
    fn debug_shows_nothing_of_a_user_or_a_password() {
        let mut gates = Gates::default();
        let gate = gates.of(Secret::new("Basic canary".to_owned()), Instant::now());
        let shown = format!("{gates:?} {:?}", Paced::new((), Some(gate)));
        assert!(!shown.contains("canary"), "{shown}");
    }
}
