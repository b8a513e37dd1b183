DELETE FROM sequences WHERE name = 'events';
DROP TABLE events;
