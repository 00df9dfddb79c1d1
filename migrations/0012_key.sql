-- Keys have names, scopes and expiries, so that an account can give each program a key of its
-- own that may do only what the program needs.
--
-- Keys that exist keep every right: their scope is admin. The previous version of the service
-- ignores scopes and expiries, so an upgrade is complete when it has stopped.

create type key_scope as enum ('render', 'read', 'admin');

alter table api_key
    add column name        text        not null default 'default',
    add column scopes      key_scope[] not null default '{admin}',
    add column expires_at  timestamptz,
    add column replaced_by text,
    add constraint a_key_has_a_name check (name <> '' and length(name) <= 100),
    add constraint a_key_has_a_scope check (cardinality(scopes) > 0),
    add constraint a_key_expires_after_its_creation check (expires_at > created_at);

create index key_of_account on api_key (account, created_at);
