//! Kamailio's `uac` module, as Debian packages it, registering the same accounts.

use std::fs;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::{Pid, SysconfVar, sysconf};
use tempfile::TempDir;

const PROGRAM: &str = "/usr/sbin/kamailio";

/// A running Kamailio; it is killed when it is dropped.
pub(crate) struct Kamailio {
    child: Child,
    _folder: TempDir,
}

impl Kamailio {
    /// Whether it is installed.
    pub(crate) fn is_here() -> bool {
        fs::exists(PROGRAM).unwrap_or(false)
    }

    /// What calls itself so.
    pub(crate) fn version() -> String {
        let told = Command::new(PROGRAM).arg("-v").output().expect("it runs");
        String::from_utf8_lossy(&told.stdout).lines().next().unwrap_or_default().to_owned()
    }

    /// Registers so many accounts at this registrar. It is tuned: memory and table as large as the accounts need, looked
    /// through every second instead of every ninety, the Call-ID kept.
    pub(crate) fn start(entries: usize, registrar: std::net::SocketAddr) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let at = folder.path().display();
        let port = std::net::UdpSocket::bind("127.0.0.1:0").expect("a port").local_addr().expect("bound").port();
        let table = folder.path().join("db");
        fs::create_dir_all(&table).expect("a folder");
        let shipped = |file: &str| {
            let path = format!("/usr/share/kamailio/dbtext/kamailio/{file}");
            fs::read_to_string(path).expect("Debian's package has it")
        };
        fs::write(table.join("version"), shipped("version")).expect("written");
        // What is left blank counts as none.
        let mut rows = shipped("uacreg").lines().next().expect("columns").replace("(string)", "(string,null)") + "\n";
        for n in 0..entries {
            let user = format!("u{n:07}");
            rows.push_str(&format!(
                "{}:{user}:349{n:08}:127.0.0.1:{user}:127.0.0.1:load:{user}:bench-password::\
                 sip\\:{}\\:{}:3600:0:0::\n",
                n + 1,
                registrar.ip(),
                registrar.port()
            ));
        }
        fs::write(table.join("uacreg"), rows).expect("written");
        let configuration = format!(
            "debug=-2\nlog_stderror=yes\nfork=yes\nchildren=2\ndisable_tcp=yes\nauto_aliases=no\n\
             listen=udp:127.0.0.1:{port}\n\
             loadmodule \"tm.so\"\nloadmodule \"sl.so\"\nloadmodule \"pv.so\"\nloadmodule \"db_text.so\"\n\
             loadmodule \"uac.so\"\n\
             modparam(\"uac\", \"reg_db_url\", \"text://{at}/db\")\n\
             modparam(\"uac\", \"reg_contact_addr\", \"127.0.0.1:{port}\")\n\
             modparam(\"uac\", \"reg_timer_interval\", 1)\nmodparam(\"uac\", \"reg_retry_interval\", 30)\n\
             modparam(\"uac\", \"reg_keep_callid\", 1)\nmodparam(\"uac\", \"reg_hash_size\", 16384)\n\
             modparam(\"uac\", \"restore_mode\", \"none\")\n\
             request_route {{ exit; }}\n"
        );
        let file = folder.path().join("kamailio.cfg");
        fs::write(&file, configuration).expect("written");
        let log = fs::File::create(folder.path().join("log")).expect("a file");
        let child = Command::new(PROGRAM)
            .args(["-DD", "-E", "-m", "4096", "-M", "512", "-f"])
            .arg(&file)
            .arg("-w")
            .arg(folder.path())
            .stdout(Stdio::null())
            .stderr(log)
            .process_group(0)
            .spawn()
            .expect("it starts");
        Self { child, _folder: folder }
    }

    /// Microseconds that its processes have spent on a processor.
    pub(crate) fn busy(&self) -> u64 {
        let group = self.child.id().to_string();
        let ticks: u64 = fs::read_dir("/proc")
            .expect("processes")
            .filter_map(|entry| fs::read_to_string(entry.ok()?.path().join("stat")).ok())
            .filter_map(|stat| {
                // What follows the name in brackets: state, parent, group, and from the twelfth on the times.
                let fields: Vec<String> = stat.rsplit_once(')')?.1.split_whitespace().map(str::to_owned).collect();
                let time = |at: usize| fields.get(at)?.parse::<u64>().ok();
                (fields.get(2)? == &group).then_some(time(11)? + time(12)?)
            })
            .sum();
        let second = sysconf(SysconfVar::CLK_TCK).ok().flatten().and_then(|n| u64::try_from(n).ok()).unwrap_or(100);
        ticks * 1_000_000 / second
    }
}

impl Drop for Kamailio {
    fn drop(&mut self) {
        let group = Pid::from_raw(i32::try_from(self.child.id()).expect("a process"));
        let _ = killpg(group, Signal::SIGKILL);
        let _ = self.child.wait();
    }
}
