//! The tables, as diesel knows them; `migrations/` makes them.

diesel::table! {
    sequences (name) {
        name -> Text,
        next -> BigInt,
    }
}

diesel::table! {
    vault (id) {
        id -> Integer,
        canary -> Binary,
    }
}

diesel::table! {
    contracts (id) {
        id -> BigInt,
        name -> Text,
        description -> Text,
        numbering -> Text,
        contact_address -> Nullable<Text>,
        local_address -> Nullable<Text>,
        outbound_proxy -> Nullable<Text>,
        outbound -> Bool,
        pace -> Nullable<Integer>,
    }
}

diesel::table! {
    entries (id) {
        id -> BigInt,
        username -> Text,
        domain -> Text,
        ddi -> Text,
        contract_id -> Nullable<BigInt>,
        auth_user -> Nullable<Text>,
        register_server_uri -> Nullable<Text>,
        realm -> Nullable<Text>,
        expire -> Integer,
        enabled -> Bool,
        password -> Binary,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    checkpoints (entry_id) {
        entry_id -> BigInt,
        call_id -> Text,
        cseq_reserved -> BigInt,
        raised_expire -> Nullable<Integer>,
        contact -> Nullable<Text>,
        granted -> Nullable<Integer>,
        bound_until -> Nullable<BigInt>,
    }
}

diesel::table! {
    events (id) {
        id -> BigInt,
        entry_id -> BigInt,
        at -> BigInt,
        state -> Text,
        cause -> Nullable<Text>,
        code -> Nullable<Integer>,
        reason -> Nullable<Text>,
    }
}

diesel::table! {
    operators (id) {
        id -> BigInt,
        name -> Text,
        role -> Text,
        password_hash -> Text,
        language -> Nullable<Text>,
        created_at -> BigInt,
        zone -> Nullable<Text>,
        signed_in_at -> Nullable<BigInt>,
        factor -> Nullable<Binary>,
        factor_offered -> Nullable<Binary>,
        factor_step -> BigInt,
    }
}

diesel::table! {
    recovery_codes (operator_id, code_hash) {
        operator_id -> BigInt,
        code_hash -> Text,
    }
}

diesel::table! {
    tokens (id) {
        id -> BigInt,
        token_hash -> Text,
        name -> Text,
        role -> Text,
        created_at -> BigInt,
        expires_at -> Nullable<BigInt>,
        used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    sessions (key_hash) {
        key_hash -> Text,
        id -> Text,
        operator_id -> Nullable<BigInt>,
        state -> Text,
        address -> Text,
        agent -> Text,
        started_at -> BigInt,
        idle_until -> BigInt,
        ends_at -> BigInt,
    }
}

diesel::table! {
    audit (id) {
        id -> BigInt,
        at -> BigInt,
        actor -> Text,
        via -> Text,
        address -> Nullable<Text>,
        deed -> Text,
        subject -> Text,
        subject_id -> Nullable<BigInt>,
        name -> Text,
        changes -> Text,
    }
}

diesel::joinable!(checkpoints -> entries (entry_id));
diesel::allow_tables_to_appear_in_same_query!(entries, checkpoints, contracts);
