//! What the engine says about an entry: state, cause, and who said so. No sentences here; `web::wording` has them.

use std::net::SocketAddr;
use std::sync::Arc;

use arcstr::ArcStr;

use super::uri::Transport;

macro_rules! coded {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $code:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$vdoc])* $variant,)+ }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The code that the API, URLs and message ids use.
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// The value with this code.
            pub fn from_code(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|v| v.code() == code)
            }
        }
    };
}

coded!(
    /// The state that is shown, derived from: enabled? binding valid? attempt in flight? how the last one ended?
    State {
        /// Binding valid, last attempt fine; a refresh in flight stays here.
        Registered = "registered",
        /// Binding valid, the last refresh failed.
        AtRisk = "at_risk",
        /// Waiting for its first turn.
        Queued = "queued",
        /// In flight, no valid binding.
        Registering = "registering",
        /// No binding, temporary cause.
        Retrying = "retrying",
        /// No binding, credentials refused.
        RejectedAuth = "rejected_auth",
        /// No binding, refused otherwise.
        Rejected = "rejected",
        /// No binding, three attempts in a row without an answer.
        Unreachable = "unreachable",
        /// Cannot be sent or answered as configured.
        Misconfigured = "misconfigured",
        Unregistering = "unregistering",
        Unregistered = "unregistered",
        Disabled = "disabled",
        /// The engine has not reported.
        Unknown = "unknown",
    }
);

coded!(
    /// States by what they ask of the operator.
    Group {
        Ok = "ok",
        Working = "working",
        Risk = "risk",
        Problem = "problem",
        Off = "off",
    }
);

impl State {
    pub fn group(self) -> Group {
        match self {
            Self::Registered => Group::Ok,
            Self::AtRisk | Self::Retrying => Group::Risk,
            Self::Queued | Self::Registering => Group::Working,
            Self::RejectedAuth | Self::Rejected | Self::Unreachable | Self::Misconfigured => Group::Problem,
            Self::Unregistering | Self::Unregistered | Self::Disabled | Self::Unknown => Group::Off,
        }
    }
}

/// When the next attempt comes after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// 30 s doubling to 10 min, full jitter of the upper half, Retry-After honoured.
    BackOff,
    /// 15 min doubling to 60 min, jittered: providers ban those who keep failing.
    Slow,
    /// Until the entry is edited or *Register now*.
    Hold,
}

coded!(
    /// Why an attempt did not end in a binding.
    Cause {
        AuthRejected = "auth_rejected",
        Forbidden = "forbidden",
        ForbiddenSource = "forbidden_source",
        UserUnknown = "user_unknown",
        RealmMismatch = "realm_mismatch",
        AuthUnsupported = "auth_unsupported",
        NonceStaleLoop = "nonce_stale_loop",
        IntervalTooBrief = "interval_too_brief",
        NoAnswer = "no_answer",
        TimeoutRemote = "timeout_remote",
        Refused = "refused",
        NetUnreachable = "net_unreachable",
        DnsNotFound = "dns_not_found",
        DnsFailed = "dns_failed",
        TlsUntrusted = "tls_untrusted",
        TlsName = "tls_name",
        TlsExpired = "tls_expired",
        TlsFailed = "tls_failed",
        Busy = "busy",
        ServerError = "server_error",
        Unavailable = "unavailable",
        NotRegistrar = "not_registrar",
        Moved = "moved",
        BadRequest = "bad_request",
        Loop = "loop",
        Declined = "declined",
        NoBinding = "no_binding",
        ZeroExpires = "zero_expires",
        BadResponse = "bad_response",
        LocalSocket = "local_socket",
        BadConfig = "bad_config",
        TargetDenied = "target_denied",
        /// 420 for `gin`: no bulk numbers there (RFC 6140 §5.2).
        BulkUnsupported = "bulk_unsupported",
    }
);

impl Cause {
    pub fn class(self) -> Class {
        match self {
            Self::AuthRejected
            | Self::Forbidden
            | Self::ForbiddenSource
            | Self::UserUnknown
            | Self::IntervalTooBrief
            | Self::BadRequest
            | Self::Loop
            | Self::Declined => Class::Slow,
            Self::RealmMismatch
            | Self::AuthUnsupported
            | Self::NotRegistrar
            | Self::Moved
            | Self::BadConfig
            | Self::TargetDenied
            | Self::BulkUnsupported => Class::Hold,
            Self::NonceStaleLoop
            | Self::NoAnswer
            | Self::TimeoutRemote
            | Self::Refused
            | Self::NetUnreachable
            | Self::DnsNotFound
            | Self::DnsFailed
            | Self::TlsUntrusted
            | Self::TlsName
            | Self::TlsExpired
            | Self::TlsFailed
            | Self::Busy
            | Self::ServerError
            | Self::Unavailable
            | Self::NoBinding
            | Self::ZeroExpires
            | Self::BadResponse
            | Self::LocalSocket => Class::BackOff,
        }
    }

    /// Whether the attempt ended without an answer from the provider (network, DNS, TLS): three in a row are
    /// *unreachable*.
    pub fn is_silence(self) -> bool {
        matches!(
            self,
            Self::NoAnswer
                | Self::Refused
                | Self::NetUnreachable
                | Self::DnsNotFound
                | Self::DnsFailed
                | Self::TlsUntrusted
                | Self::TlsName
                | Self::TlsExpired
                | Self::TlsFailed
        )
    }

    /// Whether the credentials were refused.
    pub fn is_auth(self) -> bool {
        matches!(self, Self::AuthRejected)
    }
}

coded!(
    /// Worth knowing beside a good state.
    Note {
        /// Granted less than asked: normal.
        GrantedLess = "granted_less",
        /// The provider sees us at another address than the Contact announces.
        NatSeen = "nat_seen",
        /// The provider lists our Contact with another host.
        ContactRewritten = "contact_rewritten",
        /// The provider's proof that it knows the password, too, was wrong (RFC 7616 §3.5).
        ServerUnproven = "server_unproven",
        /// A call was offered to Alta rather than to the platform.
        CallsArriveHere = "calls_arrive_here",
        /// The provider, or what lies before it, does not keep flows though the contract asks for it (RFC 5626).
        OutboundUnsupported = "outbound_unsupported",
    }
);

coded!(
    /// Who said what the cause tells.
    By {
        Us = "us",
        Provider = "provider",
    }
);

/// The provider's last final answer, as quoted data: cleaned, cut at 512 characters, never trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// 200 to 699.
    pub code: u16,
    pub reason: String,
    pub warning: Option<String>,
    /// Seconds, clamped.
    pub retry_after: Option<u32>,
}

/// What the registrar asked to be answered with (RFC 7616 §3.3), cleaned for display.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Proposal {
    pub realm: String,
    pub algorithm: String,
}

/// Everything that is known of one entry's registration. `T` is the scale of its times: the engine's monotonic
/// milliseconds inside, wall-clock milliseconds (UTC) once the board has stamped it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status<T> {
    pub state: State,
    /// Since when it has been in this state.
    pub since: Option<T>,
    /// Why the last attempt failed; `None` after a good one.
    pub cause: Option<Cause>,
    pub answer: Option<Box<Answer>>,
    /// What the cause is about, quoted: the name that DNS does not know, the URI that a 3xx points to, the realm.
    pub detail: Option<String>,
    /// Address that was really used.
    pub target: Option<SocketAddr>,
    pub transport: Option<Transport>,
    /// How that address was found, from the name that was looked up: `_sip._udp.a.example → b.a.example:5060 → address`.
    pub chain: Option<ArcStr>,
    /// Seconds that we asked for last.
    pub asked: u32,
    /// Seconds that the registrar gave.
    pub granted: Option<u32>,
    /// End of the binding.
    pub registered_until: Option<T>,
    pub next_action_at: Option<T>,
    pub last_success_at: Option<T>,
    /// Failed attempts in a row.
    pub attempts: u32,
    pub call_id: ArcStr,
    /// CSeq number that was used last.
    pub cseq: u32,
    /// Contact URI that we announce.
    pub contact: Option<ArcStr>,
    pub proposal: Option<Arc<Proposal>>,
    /// Proxies between the registrar and us (RFC 3327) and those that it wants our calls to go through (RFC 3608), quoted:
    /// Alta itself sends nothing along either.
    pub path: Option<String>,
    pub service_route: Option<String>,
    pub notes: Vec<Note>,
}

impl<T> Status<T> {
    /// A status that says nothing yet.
    pub fn unknown() -> Self {
        Self {
            state: State::Unknown,
            since: None,
            cause: None,
            answer: None,
            detail: None,
            target: None,
            transport: None,
            chain: None,
            asked: 0,
            granted: None,
            registered_until: None,
            next_action_at: None,
            last_success_at: None,
            attempts: 0,
            call_id: ArcStr::default(),
            cseq: 0,
            contact: None,
            proposal: None,
            path: None,
            service_route: None,
            notes: Vec::new(),
        }
    }

    /// Who said what the cause tells: the provider when there was an answer, else we.
    pub fn by(&self) -> Option<By> {
        self.cause.map(|_| if self.answer.is_some() { By::Provider } else { By::Us })
    }

    /// The same on another scale of time.
    pub fn map<U>(self, mut to: impl FnMut(T) -> U) -> Status<U> {
        Status {
            state: self.state,
            since: self.since.map(&mut to),
            cause: self.cause,
            answer: self.answer,
            detail: self.detail,
            target: self.target,
            transport: self.transport,
            chain: self.chain,
            asked: self.asked,
            granted: self.granted,
            registered_until: self.registered_until.map(&mut to),
            next_action_at: self.next_action_at.map(&mut to),
            last_success_at: self.last_success_at.map(&mut to),
            attempts: self.attempts,
            call_id: self.call_id,
            cseq: self.cseq,
            contact: self.contact,
            proposal: self.proposal,
            path: self.path,
            service_route: self.service_route,
            notes: self.notes,
        }
    }
}

/// CSeq numbers that one checkpoint reserves ahead, so that a crash between two checkpoints never uses one twice.
pub const CSEQ_RESERVE: u32 = 64;

/// What a restart needs of a binding, so that it keeps its Call-ID and never uses a CSeq twice (RFC 3261 §10.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// For the whole life of the entry.
    pub call_id: ArcStr,
    /// Every CSeq up to and including this one counts as used.
    pub cseq_reserved: u32,
    /// Contact URI of the binding, and when it ends (wall clock, ms): `None` when there is no binding.
    pub binding: Option<CheckpointBinding>,
    /// Expire raised by a 423, in seconds.
    pub raised_expire: Option<u32>,
}

/// The binding part of a [`Checkpoint`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckpointBinding {
    pub contact: ArcStr,
    /// Seconds that were granted.
    pub granted: u32,
    /// Wall clock, ms since 1970 UTC.
    pub until: i64,
}
