-- The machine a session was recorded on; null when nobody said.
alter table session add column machine text;
-- What the machine that pushed a session said of its messages; null once anything else wrote it.
alter table session add column push_mark text;
-- What another archive has of the sessions here, as far as it acknowledged: up to which revision, a digest of all
-- but the messages, and enough of their digests to find out which are new. One that is gone there stays gone.
create table push (
    user_id text not null,
    archive text not null,
    session_id text not null,
    revision bigint not null,
    head bigint not null,
    sent bytea,
    gone boolean not null,
    pushed_at bigint not null,
    primary key (user_id, archive, session_id)
);
create index push_by_session on push (session_id);
