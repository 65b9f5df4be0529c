create function pg_temp.id(n int) returns uuid language sql immutable as
    $$ select ('00000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid $$;

-- The jobs of a day have succeeded; some are due to be deleted, and 2,000 failed.
insert into hangfire.job (id, stateid, statename, invocationdata, arguments, createdat, expireat)
select n, 2 * n, case when n % 100 = 0 then 'Failed' else 'Succeeded' end, '{"Type": "T", "Method": "RunAsync"}', '[]',
       now() - interval '1 day',
       case when n % 100 = 0 then null else now() + (n - 500) * interval '1 second' end
from generate_series(1, 200000) n;
insert into hangfire.state (id, jobid, name, createdat, data)
select 2 * n - 1, n, 'Enqueued', now() - interval '1 day', '{}'::jsonb from generate_series(1, 200000) n
union all
select 2 * n, n, case when n % 100 = 0 then 'Failed' else 'Succeeded' end, now() - interval '1 day', '{}' from generate_series(1, 200000) n;

-- Every delivery that is pending has its job in the schedule, and 20,000 more are far off.
insert into hangfire.job (id, stateid, statename, invocationdata, arguments, createdat)
select 400000 + n, 1000000 + n, 'Scheduled', '{"Type": "T", "Method": "RunAsync", "Queue": "default"}', '[]', now()
from generate_series(180000, 200000) n;
insert into hangfire.state (id, jobid, name, createdat, data)
select 1000000 + n, 400000 + n, 'Scheduled', now(), '{}' from generate_series(180000, 200000) n;
insert into hangfire.set (key, score, value)
select 'schedule', extract(epoch from now() + interval '1 hour' + n * interval '1 second'), 'default:' || 400000 + n
from generate_series(180000, 200000) n;

insert into hangfire.counter (key, value) select 'stats:succeeded', 1 from generate_series(1, 1000);
select setval('hangfire.job_id_seq', 2000000), setval('hangfire.state_id_seq', 4000000);

-- What was said to partners in the last 88 days. Analytics has been quiet for ten hours.
insert into orders.calls (order_id, effect, partner, request, began_at, duration_ms, status)
select pg_temp.id(n), 'order-confirmation',
       case when n % 3 = 0 then 'Inventory' when n % 3 = 1 or n > 199000 then 'Email' else 'Analytics' end, 'POST /emails',
       now() - (200000 - n) * interval '38 seconds' - call * interval '1 second', 20, 200
from generate_series(1, 200000) n, generate_series(1, 2) call order by n;
