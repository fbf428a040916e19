-- When a deletion that can still be taken back becomes final; null for sessions that stay.
alter table session add column deleting_at bigint;
create index session_by_deletion on session (user_id, deleting_at) where deleting_at is not null;

-- The file a deleted session was read from last, so that it can be read again when the session may come back.
alter table tombstone add column file text;
