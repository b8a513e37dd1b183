ALTER TABLE operators ADD COLUMN zone TEXT;
ALTER TABLE operators ADD COLUMN signed_in_at BIGINT;
ALTER TABLE operators ADD COLUMN factor BLOB;
ALTER TABLE operators ADD COLUMN factor_offered BLOB;
ALTER TABLE operators ADD COLUMN factor_step BIGINT NOT NULL DEFAULT 0;

CREATE TABLE recovery_codes (
    operator_id BIGINT NOT NULL REFERENCES operators (id) ON DELETE CASCADE,
    code_hash TEXT NOT NULL,
    PRIMARY KEY (operator_id, code_hash)
);

CREATE TABLE tokens_with_id (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    token_hash TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    used_at BIGINT
);
INSERT INTO tokens_with_id (token_hash, name, role, created_at)
    SELECT token_hash, name, role, created_at FROM tokens ORDER BY created_at, name;
DROP TABLE tokens;
ALTER TABLE tokens_with_id RENAME TO tokens;
CREATE UNIQUE INDEX tokens_name ON tokens (name);
CREATE UNIQUE INDEX tokens_hash ON tokens (token_hash);

-- Whose the sessions are that there are cannot be told: everybody signs in once more.
DROP TABLE sessions;
CREATE TABLE sessions (
    key_hash TEXT PRIMARY KEY NOT NULL,
    id TEXT NOT NULL,
    operator_id BIGINT REFERENCES operators (id) ON DELETE CASCADE,
    state TEXT NOT NULL,
    address TEXT NOT NULL,
    agent TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    idle_until BIGINT NOT NULL,
    ends_at BIGINT NOT NULL
);
CREATE INDEX sessions_idle ON sessions (idle_until);
CREATE INDEX sessions_of ON sessions (operator_id, started_at);

CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    via TEXT NOT NULL,
    address TEXT,
    deed TEXT NOT NULL,
    subject TEXT NOT NULL,
    subject_id BIGINT,
    name TEXT NOT NULL,
    changes TEXT NOT NULL
);
CREATE INDEX audit_at ON audit (at);
CREATE INDEX audit_by_actor ON audit (actor, id);
CREATE INDEX audit_by_deed ON audit (deed, id);
CREATE INDEX audit_by_subject ON audit (subject, subject_id, id);
