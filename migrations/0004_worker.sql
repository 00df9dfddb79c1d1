-- worker, stat_minute: who lives, and how much was done.
--
-- A worker beats every few seconds; one that has not for 15 is dead and its leases lapse.
-- One whose own beats had a gap (its host slept, or the database was away) judges nobody
-- until judges_from, lest the first to come back after an outage reaps the whole fleet.
--
-- stat_minute holds counters that processes add up and write now and then, so that nobody
-- ever counts rows of history. Results of a minute expire together, so it also tells what
-- disappears when.

create table worker (
    id          uuid        primary key default gen_random_uuid(),
    name        text        not null,
    version     text        not null,
    browser     text        not null,
    slots       integer     not null,
    started_at  timestamptz not null default now(),
    beat_at     timestamptz not null default now(),
    judges_from timestamptz not null default now() + interval '15 seconds'
) with (fillfactor = 50);

-- Whether a worker that beat then counts as alive.
create function is_alive(beat_at timestamptz) returns boolean language sql stable as $$
    select beat_at > now() - interval '15 seconds'
$$;

-- Whether a worker that beat then may still judge others, and work.
create function is_heard(beat_at timestamptz) returns boolean language sql stable as $$
    select beat_at > now() - interval '10 seconds'
$$;

create table stat_minute (
    minute       timestamptz primary key,
    submitted    bigint not null default 0,
    completed    bigint not null default 0,
    failed       bigint not null default 0,
    result_bytes bigint not null default 0,
    render_ms    bigint not null default 0
) with (fillfactor = 50);
