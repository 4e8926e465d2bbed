//! The certificates that are trusted: Mozilla's, and those in the files that the environment names.
//!
//! A file may lie on a disk that does not answer, and a read cannot be broken off: it has a thread of
//! its own, so that nobody waits for it but those who need it, each as long as they like.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::pki_types::CertificateDer;
use tokio::sync::watch;

use super::certificates::{Found, NO_CERTIFICATE, certificates_at, system};
use super::own_thread;
use crate::config::labels::{Label, NetworkLabels};
use crate::config::network::{Network, RootsPath};
use crate::shortage::Shortage;

/// Whom to trust.
#[derive(Clone, Debug)]
pub(super) struct Roots {
    pub trusted: Arc<Trusted>,
    /// Those of the files that name a host, and so could be a workspace's own.
    pub named: Arc<[CertificateDer<'static>]>,
    /// What was to be trusted and could not be read, such as "SSL_CERT_FILE: it is empty".
    ///
    /// Node goes on without it, and so do we; it explains the failure that may follow.
    pub problems: Arc<[String]>,
    /// What this process had none of any more to read the rest: these are for nobody to go on with.
    pub shortage: Option<Shortage>,
}

/// The authorities that are trusted.
#[derive(Debug)]
pub(super) struct Trusted {
    store: Arc<RootCertStore>,
    /// What they signed.
    pub signed: Arc<WebPkiServerVerifier>,
}

impl Trusted {
    /// Those of `store`, which holds at least one.
    pub(super) fn of(store: RootCertStore) -> Trusted {
        let store = Arc::new(store);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let signed = WebPkiServerVerifier::builder_with_provider(store.clone(), provider).build();
        Trusted { store, signed: signed.expect("there is an authority") }
    }
}

/// The roots that `network` asks for.
///
/// However many wait for the same files, and whether or not they go on to do so, each is read once
/// at a time.
///
/// # Errors
///
/// The thread could not be started, or ended.
pub(super) async fn read(network: &Network, labels: &NetworkLabels) -> Result<Roots, NoRoots> {
    let sources = Sources::of(network, labels);
    if sources.all().next().is_none() {
        return Ok(Collected::default().into_roots());
    }
    let mut progress = join(sources, Sources::read).map_err(NoRoots::NotStarted)?;
    let done = progress.wait_for(|progress| matches!(progress, Progress::Done(_))).await;
    match done.as_deref() {
        Ok(Progress::Done(Roots { shortage: Some(shortage), .. })) => {
            Err(NoRoots::Short(*shortage))
        }
        Ok(Progress::Done(roots)) => Ok(roots.clone()),
        Ok(Progress::At(_)) | Err(_) => Err(NoRoots::Ended),
    }
}

/// Why nobody is trusted: certificates could not even be read.
#[derive(Debug)]
pub(super) enum NoRoots {
    /// There was none of that left to read them with.
    Short(Shortage),
    /// Their thread could not be started.
    NotStarted(io::Error),
    /// Their thread ended before it was done.
    Ended,
}

impl NoRoots {
    /// What this process has none of any more, if it is that.
    pub(super) fn shortage(&self) -> Option<Shortage> {
        match self {
            NoRoots::Short(shortage) => Some(*shortage),
            NoRoots::NotStarted(error) => Shortage::told_by_start(error),
            NoRoots::Ended => None,
        }
    }
}

impl fmt::Display for NoRoots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoRoots::Short(shortage) => f.write_str(shortage.what()),
            NoRoots::NotStarted(error) => error.fmt(f),
            NoRoots::Ended => f.write_str("the thread that reads certificates ended"),
        }
    }
}

/// What is being read at this moment of that which `network` asks for.
pub(super) fn being_read(network: &Network, labels: &NetworkLabels) -> Option<Place> {
    let sources = Sources::of(network, labels);
    let readings = readings();
    let reading = readings.iter().find(|reading| reading.sources == sources)?;
    match &*reading.progress.borrow() {
        Progress::At(place) => place.clone(),
        Progress::Done(_) => None,
    }
}

/// What names certificates.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Sources {
    places: Vec<Place>,
    /// The system's own, if they are trusted.
    system: Option<Place>,
}

/// Something to read, and where it was set. Shown as "SSL_CERT_FILE (/certs.pem)".
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    label: Label,
    at: RootsPath,
}

/// A read under way. It is in the list of them until it ends.
struct Reading {
    sources: Sources,
    progress: watch::Receiver<Progress>,
}

enum Progress {
    At(Option<Place>),
    Done(Roots),
}

fn readings() -> MutexGuard<'static, Vec<Reading>> {
    static READINGS: Mutex<Vec<Reading>> = Mutex::new(Vec::new());
    READINGS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The progress of the read of `sources` that is under way, which is begun if there is none.
fn join(
    sources: Sources,
    read: impl FnOnce(&Sources, &dyn Fn(&Place)) -> Roots + Send + 'static,
) -> io::Result<watch::Receiver<Progress>> {
    let mut readings = readings();
    if let Some(reading) = readings.iter().find(|reading| reading.sources == sources) {
        return Ok(reading.progress.clone());
    }
    let (progress, receiver) = watch::channel(Progress::At(sources.all().next().cloned()));
    let reading = Reading { sources: sources.clone(), progress: receiver.clone() };
    let task = move || {
        let listed = Listed(sources);
        let roots = read(&listed.0, &|place| {
            progress.send_replace(Progress::At(Some(place.clone())));
        });
        // Who comes now shall read what the files say now.
        drop(listed);
        progress.send_replace(Progress::Done(roots));
    };
    own_thread::run("lakebase-certs", task)?;
    readings.push(reading);
    Ok(receiver)
}

/// Takes a read off the list, also when it panics.
struct Listed(Sources);

impl Drop for Listed {
    fn drop(&mut self) {
        readings().retain(|reading| reading.sources != self.0);
    }
}

impl Sources {
    fn of(network: &Network, labels: &NetworkLabels) -> Sources {
        let files = network.extra_roots.iter().zip(&labels.extra_roots);
        let places = files.map(|(at, label)| Place { label: label.clone(), at: at.clone() });
        let system = network.trusts_system.then(|| {
            let label = labels.system_roots.clone().expect("it was set somewhere");
            Place { label, at: RootsPath { path: system::path().into(), folders: Vec::new() } }
        });
        Sources { places: places.collect(), system }
    }

    fn all(&self) -> impl Iterator<Item = &Place> {
        self.places.iter().chain(&self.system)
    }

    fn read(&self, on_place: &dyn Fn(&Place)) -> Roots {
        let mut collected = Collected::default();
        for place in &self.places {
            on_place(place);
            let found = certificates_of(&place.at);
            collected.name(&found.certificates);
            collected.add(place, found);
        }
        if let Some(place) = &self.system {
            on_place(place);
            collected.add(place, system::certificates());
        }
        collected.into_roots()
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.label, self.at.path.display())
    }
}

/// Those of the first place where there are any.
fn certificates_of(at: &RootsPath) -> Found {
    let mut elsewhere = at.folders.iter().map(|folder| folder.join(&at.path));
    if let Some(path) = elsewhere.find(|path| path.exists()) {
        return certificates_at(&path);
    }
    let found = certificates_at(&at.path);
    if at.path.is_absolute() || at.path.exists() {
        return found;
    }
    let current = std::env::current_dir().ok();
    let folders = at.folders.iter().map(PathBuf::as_path).chain(current.as_deref());
    let mut named: Vec<String> =
        folders.map(|folder: &Path| folder.display().to_string()).collect();
    named.dedup();
    let problem = found.problem.map(|problem| format!("{problem} in {}", named.join(", or ")));
    Found { problem, ..found }
}

struct Collected {
    store: RootCertStore,
    named: Vec<CertificateDer<'static>>,
    problems: Vec<String>,
    shortage: Option<Shortage>,
}

impl Default for Collected {
    fn default() -> Collected {
        let store = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        Collected { store, named: Vec::new(), problems: Vec::new(), shortage: None }
    }
}

impl Collected {
    fn add(&mut self, place: &Place, found: Found) {
        self.shortage = self.shortage.or(found.shortage);
        let (added, _) = self.store.add_parsable_certificates(found.certificates);
        let problem = found.problem.or_else(|| (added == 0).then(|| NO_CERTIFICATE.to_owned()));
        self.problems.extend(problem.map(|problem| format!("{}: {problem}", place.label)));
    }

    fn name(&mut self, certificates: &[CertificateDer<'static>]) {
        let names_host =
            |der: &&CertificateDer<'_>| der.windows(3).any(|at| at == SUBJECT_ALT_NAME);
        self.named.extend(certificates.iter().filter(names_host).cloned());
    }

    fn into_roots(self) -> Roots {
        Roots {
            trusted: shared(self.store),
            named: self.named.into(),
            problems: self.problems.into(),
            shortage: self.shortage,
        }
    }
}

/// That of `store`, or of an equal one that somebody has already: a process may have thousands of
/// configurations, and most trust the same.
fn shared(store: RootCertStore) -> Arc<Trusted> {
    static ALL: Mutex<Vec<Weak<Trusted>>> = Mutex::new(Vec::new());
    let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
    all.retain(|known| known.strong_count() > 0);
    let mut known = all.iter().filter_map(Weak::upgrade);
    known.find(|known| known.store.roots == store.roots).unwrap_or_else(|| {
        let trusted = Arc::new(Trusted::of(store));
        all.push(Arc::downgrade(&trusted));
        trusted
    })
}

/// The extension's name in DER (RFC 5280 §4.2.1.6), without which no certificate names a host.
const SUBJECT_ALT_NAME: &[u8] = b"\x55\x1d\x11";

/// A read of what `network` asks for that hangs until it is told to go on.
#[cfg(test)]
pub(super) fn hang(network: &Network, labels: &NetworkLabels, told: std::sync::mpsc::Receiver<()>) {
    let hanging = move |sources: &Sources, on_place: &dyn Fn(&Place)| {
        on_place(sources.all().next().unwrap());
        told.recv().unwrap();
        sources.read(on_place)
    };
    join(Sources::of(network, labels), hanging).unwrap();
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::mpsc;

    use super::*;
    use crate::config::Settings;
    use crate::testing::folder::Folder;
    use crate::testing::settings;

    const CA: &str = include_str!("../../support/tls/test-only-ca.pem");
    const SELF_SIGNED: &str = include_str!("../../support/tls/test-only-self-signed.pem");

    /// The way of somebody who names that file.
    fn way(path: &Path) -> (Network, NetworkLabels) {
        let set = [("DATABRICKS_TOKEN", "token-1"), ("SSL_CERT_FILE", path.to_str().unwrap())];
        let Settings { config, labels, .. } = settings(&set).unwrap();
        (config.network, labels.network)
    }

    #[tokio::test]
    async fn those_who_wait_for_the_same_files_share_one_read() {
        let folder = Folder::new();
        let path = folder.file("ca.pem", CA);
        let (network, labels) = way(&path);
        let (other_network, other_labels) = way(&folder.0);
        let sources = Sources::of(&network, &labels);
        let (go_on, held) = mpsc::channel::<()>();
        hang(&network, &labels, held);
        let place = being_read(&network, &labels).unwrap().to_string();
        assert_eq!(place, format!("SSL_CERT_FILE ({})", path.display()));
        assert_eq!(being_read(&other_network, &other_labels), None);
        // Nobody waits for somebody else's.
        read(&other_network, &other_labels).await.unwrap();

        // Who gives up begins no other when he comes back.
        for _ in 0..10 {
            let waiting = read(&network, &labels);
            tokio::select! {
                biased;
                _ = waiting => panic!("it is held"),
                () = tokio::task::yield_now() => {}
            }
            let ours = readings().iter().filter(|reading| reading.sources == sources).count();
            assert_eq!(ours, 1);
        }
        let waiting = read(&network, &labels);
        go_on.send(()).unwrap();
        let roots = waiting.await.unwrap();
        assert_eq!(roots.trusted.store.len(), webpki_roots::TLS_SERVER_ROOTS.len() + 1);
        assert!(roots.problems.is_empty(), "{:?}", roots.problems);

        // What is read later is what the file says then.
        folder.file("ca.pem", "");
        let roots = read(&network, &labels).await.unwrap();
        assert_eq!(&*roots.problems, ["SSL_CERT_FILE: it is empty"]);
        assert_eq!(being_read(&network, &labels), None);
    }

    #[tokio::test]
    async fn nobody_goes_on_with_what_could_not_be_read_for_want_of_descriptors() {
        let folder = Folder::new();
        let (network, labels) = way(&folder.file("ca.pem", CA));
        let short = |sources: &Sources, _: &dyn Fn(&Place)| {
            let mut collected = Collected::default();
            let shortage = Some(Shortage::Descriptors);
            collected.add(&sources.places[0], Found { shortage, ..Found::default() });
            collected.into_roots()
        };
        let (go_on, held) = mpsc::channel::<()>();
        let held = move |sources: &Sources, on_place: &dyn Fn(&Place)| {
            held.recv().unwrap();
            short(sources, on_place)
        };
        join(Sources::of(&network, &labels), held).unwrap();
        let mut waiting = std::pin::pin!(read(&network, &labels));
        // It joins before the other one goes on.
        tokio::select! {
            biased;
            _ = &mut waiting => panic!("it is held"),
            () = tokio::task::yield_now() => {}
        }
        go_on.send(()).unwrap();
        let error = waiting.await.unwrap_err();
        assert_eq!(error.shortage(), Some(Shortage::Descriptors));
        assert!(read(&network, &labels).await.is_ok());
    }

    #[tokio::test]
    async fn those_who_trust_the_same_share_it() {
        let folder = Folder::new();
        let (one, labels) = way(&folder.file("ca.pem", CA));
        let (same, _) = way(&folder.file("same.pem", CA));
        let (other, _) = way(&folder.file("other.pem", SELF_SIGNED));
        let first = read(&one, &labels).await.unwrap().trusted;
        assert!(Arc::ptr_eq(&first, &read(&same, &labels).await.unwrap().trusted));
        assert!(!Arc::ptr_eq(&first, &read(&other, &labels).await.unwrap().trusted));
    }

    #[tokio::test]
    async fn a_read_that_panics_is_an_error_and_the_next_is_another() {
        let folder = Folder::new();
        let (network, labels) = way(&folder.file("ca.pem", CA));
        let sources = Sources::of(&network, &labels);
        let mut progress = join(sources, |_, _| panic!("on purpose")).unwrap();
        assert!(progress.wait_for(|progress| matches!(progress, Progress::Done(_))).await.is_err());
        assert!(read(&network, &labels).await.is_ok());
    }
}
