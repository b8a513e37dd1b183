//! Composition: what is started in which order, and stopped in the other. Everything that can fail for a reason of the
//! machine's is tried before anything is changed.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use anyhow::{Context, bail};
use nix::unistd::{AccessFlags, access};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::config::Config;
use crate::domain::uri::Transport;
use crate::engine::transport::tcp::Listening;
use crate::engine::transport::tls::{self, TlsFiles};
use crate::engine::transport::udp::Bound;
use crate::engine::{self, EngineConfig, PaceConfig, Sockets};
use crate::roster::{self, Roster, setup_secret};
use crate::store::{KeyError, OpenError, Probe, SealKey, Store};
use crate::web::{self, WebConfig};

/// What the person who starts Alta has to know.
#[derive(Clone, Debug)]
pub struct Announcement {
    pub http: SocketAddr,
    /// Every address that SIP is spoken on.
    pub sip: Vec<(Transport, SocketAddr)>,
    /// The one-time link that makes the first administrator.
    pub setup: Option<String>,
}

/// Opens the store as the settings say, for the command line and for serving.
///
/// # Errors
/// One sentence that says what is wrong and how to mend it.
pub fn open_store(config: &Config) -> anyhow::Result<Store> {
    prepare_folder(&config.data_dir)?;
    let probe = Store::probe(&config.database_url).map_err(|error| database_sentence(config, &error))?;
    let sealed = probe == Probe::Usable { sealed: true };
    let key = SealKey::load_or_create(&config.key_file, !sealed).map_err(|error| key_sentence(config, &error))?;
    if sealed {
        Store::check_key_of(&config.database_url, &key).map_err(|error| database_sentence(config, &error))?;
    }
    Store::open(&config.database_url, key).map_err(|error| database_sentence(config, &error))
}

fn prepare_folder(folder: &Path) -> anyhow::Result<()> {
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.and_then(|()| tempfile_in(folder)).with_context(|| {
        format!(
            "The data directory {} cannot be written. Give this user the right to, or set data_dir (ALTA_DATA_DIR)",
            folder.display()
        )
    })
}

/// Tries whether a file can be made there, and takes it away again.
fn tempfile_in(folder: &Path) -> std::io::Result<()> {
    let path = folder.join(format!(".alta-{}", std::process::id()));
    fs::write(&path, b"")?;
    fs::remove_file(&path)
}

/// What is wrong with the database, and how to mend it.
pub fn database_sentence(config: &Config, error: &OpenError) -> anyhow::Error {
    match error {
        OpenError::WrongKey => anyhow::anyhow!(
            "The key in {} does not fit this database: its passwords were sealed with another one. Put back the key that \
             belongs to it, or name it with key_file (ALTA_KEY_FILE).",
            config.key_file.display()
        ),
        OpenError::NewerSchema { .. } => {
            anyhow::anyhow!("{error}. Start that version, or restore a backup made before it.")
        }
        OpenError::Unreachable(_) | OpenError::Migration(_) => {
            anyhow::anyhow!("{error}. Check database_url (ALTA_DATABASE_URL).")
        }
    }
}

/// What is wrong with the key, and how to mend it.
pub fn key_sentence(config: &Config, error: &KeyError) -> anyhow::Error {
    let path = config.key_file.display();
    match error {
        KeyError::Missing => anyhow::anyhow!(
            "The key file {path} is missing, and this database holds passwords that were sealed with it. Put it back, or name \
             it with key_file (ALTA_KEY_FILE)."
        ),
        KeyError::TooOpen(mode) => {
            anyhow::anyhow!("The key file {path} may be read by others (mode {mode:o}). Run: chmod 600 {path}")
        }
        KeyError::Malformed => {
            anyhow::anyhow!("The key file {path} does not hold 64 hexadecimal digits. Put back the right one.")
        }
        KeyError::Io(error) => anyhow::anyhow!("The key file {path} cannot be used: {error}."),
        KeyError::Entropy(error) => anyhow::anyhow!("No key can be made: {error}."),
    }
}

/// Serves until a signal stops it.
///
/// # Errors
/// One sentence that says what is wrong and how to mend it; nothing was changed then.
pub fn serve(config: &Config, demo: bool, announce: impl FnOnce(&Announcement)) -> anyhow::Result<()> {
    let http = bind_http(config)?;
    let sip = bind_sip(config)?;
    check_tls(config)?;
    let store = open_store(config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("No threads can be started")?;
    runtime.block_on(run(config, http, sip, store, demo, announce))
}

/// # Errors
/// That the port is taken, and how to choose another.
pub fn bind_http(config: &Config) -> anyhow::Result<TcpListener> {
    let address = config.http_listen;
    TcpListener::bind(address).map_err(|error| {
        anyhow::anyhow!(
            "The pages cannot be served on {address}: {error}. Set http.listen (ALTA_HTTP_LISTEN) to a free one."
        )
    })
}

/// # Errors
/// That a port is taken, and how to choose another.
pub fn bind_sip(config: &Config) -> anyhow::Result<Sockets> {
    let mut sockets = Sockets::default();
    for (transport, address) in &config.sip_listen {
        let taken = |transport: Transport, error: std::io::Error| {
            let name = transport.as_str();
            anyhow::anyhow!("SIP cannot use {name} {address}: {error}. Set sip.listen (ALTA_SIP_LISTEN) to a free one.")
        };
        match transport {
            Some(Transport::Udp) => sockets.udp.push(Bound::to(*address).map_err(|e| taken(Transport::Udp, e))?),
            Some(Transport::Tcp) => sockets.tcp.push(Listening::to(*address).map_err(|e| taken(Transport::Tcp, e))?),
            Some(Transport::Tls) => sockets.tls.push(Listening::to(*address).map_err(|e| taken(Transport::Tls, e))?),
            None => {
                let (udp, tcp) = bind_both(*address).map_err(|(transport, error)| taken(transport, error))?;
                sockets.udp.push(udp);
                sockets.tcp.push(tcp);
            }
        }
    }
    Ok(sockets)
}

/// UDP and TCP on one port; when the system is to choose it, one that is free for both.
fn bind_both(address: SocketAddr) -> Result<(Bound, Listening), (Transport, std::io::Error)> {
    let mut left = if address.port() == 0 { 20 } else { 1 };
    loop {
        let udp = Bound::to(address).map_err(|error| (Transport::Udp, error))?;
        let same = udp.local().map_err(|error| (Transport::Udp, error))?;
        left -= 1;
        match Listening::to(same) {
            Ok(tcp) => return Ok((udp, tcp)),
            Err(error) if left == 0 => return Err((Transport::Tcp, error)),
            Err(_) => {}
        }
    }
}

async fn run(
    config: &Config,
    http: TcpListener,
    sip: Sockets,
    store: Store,
    demo: bool,
    announce: impl FnOnce(&Announcement),
) -> anyhow::Result<()> {
    let unread = |error| anyhow::anyhow!("The entries cannot be read: {error}.");
    let loading = store.for_engine().map_err(unread)?;
    let engine = engine::start(engine_config(config), sip)?;
    let journal = tokio::spawn(roster::keep(store.clone(), engine.checkpoints));
    let history = tokio::spawn(roster::remember(store.clone(), engine.history, config.history_days));
    let sweeping = tokio::spawn(roster::sweep_audit(store.clone(), config.audit_days));
    let setup = if store.has_no_operator()? { Some(setup_secret()?) } else { None };
    let roster = Roster::new(store, engine.handle.clone(), setup.as_ref().map(|(_, hash)| hash.clone()));
    // Before any entry is taken up: some may register there.
    if let Err(error) = roster.resume_demo_provider().await {
        tracing::warn!(%error, "the demo provider does not run");
    }
    roster.take_up(loading).await.map_err(unread)?;
    if demo {
        roster.try_demo().await.map_err(|error| anyhow::anyhow!("The demo cannot be started: {error}."))?;
    }
    let pulse = tokio::spawn(roster::feel_pulse(roster.clone()));
    let announcing = tokio::spawn(engine.handle.board().clone().announce());
    let address = http.local_addr()?;
    let (stop, stopping) = watch::channel(false);
    let web = WebConfig {
        behind_tls: config.behind_tls,
        trusted_proxies: config.trusted_proxies.clone(),
        shown: config.shown().to_vec(),
        stopping,
    };
    let server = web::serve(http, roster, web).context("The pages cannot be served")?;
    let pages = server.handle();
    let served = tokio::spawn(server);
    announce(&Announcement {
        http: address,
        sip: engine.bound,
        setup: setup.map(|(secret, _)| format!("http://{address}/setup?token={secret}")),
    });
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        _ = terminate.recv() => {}
    }
    // Streams end first, so that nobody holds the server up.
    let _ = stop.send(true);
    pages.stop(true).await;
    engine.handle.stop(config.unregister_at_stop).await;
    // It holds the engine, whose end the journal waits for.
    pulse.abort();
    let _ = pulse.await;
    drop(engine.handle);
    sweeping.abort();
    announcing.abort();
    journal.await.context("The last checkpoints were not written")?;
    history.await.context("The last of the history was not written")?;
    served.await?.context("The pages stopped badly")
}

fn tls_files(config: &Config) -> TlsFiles {
    TlsFiles {
        extra_ca: config.tls_extra_ca.clone(),
        identity: config.tls_identity.clone(),
        wildcards: config.tls_wildcards,
    }
}

/// Whether TLS can be spoken as the settings say.
fn check_tls(config: &Config) -> anyhow::Result<()> {
    let has_port = config.sip_listen.iter().any(|(transport, _)| *transport == Some(Transport::Tls));
    tls::check(&tls_files(config), has_port).map_err(|error| {
        anyhow::anyhow!("TLS cannot be used: {error}. Check sip.tls.extra_ca, sip.tls.certificate and sip.tls.key.")
    })
}

fn engine_config(config: &Config) -> EngineConfig {
    EngineConfig {
        contact: config.sip_contact.clone(),
        calls_to: config.sip_calls_to.clone(),
        dns_server: config.dns_server,
        deny: config.sip_deny.clone(),
        allow_loopback: config.allow_loopback,
        pace: PaceConfig { per_registrar: config.pace, whole: config.pace_whole },
        tls: tls_files(config),
        keep_alive: config.keep_alive,
        user_agent: concat!("Alta/", env!("CARGO_PKG_VERSION")).to_owned(),
    }
}

/// What [`check`] found: what it looked at, and what is wrong there.
pub struct Finding {
    pub about: &'static str,
    pub wrong: Option<String>,
}

/// Looks at everything that a start needs, without changing anything.
///
/// # Errors
/// Never: what is wrong is in the findings.
pub fn check(config: &Config) -> Vec<Finding> {
    let finding =
        |about, result: anyhow::Result<()>| Finding { about, wrong: result.err().map(|error| format!("{error:#}")) };
    vec![
        finding("settings", Ok(())),
        finding("data directory", check_folder(&config.data_dir)),
        finding("database and key", check_database(config)),
        finding("http port", bind_http(config).map(|_| ())),
        finding("sip ports", bind_sip(config).map(|_| ())),
        finding("certificates", check_tls(config)),
    ]
}

fn check_folder(folder: &Path) -> anyhow::Result<()> {
    // What is not there yet is made by the start, below the nearest folder that is.
    let existing = folder.ancestors().find(|folder| folder.exists()).unwrap_or_else(|| Path::new("."));
    let existing = if existing.as_os_str().is_empty() { Path::new(".") } else { existing };
    if !existing.is_dir() {
        bail!("{} is not a directory. Set data_dir (ALTA_DATA_DIR).", existing.display());
    }
    // Asked of the system for this user: the mode alone does not say whose directory it is.
    if access(existing, AccessFlags::W_OK | AccessFlags::X_OK).is_err() {
        bail!(
            "{} cannot be written. Give this user the right to, or set data_dir (ALTA_DATA_DIR).",
            existing.display()
        );
    }
    Ok(())
}

fn check_database(config: &Config) -> anyhow::Result<()> {
    let probe = Store::probe(&config.database_url).map_err(|error| database_sentence(config, &error))?;
    if probe == (Probe::Usable { sealed: true }) {
        let key = SealKey::load_or_create(&config.key_file, false).map_err(|error| key_sentence(config, &error))?;
        Store::check_key_of(&config.database_url, &key).map_err(|error| database_sentence(config, &error))?;
    }
    Ok(())
}
