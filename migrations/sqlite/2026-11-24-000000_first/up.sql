CREATE TABLE sequences (
    name TEXT PRIMARY KEY NOT NULL,
    next BIGINT NOT NULL
);
INSERT INTO sequences (name, next) VALUES ('entries', 1), ('contracts', 1), ('operators', 1);

CREATE TABLE vault (
    id INTEGER PRIMARY KEY NOT NULL,
    canary BLOB NOT NULL
);

CREATE TABLE contracts (
    id BIGINT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL
);
CREATE UNIQUE INDEX contracts_name ON contracts (name);

CREATE TABLE entries (
    id BIGINT PRIMARY KEY NOT NULL,
    username TEXT NOT NULL,
    domain TEXT NOT NULL,
    ddi TEXT NOT NULL,
    contract_id BIGINT REFERENCES contracts (id) ON DELETE SET NULL,
    auth_user TEXT,
    register_server_uri TEXT,
    realm TEXT,
    expire INTEGER NOT NULL,
    enabled BOOLEAN NOT NULL,
    password BLOB NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX entries_ddi ON entries (ddi);
CREATE UNIQUE INDEX entries_username_domain ON entries (username, domain);
CREATE INDEX entries_by_ddi ON entries (ddi, id);
CREATE INDEX entries_by_username ON entries (username, id);
CREATE INDEX entries_by_domain ON entries (domain, id);
CREATE INDEX entries_by_contract ON entries (contract_id, id);

CREATE TABLE checkpoints (
    entry_id BIGINT PRIMARY KEY NOT NULL REFERENCES entries (id) ON DELETE CASCADE,
    call_id TEXT NOT NULL,
    cseq_reserved BIGINT NOT NULL,
    raised_expire INTEGER,
    contact TEXT,
    granted INTEGER,
    bound_until BIGINT
);

CREATE TABLE operators (
    id BIGINT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    language TEXT,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX operators_name ON operators (name);

CREATE TABLE tokens (
    token_hash TEXT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX tokens_name ON tokens (name);

CREATE TABLE sessions (
    key_hash TEXT PRIMARY KEY NOT NULL,
    state TEXT NOT NULL,
    idle_until BIGINT NOT NULL,
    ends_at BIGINT NOT NULL
);
CREATE INDEX sessions_idle ON sessions (idle_until);
