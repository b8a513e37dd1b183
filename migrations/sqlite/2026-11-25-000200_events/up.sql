CREATE TABLE events (
    id BIGINT PRIMARY KEY NOT NULL,
    entry_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    state TEXT NOT NULL,
    cause TEXT,
    code INTEGER,
    reason TEXT
);
CREATE INDEX events_by_entry ON events (entry_id, id);
INSERT INTO sequences (name, next) VALUES ('events', 1);
