//! What the pages are served with.

use ipnet::IpNet;
use tokio::sync::watch;

/// How the pages are served.
#[derive(Clone, Debug)]
pub struct WebConfig {
    /// A TLS proxy stands in front: cookies are Secure, and HSTS is sent.
    pub behind_tls: bool,
    /// Proxies whose word about whom they ask for is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// The settings in force, without secrets.
    pub shown: Vec<(&'static str, String)>,
    /// Becomes true when the program stops, so that streams end.
    pub stopping: watch::Receiver<bool>,
}

/// Behind TLS a cookie is pinned to this host by its name; on plain HTTP browsers refuse that prefix.
pub(super) fn cookie_name(name: &str, behind_tls: bool) -> String {
    if behind_tls { format!("__Host-{name}") } else { name.to_owned() }
}
