-- What sync plugins sent, as it is known after all calls; sessions are made from it. `assumed`: nobody said
-- which tool it is from. `revision` is that of the last call that said something new.
create table received_session (
    row_key integer primary key autoincrement not null,
    user_id text not null,
    source text not null,
    external_id text not null,
    assumed boolean not null,
    facts text not null,
    arrived_at bigint not null,
    changed_at bigint not null,
    revision bigint not null,
    unique (user_id, source, external_id)
);

create index received_session_by_external_id on received_session (user_id, external_id);

-- In the order they came.
create table received_message (
    row_key integer primary key autoincrement not null,
    received_key bigint not null,
    external_id text not null,
    facts blob not null,
    size bigint not null,
    packed boolean not null,
    arrived_at bigint not null,
    unique (received_key, external_id)
);

-- Made from what plugins sent; an import replaces it.
alter table session add column received boolean not null default false;
create index session_by_external_id on session (user_id, external_id);
create index tombstone_by_external_id on tombstone (user_id, external_id);
