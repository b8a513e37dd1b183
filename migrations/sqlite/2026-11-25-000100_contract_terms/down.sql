ALTER TABLE contracts DROP COLUMN pace;
ALTER TABLE contracts DROP COLUMN outbound;
ALTER TABLE contracts DROP COLUMN outbound_proxy;
ALTER TABLE contracts DROP COLUMN local_address;
ALTER TABLE contracts DROP COLUMN contact_address;
ALTER TABLE contracts DROP COLUMN numbering;
