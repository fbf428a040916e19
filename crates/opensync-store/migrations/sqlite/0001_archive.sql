create table "user" (
    id text not null primary key,
    name text not null,
    created_at bigint not null
);

create table session (
    row_key integer primary key autoincrement not null,
    id text not null unique,
    user_id text not null,
    source text not null,
    external_id text not null,
    title text not null,
    title_rank bigint not null,
    title_words text not null,
    model text,
    model_hint text,
    model_count bigint not null default 0,
    provider text,
    provider_hint text,
    project_path text,
    project_name text,
    git_branch text,
    client_version text,
    prompt_tokens bigint,
    completion_tokens bigint,
    total_tokens bigint,
    cache_read_tokens bigint,
    cache_write_tokens bigint,
    reasoning_tokens bigint,
    cost bigint,
    cost_partial boolean not null default false,
    message_count bigint not null,
    duration_ms bigint,
    is_public boolean not null default false,
    public_slug text,
    summary text,
    parent_external_id text,
    parent_key bigint,
    parent_call_id text,
    relation text,
    sidechain boolean not null,
    hidden boolean not null,
    archived boolean not null,
    folded boolean not null,
    born_at bigint not null,
    created_at bigint not null,
    updated_at bigint not null,
    imported_at bigint not null,
    unique (user_id, source, external_id)
);

create index session_by_date on session (user_id, folded, created_at desc, row_key desc);
create index session_by_tokens on session (user_id, folded, coalesce(total_tokens, -1) desc, created_at desc, row_key desc);
create index session_by_cost on session (user_id, folded, coalesce(cost, -1) desc, created_at desc, row_key desc);
create index session_by_messages on session (user_id, folded, message_count desc, created_at desc, row_key desc);
create index session_by_parent on session (parent_key) where parent_key is not null;
create index session_orphan on session (user_id, source) where parent_key is null and parent_external_id is not null;

create table message (
    session_key bigint not null,
    seq bigint not null,
    external_id text not null,
    role text not null,
    text text not null,
    model text,
    created_at bigint,
    prompt_tokens bigint,
    completion_tokens bigint,
    inherited boolean not null,
    off_path boolean not null,
    primary key (session_key, seq)
);

create index message_by_external_id on message (session_key, external_id);

create table part (
    session_key bigint not null,
    seq bigint not null,
    idx bigint not null,
    kind text not null,
    name text,
    call_id text,
    body blob,
    size bigint not null,
    packed boolean not null,
    hash blob,
    is_error boolean,
    duration_ms bigint,
    details blob,
    details_size bigint,
    details_packed boolean,
    primary key (session_key, seq, idx)
);

create index part_by_hash on part (hash) where hash is not null;

-- Large bodies, once per content hash.
create table body (
    hash blob not null primary key,
    bytes blob not null
);

-- The ledger: one row per paid response and session that contains it. Of the rows that share a key
-- one is 'owned', the others are 'copy'; 'discarded' rows say what was not counted, and why.
create table response (
    session_key bigint not null,
    ordinal bigint not null,
    key text not null,
    state text not null,
    why text,
    message_id text,
    model text,
    provider text,
    at bigint,
    fresh bigint not null,
    cache_read bigint not null,
    cache_write_5m bigint not null,
    cache_write_1h bigint not null,
    output bigint not null,
    reasoning bigint not null,
    cost bigint,
    cost_status text not null,
    price_key bigint,
    incomplete boolean not null,
    line bigint not null,
    records bigint not null,
    primary key (session_key, ordinal)
);

create index response_by_key on response (key) where state <> 'discarded';

-- Price list entries that priced some response.
create table price (
    row_key integer primary key autoincrement not null,
    name text not null,
    origin text not null,
    unique (name, origin)
);

-- What is known of each file, to notice that it changed.
create table import (
    user_id text not null,
    source text not null,
    path text not null,
    size bigint not null,
    mtime_ns bigint not null,
    file_id bigint not null,
    note text not null,
    sessions bigint not null,
    imported_at bigint not null,
    primary key (user_id, source, path)
);

create table problem (
    user_id text not null,
    source text not null,
    path text not null,
    ordinal bigint not null,
    line bigint,
    kind text not null,
    reason text not null,
    seen_at bigint not null,
    primary key (user_id, source, path, ordinal)
);

-- Deleted sessions: the next import must not bring them back.
create table tombstone (
    user_id text not null,
    source text not null,
    external_id text not null,
    deleted_at bigint not null,
    primary key (user_id, source, external_id)
);

create table key (
    id text not null primary key,
    user_id text not null,
    name text not null,
    hash text not null unique,
    prefix text not null,
    scopes text not null,
    created_at bigint not null,
    last_used_at bigint,
    revoked_at bigint
);
