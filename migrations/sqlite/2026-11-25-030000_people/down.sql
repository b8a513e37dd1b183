DROP TABLE audit;

DROP TABLE sessions;
CREATE TABLE sessions (
    key_hash TEXT PRIMARY KEY NOT NULL,
    state TEXT NOT NULL,
    idle_until BIGINT NOT NULL,
    ends_at BIGINT NOT NULL
);
CREATE INDEX sessions_idle ON sessions (idle_until);

CREATE TABLE tokens_by_hash (
    token_hash TEXT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
INSERT INTO tokens_by_hash (token_hash, name, role, created_at) SELECT token_hash, name, role, created_at FROM tokens;
DROP TABLE tokens;
ALTER TABLE tokens_by_hash RENAME TO tokens;
CREATE UNIQUE INDEX tokens_name ON tokens (name);

DROP TABLE recovery_codes;
ALTER TABLE operators DROP COLUMN factor_step;
ALTER TABLE operators DROP COLUMN factor_offered;
ALTER TABLE operators DROP COLUMN factor;
ALTER TABLE operators DROP COLUMN signed_in_at;
ALTER TABLE operators DROP COLUMN zone;
