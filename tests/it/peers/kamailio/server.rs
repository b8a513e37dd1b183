//! Kamailio as a registrar with digest, bindings in memory, asked over JSON-RPC on a socket of its folder.

use std::fs::{self, File};
use std::os::unix::net::UnixDatagram;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::super::port;
use crate::support::{Identity, PASSWORD, eventually};

const PROGRAM: &str = "/usr/sbin/kamailio";
/// How long it may take to start on a busy machine.
const LIMIT: Duration = Duration::from_secs(30);

/// A running Kamailio; it is killed when it is dropped.
pub(in crate::peers) struct Kamailio {
    folder: TempDir,
    pub(in crate::peers) port: u16,
    child: Option<Child>,
}

impl Kamailio {
    /// One that grants at most so many seconds, and digests with this algorithm (empty: MD5, unnamed).
    pub(in crate::peers) fn start(most: u32, algorithm: &str) -> Self {
        Self::prepared(most, algorithm, |_, _| vec![("#CONNECTIONS", "disable_tcp=yes".to_owned())])
    }

    /// One that speaks TCP as well.
    pub(in crate::peers) fn over_tcp(algorithm: &str) -> Self {
        Self::prepared(3600, algorithm, |_, port| vec![("#CONNECTIONS", listen("tcp", port))])
    }

    /// One that speaks TLS on the same port, with this certificate.
    pub(in crate::peers) fn over_tls(algorithm: &str, identity: &Identity) -> Self {
        Self::prepared(3600, algorithm, |folder, port| {
            let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
            fs::write(&certificate, &identity.certificate_pem).expect("written");
            fs::write(&key, &identity.key_pem).expect("written");
            let modules = format!(
                "loadmodule \"tls.so\"\nmodparam(\"tls\", \"tls_method\", \"TLSv1.2+\")\n\
                 modparam(\"tls\", \"certificate\", \"{}\")\nmodparam(\"tls\", \"private_key\", \"{}\")\n",
                certificate.display(),
                key.display()
            );
            vec![("#CONNECTIONS", format!("enable_tls=yes\n{}", listen("tls", port))), ("#MODULES", modules)]
        })
    }

    /// One behind an edge proxy that put itself in the path (RFC 3327): it stands in the 200 of whoever supports that.
    pub(in crate::peers) fn with_path() -> Self {
        let modules = "loadmodule \"textopsx.so\"\nmodparam(\"registrar\", \"use_path\", 1)\n\
                       modparam(\"registrar\", \"path_mode\", 1)\n";
        let edge = "insert_hf(\"Path: <sip:edge.kamailio.test;lr>\\r\\n\");\n    msg_apply_changes();";
        Self::prepared(3600, "", |_, _| {
            vec![
                ("#CONNECTIONS", "disable_tcp=yes".to_owned()),
                ("#MODULES", modules.to_owned()),
                ("#BEFORE", edge.to_owned()),
            ]
        })
    }

    /// One that keeps flows (RFC 5626), and asks for a keep-alive within so many seconds.
    pub(in crate::peers) fn keeping_flows(flow_timer: u32) -> Self {
        let modules = format!(
            "loadmodule \"textopsx.so\"\nmodparam(\"registrar\", \"use_path\", 1)\n\
             modparam(\"registrar\", \"path_mode\", 1)\nmodparam(\"registrar\", \"outbound_mode\", 1)\n\
             modparam(\"registrar\", \"flow_timer\", {flow_timer})\n"
        );
        Self::prepared(3600, "", |_, _| vec![("#CONNECTIONS", "disable_tcp=yes".to_owned()), ("#MODULES", modules)])
    }

    /// An edge proxy in front of the one at this port: it puts itself in the path, and keeps flows.
    pub(in crate::peers) fn edge(behind: u16) -> Self {
        let folder = tempfile::tempdir().expect("a folder for Kamailio");
        let port = port::free();
        let configuration = include_str!("edge.cfg")
            .replace("PORT", &port.to_string())
            .replace("BEHIND", &behind.to_string())
            .replace("FOLDER", &folder.path().display().to_string());
        fs::write(folder.path().join("kamailio.cfg"), configuration).expect("written");
        let mut kamailio = Self { folder, port, child: None };
        kamailio.run();
        kamailio
    }

    fn prepared(most: u32, algorithm: &str, blanks: impl FnOnce(&Path, u16) -> Vec<(&'static str, String)>) -> Self {
        let folder = tempfile::tempdir().expect("a folder for Kamailio");
        let port = port::free();
        let algorithm = if algorithm.is_empty() {
            String::new()
        } else {
            format!("modparam(\"auth\", \"algorithm\", \"{algorithm}\")")
        };
        let mut configuration = include_str!("kamailio.cfg")
            .replace("PORT", &port.to_string())
            .replace("MOST", &most.to_string())
            .replace("FOLDER", &folder.path().display().to_string())
            .replace("PASSWORD", PASSWORD)
            .replace("#ALGORITHM", &algorithm);
        for (blank, text) in blanks(folder.path(), port) {
            configuration = configuration.replace(blank, &text);
        }
        fs::write(folder.path().join("kamailio.cfg"), configuration).expect("written");
        let mut kamailio = Self { folder, port, child: None };
        kamailio.run();
        kamailio
    }

    /// Runs it, on the same port as before.
    pub(in crate::peers) fn run(&mut self) {
        let folder = self.folder.path();
        let log = folder.join("log");
        let child = Command::new(PROGRAM)
            .args(["-DD", "-E", "-m", "64", "-M", "8", "-f"])
            .arg(folder.join("kamailio.cfg"))
            .arg("-Y")
            .arg(folder)
            .arg("-P")
            .arg(folder.join("pid"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log).expect("a log"))
            // A group of its own, so that its workers are killed with it.
            .process_group(0)
            .spawn()
            .expect("the package kamailio is not installed: tests/run installs it");
        self.child = Some(child);
        eventually("Kamailio answers", LIMIT, || {
            self.ask("core.uptime", &json!([])).map_err(|_| fs::read_to_string(&log))
        });
    }

    /// Kills it, as a power cut does.
    pub(in crate::peers) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            killpg(group(&child), Signal::SIGKILL).expect("Kamailio had ended by itself");
            let _ = child.wait();
        }
    }

    /// The answer to a call, or what was wrong with it.
    fn ask(&self, method: &str, parameters: &Value) -> Result<Value, String> {
        let here = tempfile::tempdir().map_err(|error| error.to_string())?;
        let socket = UnixDatagram::bind(here.path().join("socket")).map_err(|error| error.to_string())?;
        socket.set_read_timeout(Some(Duration::from_secs(5))).map_err(|error| error.to_string())?;
        let call = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": parameters }).to_string();
        socket.send_to(call.as_bytes(), self.folder.path().join("rpc")).map_err(|error| error.to_string())?;
        let mut buffer = vec![0; 1 << 20];
        let length = socket.recv(&mut buffer).map_err(|error| error.to_string())?;
        let answer: Value = serde_json::from_slice(&buffer[..length]).map_err(|error| error.to_string())?;
        answer.get("result").cloned().ok_or_else(|| answer.to_string())
    }

    /// The contacts that are bound for a user, each with address, Call-ID, CSeq and remaining seconds.
    pub(in crate::peers) fn bound(&self, user: &str) -> Vec<Value> {
        let found = self.ask("ul.lookup", &json!(["location", user])).unwrap_or_default();
        let contacts = found["Contacts"].as_array().cloned().unwrap_or_default();
        contacts.into_iter().map(|contact| contact["Contact"].clone()).collect()
    }

    /// How many connections stand.
    pub(in crate::peers) fn connections(&self) -> u64 {
        self.ask("core.tcp_info", &json!([])).expect("a count")["opened_connections"].as_u64().expect("a number")
    }

    /// How many REGISTERs it has received since it runs.
    pub(in crate::peers) fn registers(&self) -> u64 {
        let found = self.ask("stats.get_statistics", &json!(["rcv_requests_register"])).expect("a count");
        let line = found[0].as_str().expect("a line").to_owned();
        line.rsplit('=').next().and_then(|number| number.trim().parse().ok()).expect("a number")
    }
}

fn listen(transport: &str, port: u16) -> String {
    format!("tcp_children=2\nlisten={transport}:127.0.0.1:{port}")
}

fn group(child: &Child) -> Pid {
    Pid::from_raw(i32::try_from(child.id()).expect("a process id"))
}

impl Drop for Kamailio {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("Kamailio said: {}", fs::read_to_string(self.folder.path().join("log")).unwrap_or_default());
        }
        if let Some(mut child) = self.child.take() {
            let _ = killpg(group(&child), Signal::SIGKILL);
            let _ = child.wait();
        }
    }
}
