-- What of a session stands in which rows of the search index: `rows` rows from `n` on hold the messages
-- `first_seq` to `last_seq`. Of the rows for text, 0 is the title and 1 the summary.
create table search_slice (
    session_key bigint not null,
    tools boolean not null,
    n bigint not null,
    rows bigint not null,
    first_seq bigint not null,
    last_seq bigint not null,
    digest bigint not null,
    primary key (session_key, tools, n)
);

-- Tokens of titles, summaries and messages, with their stream for phrases, and those of what tools did.
-- The id of a row is that of its session, shifted by 20 bits, and its `n`.
create table search_text (
    id bigint not null primary key,
    tokens tsvector not null,
    stream text not null
);
create index search_text_by_token on search_text using gin (tokens);
create table search_tools (
    id bigint not null primary key,
    tokens tsvector not null
);
create index search_tools_by_token on search_tools using gin (tokens);
