//! The real program, in a folder of its own, on ports that it chooses.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use super::{eventually, wait_for};

/// How long a start or a stop may take on a busy machine.
const LIMIT: Duration = Duration::from_secs(120);

/// A data directory that outlives the program's runs.
pub(crate) struct Home {
    folder: TempDir,
    settings: Vec<(String, String)>,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self::with(&[])
    }

    /// A home whose program runs with these settings (`ALTA_…`) over the tests' own.
    pub(crate) fn with(settings: &[(&str, &str)]) -> Self {
        let settings = settings.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Self { folder: tempfile::tempdir().expect("a folder for the test"), settings }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Changes a setting from the next run on.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.settings.retain(|(held, _)| held != name);
        self.settings.push((name.to_owned(), value.to_owned()));
    }

    /// The program with these arguments, before it is started. Knows no setting of the machine's.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_alta"));
        command.args(arguments).current_dir(self.path());
        // Only what names no setting is handed down.
        command.env_clear().envs(["PATH", "HOME", "TMPDIR"].iter().filter_map(|name| Some((name, inherited(name)?))));
        command.env("ALTA_HTTP_LISTEN", "127.0.0.1:0").env("ALTA_SIP_LISTEN", "127.0.0.1:0");
        command.env("ALTA_DATA_DIR", self.path().join("data"));
        command.envs(self.settings.iter().map(|(k, v)| (k, v)));
        command
    }

    /// Runs the program with these arguments to its end.
    pub(crate) fn run(&self, arguments: &[&str], input: &str) -> Output {
        let mut command = self.command(arguments);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("alta starts");
        let mut stdin = child.stdin.take().expect("piped");
        // It may have refused its arguments and ended before it reads.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        child.wait_with_output().expect("alta ends")
    }

    /// Starts serving and waits until both addresses are printed.
    pub(crate) fn start(&self) -> Program {
        Program::spawn(self.command(&[]))
    }
}

#[allow(clippy::disallowed_methods, reason = "a test hands down where programs lie")]
fn inherited(name: &str) -> Option<std::ffi::OsString> {
    std::env::var_os(name)
}

/// A running program. It is killed when it is dropped.
pub(crate) struct Program {
    child: Child,
    printed: Arc<Mutex<Vec<String>>>,
    complained: Arc<Mutex<Vec<String>>>,
    pub(crate) http: SocketAddr,
    pub(crate) sip: SocketAddr,
}

impl Program {
    /// Starts this command and waits until it says where it listens.
    pub(crate) fn spawn(mut command: Command) -> Self {
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("alta starts");
        let printed = lines(child.stdout.take().expect("piped"));
        let complained = lines(child.stderr.take().expect("piped"));
        let unspecified: SocketAddr = ([0, 0, 0, 0], 0).into();
        // Owned from here on, so that it is killed whatever happens below.
        let mut program = Self { child, printed, complained, http: unspecified, sip: unspecified };
        program.http = program.line("http: http://").parse().expect("an address behind http:");
        program.sip = program.line("sip: udp ").parse().expect("an address behind sip:");
        program
    }

    /// What stands behind this beginning of a printed line, as soon as it is printed.
    #[track_caller]
    pub(crate) fn line(&mut self, start: &str) -> String {
        eventually(&format!("alta prints {start:?}"), LIMIT, || {
            let ended = self.child.try_wait().expect("a child of ours");
            let printed = self.printed.lock().expect("no panic").clone();
            if let Some(line) = printed.iter().find_map(|line| line.strip_prefix(start)) {
                return Ok(line.to_owned());
            }
            assert!(ended.is_none(), "alta ended with {ended:?}: {printed:?} {}", self.complaints());
            Err(printed)
        })
    }

    /// Everything that it printed.
    pub(crate) fn printed(&self) -> String {
        self.printed.lock().expect("no panic").join("\n")
    }

    /// Everything that it wrote to its error output.
    pub(crate) fn complaints(&self) -> String {
        self.complained.lock().expect("no panic").join("\n")
    }

    /// The address of a page.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.http)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to stop, as a service manager does, and waits until it did.
    pub(crate) fn stop(mut self) -> ExitStatus {
        // The shell's own `kill` is on every machine.
        let asked = Command::new("sh").arg("-c").arg(format!("kill -TERM {}", self.pid())).status().expect("sh runs");
        assert!(asked.success(), "alta had ended before it was asked to: {}", self.complaints());
        let mut status = None;
        wait_for("alta stops", LIMIT, || {
            status = self.child.try_wait().expect("a child of ours");
            status.is_some()
        });
        status.expect("it ended")
    }

    /// Ends it without a warning, as a power cut does.
    pub(crate) fn kill(self) {}
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            println!("alta said: {:?}\n{}", self.printed.lock(), self.complaints());
        }
    }
}

/// The lines of a pipe, as they come.
fn lines(pipe: impl Read + Send + 'static) -> Arc<Mutex<Vec<String>>> {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&lines);
    thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            sink.lock().expect("no panic").push(line);
        }
    });
    lines
}
