-- What the user says about a session; no import touches it. Tags are a JSON array of strings, null without any.
alter table session add column eval_ready boolean not null default false;
alter table session add column eval_status text;
alter table session add column eval_notes text;
alter table session add column tags text;
alter table session add column expected_output text;
alter table session add column reviewed_at bigint;
