//! Addresses of our own: written into queries, and come back to.

/// Percent-encodes a path for a query value.
pub(crate) fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// A path of our own to come back to; anything else is the list.
pub(crate) fn local(to: &str) -> &str {
    let ours =
        to.starts_with('/') && !to.starts_with("//") && !to.contains(['\\', '\r', '\n']) && !to.starts_with("/sign-");
    if ours { to } else { "/entries" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_paths_are_come_back_to() {
        for (to, path) in [
            ("/entries?page=2", "/entries?page=2"),
            ("//evil.example", "/entries"),
            ("https://evil.example", "/entries"),
            ("/\\evil.example", "/entries"),
            ("", "/entries"),
            ("/sign-in?to=/x", "/entries"),
            ("/a\r\nSet-Cookie: x", "/entries"),
        ] {
            assert_eq!(local(to), path, "{to:?}");
        }
    }
}
