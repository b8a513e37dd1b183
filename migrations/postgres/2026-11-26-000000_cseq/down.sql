UPDATE checkpoints SET cseq_reserved = cseq_reserved + (SELECT next FROM sequences WHERE name = 'cseq');
DELETE FROM sequences WHERE name = 'cseq';
