-- Counts the transactions that wrote, so that what is kept in memory knows what to read again.
create table revision (
    number bigint not null,
    removed bigint not null
);
insert into revision (number, removed) values (0, 0);
alter table session add column revision bigint not null default 0;
create index session_by_revision on session (revision);

-- Lists are filtered and sorted in memory, words are searched in the index.
drop index session_by_date;
drop index session_by_tokens;
drop index session_by_cost;
drop index session_by_messages;
alter table session drop column title_words;
