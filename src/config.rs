//! Settings: `alta.toml`, then the environment over it. The only place that reads either.

use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use ipnet::IpNet;
use tracing_subscriber::EnvFilter;

use crate::domain::uri::{HostPort, Transport};

/// One setting: its name in `alta.toml`, in the environment, and what it is without being set.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    pub key: &'static str,
    pub env: &'static str,
    /// As it would be written; empty means unset.
    pub default: &'static str,
}

const fn setting(key: &'static str, env: &'static str, default: &'static str) -> Setting {
    Setting { key, env, default }
}

/// Every setting there is.
pub const SETTINGS: [Setting; 23] = [
    setting("http.listen", "ALTA_HTTP_LISTEN", "127.0.0.1:8080"),
    setting("http.behind_tls", "ALTA_HTTP_BEHIND_TLS", "false"),
    setting("http.trusted_proxies", "ALTA_HTTP_TRUSTED_PROXIES", ""),
    setting("audit.days", "ALTA_AUDIT_DAYS", "365"),
    setting("sip.listen", "ALTA_SIP_LISTEN", "0.0.0.0:5070"),
    setting("sip.tls.extra_ca", "ALTA_SIP_TLS_EXTRA_CA", ""),
    setting("sip.tls.certificate", "ALTA_SIP_TLS_CERTIFICATE", ""),
    setting("sip.tls.key", "ALTA_SIP_TLS_KEY", ""),
    setting("sip.tls.wildcards", "ALTA_SIP_TLS_WILDCARDS", "false"),
    setting("sip.contact", "ALTA_SIP_CONTACT", ""),
    setting("sip.calls_to", "ALTA_SIP_CALLS_TO", ""),
    setting("sip.deny", "ALTA_SIP_DENY", DENY),
    setting("sip.allow_loopback", "ALTA_SIP_ALLOW_LOOPBACK", ""),
    setting("sip.pace", "ALTA_SIP_PACE", "100"),
    setting("sip.pace_whole", "ALTA_SIP_PACE_WHOLE", "1000"),
    setting("sip.keep_alive", "ALTA_SIP_KEEP_ALIVE", ""),
    setting("sip.unregister_at_stop", "ALTA_SIP_UNREGISTER_AT_STOP", "false"),
    setting("dns.server", "ALTA_DNS_SERVER", ""),
    setting("history.days", "ALTA_HISTORY_DAYS", "90"),
    setting("data_dir", "ALTA_DATA_DIR", "./data"),
    setting("database_url", "ALTA_DATABASE_URL", ""),
    setting("key_file", "ALTA_KEY_FILE", ""),
    setting("log", "ALTA_LOG", "warn"),
];

/// Link-local (cloud metadata is there, too), multicast, broadcast and unspecified addresses.
const DENY: &str =
    "0.0.0.0/8,169.254.0.0/16,224.0.0.0/4,255.255.255.255/32,::/128,fe80::/10,fd00:ec2::254/128,ff00::/8";

/// Settings, read and true.
#[derive(Clone, Debug)]
pub struct Config {
    pub http_listen: SocketAddr,
    /// A TLS proxy stands in front: cookies are Secure, and HSTS is sent.
    pub behind_tls: bool,
    /// Proxies whose word about whom they ask for is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// For how many days the audit is kept.
    pub audit_days: u32,
    /// The first of a transport and address family is used unless a contract chooses another; without a transport it is
    /// for UDP and TCP.
    pub sip_listen: Vec<(Option<Transport>, SocketAddr)>,
    pub tls_extra_ca: Option<PathBuf>,
    /// Whether a wildcard in a provider's certificate counts.
    pub tls_wildcards: bool,
    /// Our certificate and its key.
    pub tls_identity: Option<(PathBuf, PathBuf)>,
    pub sip_contact: Option<HostPort>,
    /// Where a call that comes to Alta itself is sent on to.
    pub sip_calls_to: Option<HostPort>,
    pub sip_deny: Vec<IpNet>,
    pub allow_loopback: bool,
    /// Attempts a second to one registrar, and by the whole engine.
    pub pace: u32,
    pub pace_whole: u32,
    /// Seconds between keep-alives over UDP; none go out when unset.
    pub keep_alive: Option<u32>,
    /// Whether bindings are undone when Alta stops.
    pub unregister_at_stop: bool,
    pub dns_server: Option<SocketAddr>,
    /// For how long what happened to entries is kept.
    pub history_days: u32,
    pub data_dir: PathBuf,
    pub database_url: String,
    pub key_file: PathBuf,
    pub log: String,
    /// As they were set, for the start's lines; passwords are blanked.
    shown: Vec<(&'static str, String)>,
}

/// What is wrong with the settings: one sentence that says where and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError(String);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

impl Config {
    /// Reads the settings file (`path`, or `alta.toml` when that exists) and this process's environment.
    ///
    /// # Errors
    /// See [`ConfigError`].
    #[allow(clippy::disallowed_methods)]
    pub fn load(path: Option<&Path>) -> Result<Self, ConfigError> {
        let text = match path {
            Some(path) => std::fs::read_to_string(path)
                .map_err(|error| ConfigError(format!("{} cannot be read: {error}.", path.display())))?,
            None => std::fs::read_to_string("alta.toml").unwrap_or_default(),
        };
        let name = path.map_or_else(|| "alta.toml".to_owned(), |path| path.display().to_string());
        let environment = std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)));
        Self::read(&name, &text, environment.filter(|(k, _)| k.starts_with("ALTA_")))
    }

    fn read(file: &str, text: &str, environment: impl Iterator<Item = (String, String)>) -> Result<Self, ConfigError> {
        let mut values: HashMap<&'static str, (String, String)> = HashMap::new();
        let table: toml::Table =
            text.parse().map_err(|error: toml::de::Error| ConfigError(format!("{file}: {}.", error.message())))?;
        let mut flat = Vec::new();
        flatten("", &table, &mut flat);
        for (key, value) in flat {
            let setting = find(&key, |setting| setting.key).map_err(|near| unknown(file, &key, near))?;
            values.insert(setting.key, (value, format!("{key} in {file}")));
        }
        for (name, value) in environment {
            let setting = find(&name, |setting| setting.env).map_err(|near| unknown("the environment", &name, near))?;
            values.insert(setting.key, (value, name));
        }
        Values(values).config()
    }

    /// The settings as they stand, without secrets, for the lines at start.
    pub fn shown(&self) -> &[(&'static str, String)] {
        &self.shown
    }
}

/// Tables become dotted keys; lists become texts with commas.
fn flatten(prefix: &str, table: &toml::Table, out: &mut Vec<(String, String)>) {
    for (key, value) in table {
        let key = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        if let Some(table) = value.as_table() {
            flatten(&key, table, out);
        } else if let Some(list) = value.as_array() {
            let items: Vec<String> = list.iter().map(plain).collect();
            out.push((key, items.join(",")));
        } else {
            out.push((key, plain(value)));
        }
    }
}

fn plain(value: &toml::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}

/// The setting of this name, or the name that is nearest to it.
fn find(name: &str, of: impl Fn(&Setting) -> &'static str) -> Result<&'static Setting, &'static str> {
    let near =
        SETTINGS.iter().max_by(|a, b| strsim::jaro_winkler(of(a), name).total_cmp(&strsim::jaro_winkler(of(b), name)));
    SETTINGS.iter().find(|setting| of(setting) == name).ok_or_else(|| near.map_or("", &of))
}

fn unknown(place: &str, name: &str, near: &str) -> ConfigError {
    ConfigError(format!("{place} sets {name}, which Alta does not know; did you mean {near}?"))
}

const LISTEN: &str = "a list of addresses with ports, such as 0.0.0.0:5070, with udp:, tcp: or tls: before one that is for that transport \
     only, each once, and one for UDP";

/// Where to listen, by transport.
fn listen(text: &str) -> Option<Vec<(Option<Transport>, SocketAddr)>> {
    let mut found = Vec::new();
    let mut taken = Vec::new();
    for item in text.split(',').map(str::trim).filter(|item| !item.is_empty()) {
        let named = [Transport::Udp, Transport::Tcp, Transport::Tls]
            .into_iter()
            .find_map(|t| Some((t, item.strip_prefix(t.as_str())?.strip_prefix(':')?)));
        let (transport, address) = named.map_or((None, item), |(transport, address)| (Some(transport), address));
        let address: SocketAddr = address.parse().ok()?;
        for one in transport.map_or(vec![Transport::Udp, Transport::Tcp], |transport| vec![transport]) {
            // Port 0 is a new one each time.
            if address.port() != 0 && taken.contains(&(one, address)) {
                return None;
            }
            taken.push((one, address));
        }
        found.push((transport, address));
    }
    taken.iter().any(|(transport, _)| *transport == Transport::Udp).then_some(found)
}

struct Values(HashMap<&'static str, (String, String)>);

impl Values {
    fn text(&self, key: &str) -> &str {
        let default = SETTINGS.iter().find(|setting| setting.key == key).map_or("", |setting| setting.default);
        self.0.get(key).map_or(default, |(value, _)| value.trim())
    }

    fn wrong(&self, key: &str, expected: &str) -> ConfigError {
        let place = self.0.get(key).map_or(key, |(_, place)| place);
        ConfigError(format!("{place} is \"{}\", which is not {expected}.", self.text(key)))
    }

    fn parse<T>(&self, key: &str, expected: &str, parse: impl Fn(&str) -> Option<T>) -> Result<T, ConfigError> {
        parse(self.text(key)).ok_or_else(|| self.wrong(key, expected))
    }

    /// Unset when empty.
    fn optional<T>(
        &self,
        key: &str,
        expected: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, ConfigError> {
        if self.text(key).is_empty() { Ok(None) } else { self.parse(key, expected, parse).map(Some) }
    }

    fn config(&self) -> Result<Config, ConfigError> {
        let address = |text: &str| text.parse::<SocketAddr>().ok();
        let rate = |text: &str| text.parse::<u32>().ok().filter(|n| (1..=1_000_000).contains(n));
        let dns = |text: &str| address(text).or_else(|| text.parse::<IpAddr>().ok().map(|ip| SocketAddr::new(ip, 53)));
        let deny = |text: &str| {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            items
                .map(|item| item.parse::<IpNet>().ok().or_else(|| item.parse::<IpAddr>().ok().map(IpNet::from)))
                .collect()
        };
        let http_listen = self.parse("http.listen", "an address with a port, such as 127.0.0.1:8080", address)?;
        let data_dir = PathBuf::from(self.text("data_dir"));
        let database = self.text("database_url");
        let database_url =
            if database.is_empty() { data_dir.join("alta.db").display().to_string() } else { database.to_owned() };
        let postgres = database.starts_with("postgres");
        let beside =
            if postgres { data_dir.clone() } else { Path::new(&database_url).parent().unwrap_or(&data_dir).to_owned() };
        let key_file = self.text("key_file");
        let path = |key| Some(self.text(key)).filter(|text| !text.is_empty()).map(PathBuf::from);
        let a_rate = "a number from 1 to 1000000";
        Ok(Config {
            http_listen,
            behind_tls: self.parse("http.behind_tls", "true or false", |text| text.parse().ok())?,
            sip_listen: self.parse("sip.listen", LISTEN, listen)?,
            tls_extra_ca: path("sip.tls.extra_ca"),
            tls_identity: self.identity(path("sip.tls.certificate"), path("sip.tls.key"))?,
            tls_wildcards: self.parse("sip.tls.wildcards", "true or false", |text| text.parse().ok())?,
            sip_contact: self.optional("sip.contact", "a host with an optional port", |text| text.parse().ok())?,
            sip_calls_to: self.optional("sip.calls_to", "a host with an optional port", |text| text.parse().ok())?,
            trusted_proxies: self.parse("http.trusted_proxies", "a list of networks, such as 127.0.0.1/32", deny)?,
            audit_days: self.parse("audit.days", "a number of days from 1 to 3650", |text| {
                text.parse().ok().filter(|days| (1..=3650).contains(days))
            })?,
            sip_deny: self.parse("sip.deny", "a list of networks, such as 10.0.0.0/8", deny)?,
            allow_loopback: self
                .optional("sip.allow_loopback", "true or false", |text| text.parse().ok())?
                .unwrap_or_else(|| http_listen.ip().is_loopback()),
            pace: self.parse("sip.pace", a_rate, rate)?,
            pace_whole: self.parse("sip.pace_whole", a_rate, rate)?,
            keep_alive: self.optional("sip.keep_alive", "a number of seconds from 5 to 3600", |text| {
                text.parse::<u32>().ok().filter(|n| (5..=3600).contains(n))
            })?,
            unregister_at_stop: self.parse("sip.unregister_at_stop", "true or false", |text| text.parse().ok())?,
            dns_server: self.optional("dns.server", "an address with an optional port", dns)?,
            history_days: self.parse("history.days", "a number of days from 1 to 3650", |text| {
                text.parse::<u32>().ok().filter(|n| (1..=3650).contains(n))
            })?,
            key_file: if key_file.is_empty() { beside.join("alta.key") } else { key_file.into() },
            data_dir,
            database_url,
            log: self.parse("log", "a filter, such as warn or alta=debug", |text| {
                EnvFilter::try_new(text).is_ok().then(|| text.to_owned())
            })?,
            shown: SETTINGS.iter().filter_map(|setting| self.shown(setting)).collect(),
        })
    }

    /// A certificate is of no use without its key.
    fn identity(
        &self,
        certificate: Option<PathBuf>,
        key: Option<PathBuf>,
    ) -> Result<Option<(PathBuf, PathBuf)>, ConfigError> {
        match (certificate, key) {
            (Some(certificate), Some(key)) => Ok(Some((certificate, key))),
            (None, None) => Ok(None),
            (Some(_), None) => Err(self.wrong("sip.tls.key", "set, though sip.tls.certificate is")),
            (None, Some(_)) => Err(self.wrong("sip.tls.certificate", "set, though sip.tls.key is")),
        }
    }

    fn shown(&self, setting: &Setting) -> Option<(&'static str, String)> {
        let text = self.text(setting.key);
        let blanked = match text.split_once("://").and_then(|(_, rest)| rest.rsplit_once('@')) {
            Some((credentials, _)) => text.replace(credentials, "••••"),
            None => text.to_owned(),
        };
        (!text.is_empty()).then_some((setting.key, blanked))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, environment: &[(&str, &str)]) -> Result<Config, String> {
        let environment = environment.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        Config::read("alta.toml", text, environment).map_err(|error| error.to_string())
    }

    #[test]
    fn the_environment_stands_over_the_file_and_the_file_over_the_defaults() {
        let config = read(
            "data_dir = \"/srv\"\n[http]\nlisten = \"127.0.0.1:1\"\n[sip]\ndeny = [\"10.0.0.0/8\"]",
            &[("ALTA_HTTP_LISTEN", "0.0.0.0:2")],
        )
        .unwrap();
        assert_eq!(config.http_listen.to_string(), "0.0.0.0:2");
        assert_eq!(config.sip_deny.len(), 1);
        assert!(!config.allow_loopback, "pages are not on loopback only");
        assert_eq!((config.database_url.as_str(), config.key_file.to_str()), ("/srv/alta.db", Some("/srv/alta.key")));
        assert!(read("", &[]).unwrap().allow_loopback);
    }

    #[test]
    fn what_is_unknown_or_wrong_is_named_with_its_place() {
        for (text, environment, sentence) in [
            (
                "[http]\nlisen = \"x\"",
                None,
                "alta.toml sets http.lisen, which Alta does not know; did you mean http.listen?",
            ),
            (
                "",
                Some(("ALTA_HTP_LISTEN", "x")),
                "the environment sets ALTA_HTP_LISTEN, which Alta does not know; did you mean ALTA_HTTP_LISTEN?",
            ),
            ("[sip]\npace = 0", None, "sip.pace in alta.toml is \"0\", which is not a number from 1 to 1000000."),
            ("", Some(("ALTA_SIP_LISTEN", "5060")), &format!("ALTA_SIP_LISTEN is \"5060\", which is not {LISTEN}.")),
        ] {
            assert_eq!(read(text, environment.as_slice()).unwrap_err(), sentence);
        }
        assert!(read("http = [", &[]).unwrap_err().starts_with("alta.toml: "));
    }

    #[test]
    fn where_to_listen_is_told_by_transport_and_address() {
        let text = "udp:0.0.0.0:5070, udp:[::]:5070, tcp:0.0.0.0:5080, tls:0.0.0.0:5071";
        assert_eq!(listen(text).unwrap().len(), 4);
        assert_eq!(listen("192.0.2.1:5060,192.0.2.2:5060,udp:192.0.2.1:5062").unwrap().len(), 3);
        assert_eq!(listen("127.0.0.1:5070"), Some(vec![(None, "127.0.0.1:5070".parse().unwrap())]));
        for wrong in ["", "tcp:0.0.0.0:5070", "0.0.0.0:1,udp:0.0.0.0:1", "sctp:0.0.0.0:1", "udp:5070", "0.0.0.0:1,[::]"]
        {
            assert_eq!(listen(wrong), None, "{wrong}");
        }
        let half = read("[sip.tls]\ncertificate = \"x.pem\"", &[]).unwrap_err();
        assert_eq!(half, "sip.tls.key is \"\", which is not set, though sip.tls.certificate is.");
    }

    #[test]
    fn a_database_password_is_not_shown() {
        let config = read("", &[("ALTA_DATABASE_URL", "postgres://u:p4ss@host/db")]).unwrap();
        assert!(config.shown().contains(&("database_url", "postgres://••••@host/db".to_owned())));
    }
}
