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

-- Token streams of titles, summaries and messages, and the different tokens of what tools did. The id
-- of a row is that of its session, shifted by 20 bits, and its `n`.
create virtual table search_text using fts5(tokens, content='', contentless_delete=1, tokenize='ascii');
create virtual table search_tools using fts5(tokens, content='', contentless_delete=1, tokenize='ascii', detail='none');
insert into search_text(search_text, rank) values ('hashsize', 8388608);
insert into search_text(search_text, rank) values ('automerge', 8);
insert into search_tools(search_tools, rank) values ('hashsize', 8388608);
insert into search_tools(search_tools, rank) values ('automerge', 8);
