//! The certificates that are trusted: Mozilla's, and those in the files that the environment names.
//!
//! A file may lie on a disk that does not answer, and a read cannot be broken off: it has a thread of
//! its own, so that nobody waits for it but those who need it, each as long as they like. Not one of
//! the runtime's blocking threads: there are few, and names are looked up on them.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use rustls::RootCertStore;
use tokio::sync::watch;

use super::certificates::{Found, NO_CERTIFICATE, certificates_at, system};
use crate::config::labels::{Label, NetworkLabels};
use crate::config::network::Network;

/// Whom to trust.
#[derive(Clone, Debug)]
pub(super) struct Roots {
    pub store: Arc<RootCertStore>,
    /// What was to be trusted and could not be read, such as "SSL_CERT_FILE: it is empty".
    ///
    /// Node goes on without it, and so do we; it explains the failure that may follow.
    pub problems: Arc<[String]>,
}

/// The roots that `network` asks for.
///
/// However many wait for the same files, and whether or not they go on to do so, each is read once
/// at a time.
///
/// # Errors
///
/// The thread could not be started, or ended: the error is for the cause of another.
pub(super) async fn read(network: &Network, labels: &NetworkLabels) -> Result<Roots, String> {
    let sources = Sources::of(network, labels);
    if sources.all().next().is_none() {
        return Ok(Collected::default().into_roots());
    }
    let mut progress = join(sources, Sources::read).map_err(|error| error.to_string())?;
    let done = progress.wait_for(|progress| matches!(progress, Progress::Done(_))).await;
    match done.as_deref() {
        Ok(Progress::Done(roots)) => Ok(roots.clone()),
        Ok(Progress::At(_)) | Err(_) => Err("the thread that reads certificates ended".to_owned()),
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
    path: PathBuf,
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
    thread::Builder::new().name(THREAD_NAME.to_owned()).stack_size(STACK_SIZE).spawn(task)?;
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
        let places = files.map(|(path, label)| Place { label: label.clone(), path: path.clone() });
        let system = network.trusts_system.then(|| {
            let label = labels.system_roots.clone().expect("it was set somewhere");
            Place { label, path: system::path().into() }
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
            collected.add(place, certificates_at(&place.path));
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
        write!(f, "{} ({})", self.label, self.path.display())
    }
}

struct Collected {
    store: RootCertStore,
    problems: Vec<String>,
}

impl Default for Collected {
    fn default() -> Collected {
        let store = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        Collected { store, problems: Vec::new() }
    }
}

impl Collected {
    fn add(&mut self, place: &Place, found: Found) {
        let (added, _) = self.store.add_parsable_certificates(found.certificates);
        let problem = found.problem.or_else(|| (added == 0).then(|| NO_CERTIFICATE.to_owned()));
        self.problems.extend(problem.map(|problem| format!("{}: {problem}", place.label)));
    }

    fn into_roots(self) -> Roots {
        Roots { store: Arc::new(self.store), problems: self.problems.into() }
    }
}

/// At most 15 bytes, or Linux cuts it.
const THREAD_NAME: &str = "lakebase-certs";

/// Given, because the default is read from the environment while JavaScript may be writing to it.
const STACK_SIZE: usize = 512 * 1024;

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

    /// The way of somebody who names that file.
    fn way(path: &Path) -> (Network, NetworkLabels) {
        let set = [("DATABRICKS_TOKEN", "token-1"), ("SSL_CERT_FILE", path.to_str().unwrap())];
        let Settings { config, labels } = settings(&set).unwrap();
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
        assert_eq!(roots.store.len(), webpki_roots::TLS_SERVER_ROOTS.len() + 1);
        assert!(roots.problems.is_empty(), "{:?}", roots.problems);

        // What is read later is what the file says then.
        folder.file("ca.pem", "");
        let roots = read(&network, &labels).await.unwrap();
        assert_eq!(&*roots.problems, ["SSL_CERT_FILE: it is empty"]);
        assert_eq!(being_read(&network, &labels), None);
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
