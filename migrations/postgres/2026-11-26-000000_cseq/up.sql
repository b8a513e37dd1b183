-- From now on a start takes its CSeq numbers of every entry alike by one row: what is stored of each is without them.
INSERT INTO sequences (name, next) VALUES ('cseq', 0);
