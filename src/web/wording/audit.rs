//! The words of the audit.

use crate::domain::audit::{Deed, Via};

/// What was done.
pub(crate) fn deed(deed: Deed) -> &'static str {
    match deed {
        Deed::EntryAdded => "deed-entry_added",
        Deed::EntryChanged => "deed-entry_changed",
        Deed::EntryDeleted => "deed-entry_deleted",
        Deed::EntryRefreshed => "deed-entry_refreshed",
        Deed::EntryUnregistered => "deed-entry_unregistered",
        Deed::EntryTested => "deed-entry_tested",
        Deed::ContractAdded => "deed-contract_added",
        Deed::ContractChanged => "deed-contract_changed",
        Deed::ContractDeleted => "deed-contract_deleted",
        Deed::SignedIn => "deed-signed_in",
        Deed::SignInFailed => "deed-sign_in_failed",
        Deed::SignedOut => "deed-signed_out",
        Deed::UserAdded => "deed-user_added",
        Deed::UserChanged => "deed-user_changed",
        Deed::UserDeleted => "deed-user_deleted",
        Deed::PasswordChanged => "deed-password_changed",
        Deed::FactorEnabled => "deed-factor_enabled",
        Deed::FactorDisabled => "deed-factor_disabled",
        Deed::FactorFailed => "deed-factor_failed",
        Deed::RecoveryUsed => "deed-recovery_used",
        Deed::RecoveryRenewed => "deed-recovery_renewed",
        Deed::SessionsEnded => "deed-sessions_ended",
        Deed::TokenAdded => "deed-token_added",
        Deed::TokenRevoked => "deed-token_revoked",
    }
}

/// The way that somebody came.
pub(crate) fn via(via: Via) -> &'static str {
    match via {
        Via::Pages => "via-pages",
        Via::Api => "via-api",
        Via::CommandLine => "via-command_line",
        Via::Program => "via-program",
    }
}

/// What a form calls a field that the audit tells of.
pub(crate) fn told_field(name: &str) -> Option<&'static str> {
    Some(match name {
        "username" => "field-username",
        "domain" => "field-domain",
        "password" => "field-password",
        "ddi" => "field-ddi",
        "contract_id" => "field-contract",
        "user" => "field-user",
        "register_server_uri" => "field-register_server_uri",
        "realm" => "field-realm",
        "expire" => "field-expire",
        "enabled" => "field-enabled",
        "name" => "contracts-name",
        "description" => "contracts-description",
        "numbering" => "contracts-numbering",
        "contact_address" => "contracts-contact_address",
        "local_address" => "contracts-local_address",
        "outbound_proxy" => "contracts-outbound_proxy",
        "outbound" => "contracts-outbound",
        "pace" => "contracts-pace",
        "role" => "users-role",
        "sessions" => "audit-sessions",
        _ => return None,
    })
}
