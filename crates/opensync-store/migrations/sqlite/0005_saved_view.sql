-- Filters with a name: the query of a list's address.
create table saved_view (
    user_id text not null,
    name text not null,
    query text not null,
    created_at bigint not null,
    primary key (user_id, name)
);
