-- Events record who made a change, and why. Changes that operators make carry an actor;
-- events of jobs and workers do not.

alter table event
    add column actor text,
    add column reason text,
    add constraint an_actor_is_short check (length(actor) <= 200),
    add constraint a_reason_is_short check (length(reason) <= 1000),
    add constraint a_reason_has_an_actor check (reason is null or actor is not null);
