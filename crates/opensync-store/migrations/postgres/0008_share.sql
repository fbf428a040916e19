-- Public links: a copy of a session made at one moment, without what was taken out of it. Public pages
-- read these tables and nothing else. `head` is what they say of the session, as JSON; `findings` what
-- was found, each value under a name that does not tell it, and whether it stayed.
create table share (
    session_key bigint not null primary key,
    slug text not null unique,
    created_at bigint not null,
    published_at bigint not null,
    expires_at bigint,
    from_seq bigint,
    to_seq bigint,
    last_seq bigint not null,
    head text not null,
    findings text not null,
    views bigint not null default 0
);

create table share_message (
    session_key bigint not null,
    seq bigint not null,
    is_prompt boolean not null,
    size bigint not null,
    packed boolean not null,
    body bytea not null,
    primary key (session_key, seq)
);

create table share_image (
    session_key bigint not null,
    seq bigint not null,
    idx bigint not null,
    media_type text not null,
    bytes bytea not null,
    primary key (session_key, seq, idx)
);
