-- What a row was made from, so that writing a session again touches only the rows that differ. 0: not known yet.
alter table session add column digest bigint not null default 0;
alter table message add column digest bigint not null default 0;
alter table response add column digest bigint not null default 0;
