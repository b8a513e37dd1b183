//! The one door to the operating system's random bytes.

/// `N` random bytes.
///
/// # Errors
/// When the operating system has none to give; nothing secret may be made then.
#[allow(clippy::disallowed_methods)]
pub fn bytes<const N: usize>() -> Result<[u8; N], Unavailable> {
    let mut out = [0; N];
    getrandom::fill(&mut out).map_err(|_| Unavailable)?;
    Ok(out)
}

/// The operating system gave no random bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gives no random bytes")]
pub struct Unavailable;
