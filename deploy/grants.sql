-- Grants what the service, the reader and the operator need, and revokes everything else on Tintype's tables, sequences and
-- functions. Others of the schema are left as they are. Run it as the owner or a superuser, after each `tintype migrate`:
--
--   psql "$OWNER_URL" -f deploy/grants.sql
--
-- The names of the roles are set as for deploy/roles.sql. It is one transaction, so running processes notice nothing.

\set ON_ERROR_STOP on
\if :{?service} \else \set service tintype_service \endif
\if :{?reader} \else \set reader tintype_reader \endif
\if :{?operator} \else \set operator tintype_operator \endif

begin;

-- Tintype's are those that have one of its names and the owner of job. The roles are its own, so whatever they have
-- on anything of that owner is revoked; from PUBLIC only what is Tintype's.
with grantee (roles, names) as (values
    (format('%I, %I, %I', :'service', :'reader', :'operator'), '.*'),
    ('public', 'account|api_key|clock_(bulk|interactive)|event|idempotency|job(_default|_\d{8})?|lease_number|ledger'
        || '|failure|queue|(result|source)(_\d{1,2})?|secret|setting|stat_(account|expiry|minute|outcome)|worker|_sqlx_migrations')
)
select format('revoke all on %s %s from %s', case relkind when 'S' then 'sequence' else 'table' end, oid::regclass, roles)
from grantee
join pg_class on relname ~ ('^(' || names || ')$')
where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f', 'S')
    and relowner = (select relowner from pg_class where oid = 'job'::regclass)
\gexec

select format('revoke all on function %s from %I, %I, %I', oid::regprocedure, :'service', :'reader', :'operator')
from pg_proc
where pronamespace = 'public'::regnamespace and prokind in ('f', 'w')
    and proowner = (select relowner from pg_class where oid = 'job'::regclass)
\gexec

-- The service: the API and the workers. It cannot create accounts or keys, nor change the retention: those commands
-- run as the owner.
grant select, insert, update, delete on queue, idempotency, worker to :"service";
grant select, insert, update, delete on stat_minute, stat_outcome, stat_account, stat_expiry, stat_flush to :"service";
grant select, insert, delete on failure to :"service";
grant select, insert, update on job to :"service";
grant select, delete on job_default to :"service";
grant select, update on account to :"service";
grant select, insert on ledger to :"service";
grant select, insert, delete on event, secret to :"service";
grant select, insert on result, source to :"service";
grant select on api_key, setting, _sqlx_migrations to :"service";
grant update (last_used_at, arrives_at) on api_key to :"service";
grant usage on sequence lease_number to :"service";
grant select, update on sequence clock_interactive, clock_bulk to :"service";
grant execute on function stand_job_partitions(), drop_job_partitions(interval), sweep(smallint) to :"service";

-- Results and sources are read from the partition of their bucket.
select format('grant select on %s to %I', inhrelid::regclass, :'service')
from pg_inherits
where inhparent in ('result'::regclass, 'source'::regclass)
\gexec

-- What a later migration adds, until this file is run again.
select format('alter default privileges for role %I in schema public grant %s to %I', owner, privileges, :'service')
from (select relowner::regrole::name from pg_class where oid = 'job'::regclass) as of_job (owner)
cross join (values ('select, insert, update, delete on tables'), ('usage, select, update on sequences')) as added (privileges)
\gexec

-- The reader: the console, `tintype audit`, `tintype doctor` and the commands that list and show. It sees no digest of
-- a key, no ciphertext, no source and no bytes of a result. The audit needs to know which of them exist.
grant select on account, job, job_default, ledger, queue, worker, failure, event, setting, _sqlx_migrations to :"reader";
grant select on stat_minute, stat_outcome, stat_account, stat_expiry to :"reader";
grant select (id, account, name, scopes, created_at, expires_at, revoked_at, replaced_by, created_by, last_used_at, rate, burst) on api_key to :"reader";
grant select (account, key, jobs, batch, created_at) on idempotency to :"reader";
grant select (slot, job, account, lease, content_type, size, created_at, expires_at, thumbnail) on result to :"reader";
grant select (slot, job) on source to :"reader";
grant select (job, account) on secret to :"reader";

-- The operator: the changes of the console and of the commands that do the same. It cannot change the retention or the
-- schema, nor a row of the ledger or of the events, and it sees no digest of a key and no bytes of a result.
grant insert, update on account to :"operator";
grant insert on api_key to :"operator";
grant update (name, scopes, rate, burst, expires_at, revoked_at, replaced_by) on api_key to :"operator";
grant insert on ledger, event, failure to :"operator";
grant insert, update on job to :"operator";
grant insert, update, delete on queue to :"operator";
grant update on worker to :"operator";
grant delete on secret, idempotency to :"operator";
grant insert on source to :"operator";
grant insert, update on stat_minute, stat_outcome, stat_account, stat_expiry to :"operator";
grant select, insert, update on stat_flush to :"operator";
grant select on sequence clock_interactive, clock_bulk to :"operator";

-- The HTML of a job is read to submit it again, and results are extended and deleted, each in the partition of its bucket.
select format('grant select on %s to %I', inhrelid::regclass, :'operator')
from pg_inherits
where inhparent = 'source'::regclass
\gexec
select format(
    'grant select (slot, job, size, expires_at), update (expires_at, extended_at), delete on %s to %I',
    inhrelid::regclass, :'operator'
)
from pg_inherits
where inhparent = 'result'::regclass
\gexec

commit;
