//! PostgreSQL from Debian's packages: one server for all tests that run at once, on a socket in a folder of its own, with
//! a database for each.

use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use tempfile::TempDir;

use super::eventually;

/// How long the server may take to start or to stop on a busy machine.
const LIMIT: Duration = Duration::from_secs(60);
/// Stands in every URL, so that it can be looked for where it must not be said. The server itself asks for none.
pub(crate) const DATABASE_PASSWORD: &str = "s3cret-of-the-database";

static SERVER: Mutex<Weak<Server>> = Mutex::new(Weak::new());
static DATABASES: AtomicU32 = AtomicU32::new(0);

struct Server {
    folder: TempDir,
    programs: PathBuf,
    child: Child,
}

/// A database of one's own.
pub(crate) struct Database {
    server: Arc<Server>,
    pub(crate) url: String,
}

impl Database {
    pub(crate) fn new() -> Self {
        let server = {
            // Whoever comes first starts it; a start that failed leaves nothing behind for the next.
            let mut running = SERVER.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            running.upgrade().unwrap_or_else(|| {
                let server = Arc::new(Server::start());
                *running = Arc::downgrade(&server);
                server
            })
        };
        let name = format!("alta{}", DATABASES.fetch_add(1, Ordering::Relaxed));
        server.sql("postgres", &format!("CREATE DATABASE {name}"));
        let folder = super::encoded(&server.folder.path().display().to_string());
        let url = format!("postgres://postgres:{DATABASE_PASSWORD}@{folder}/{name}");
        Self { server, url }
    }

    /// Runs a statement as somebody else would.
    pub(crate) fn sql(&self, statement: &str) -> String {
        let name = self.url.rsplit('/').next().expect("a name");
        self.server.sql(name, statement)
    }
}

impl Server {
    fn start() -> Self {
        let programs = programs();
        let folder = tempfile::tempdir().expect("a folder for the database");
        let data = folder.path().join("data");
        // initdb refuses to run as root: then everything is done as the user that the package made.
        if is_root() {
            run(Command::new("chown").arg("postgres").arg(folder.path()));
        }
        let locale = ["--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8", "-D"];
        run(as_postgres(&programs.join("initdb")).args(locale).arg(&data));
        let log = folder.path().join("log");
        let child = as_postgres(&programs.join("postgres"))
            .args(["-D"])
            .arg(&data)
            .args(["-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=200", "-k"])
            .arg(folder.path())
            .stdin(Stdio::null())
            .stderr(File::create(&log).expect("a log"))
            .spawn()
            .expect("postgres starts");
        let server = Self { folder, programs, child };
        eventually("PostgreSQL answers", LIMIT, || {
            let mut ask = Command::new(server.programs.join("pg_isready"));
            let answer = ask.arg("-q").arg("-h").arg(server.folder.path()).status();
            if answer.is_ok_and(|status| status.success()) { Ok(()) } else { Err(std::fs::read_to_string(&log)) }
        });
        server
    }

    fn sql(&self, database: &str, statement: &str) -> String {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-d", database, "-c", statement]);
        run(psql.arg("-h").arg(self.folder.path()))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Its own fast shutdown takes shared memory and children away; a kill would leave them.
        let asked = Command::new("sh").arg("-c").arg(format!("kill -INT {}", self.child.id())).status();
        if asked.is_ok_and(|status| status.success()) {
            let _ = self.child.wait();
        }
    }
}

/// Where Debian puts the server's programs, the newest version of several.
fn programs() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().filter_map(Result::ok);
    let mut versions: Vec<(u32, PathBuf)> = versions
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(_, programs)| programs.join("initdb").exists())
        .collect();
    versions.sort();
    versions.pop().expect("the package postgresql is not installed: tests/run installs it").1
}

fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}

fn as_postgres(program: &std::path::Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]).arg(program).current_dir("/");
    command
}

/// Runs to the end; what it printed.
#[track_caller]
fn run(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
