ALTER TABLE contracts ADD COLUMN numbering TEXT NOT NULL DEFAULT 'one_ddi';
ALTER TABLE contracts ADD COLUMN contact_address TEXT;
ALTER TABLE contracts ADD COLUMN local_address TEXT;
ALTER TABLE contracts ADD COLUMN outbound_proxy TEXT;
ALTER TABLE contracts ADD COLUMN outbound BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE contracts ADD COLUMN pace INTEGER;
