DROP TABLE sessions;
DROP TABLE tokens;
DROP TABLE operators;
DROP TABLE checkpoints;
DROP TABLE entries;
DROP TABLE contracts;
DROP TABLE vault;
DROP TABLE sequences;
