-- Creates four roles: the owner may create objects in the schema public, the others may connect. Run it once, as a superuser, in the database of Tintype:
--
--   psql "$ADMIN_URL" -f deploy/roles.sql
--
-- Other names: psql -v owner=render_owner -v service=render -v reader=render_reader -v operator=render_operator -f …
-- Passwords are not set here: use \password, or authenticate otherwise. Running it again changes nothing.

\set ON_ERROR_STOP on
\if :{?owner} \else \set owner tintype_owner \endif
\if :{?service} \else \set service tintype_service \endif
\if :{?reader} \else \set reader tintype_reader \endif
\if :{?operator} \else \set operator tintype_operator \endif

set client_min_messages = warning;

select format('create role %I login', name)
from unnest(array[:'owner', :'service', :'reader', :'operator']) as name
where not exists (select from pg_roles where rolname = name)
\gexec

-- Other roles can neither connect nor create anything.
select format('revoke all on database %I from public', current_database()) \gexec
select format('grant connect on database %I to %I, %I, %I, %I', current_database(), :'owner', :'service', :'reader', :'operator') \gexec
revoke create on schema public from public;
grant usage, create on schema public to :"owner";
grant usage on schema public to :"service", :"reader", :"operator";

-- The operator also reads what the reader reads.
grant :"reader" to :"operator";

-- `tintype doctor` shows the transactions and settings of other roles to the reader.
grant pg_read_all_stats, pg_read_all_settings to :"reader";
