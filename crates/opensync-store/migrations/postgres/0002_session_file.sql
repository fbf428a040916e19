-- The file a session was read from last; null for sessions written before this was kept.
alter table session add column file text;
