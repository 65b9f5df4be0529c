create function pg_temp.id(n int) returns uuid language sql immutable as
    $$ select ('00000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid $$;

-- 200,000 orders of the last 898 days. Whoever ordered more than 730 days ago is forgotten already, but for one in a hundred.
insert into orders.orders (
    id, status, email, name, currency, total, created_at, placed_at, idempotency_key, request_hash, city, country, line1, postal_code)
select pg_temp.id(n),
       case when n % 50 = 0 then 'cancelled' when n % 51 = 0 then 'rejected' else 'placed' end,
       case when n > 37000 or n % 100 = 0 then 'shopper' || n || '@example.com' else '' end, 'Ada', 'EUR', 10,
       at, at, 'key-' || n, '', 'London', 'GB', '1', '1'
from generate_series(1, 200000) n cross join lateral (select now() - (200000 - n) * interval '388 seconds' as at) as times;

-- One SKU is in every second order, one in the oldest 20,000 and in none since, one in one order, the rest in fifty each.
insert into orders.lines (order_id, sku, name, quantity, unit_price, position)
select pg_temp.id(n),
       case when n = 777 then 'RARE' when n <= 20000 then 'OLD' when n % 2 = 0 then 'POPULAR' else 'SKU-' || n % 4000 end,
       'Thing', 1, 5, 0
from generate_series(1, 200000) n
union all
select pg_temp.id(n), 'OTHER-' || n % 4000, 'Thing', 1, 5, 1 from generate_series(1, 200000) n;

-- Mails and events are delivered, but for 500 dead and 300 that are tried again. The review requests of two weeks are not due yet.
insert into orders.deliveries (
    order_id, effect, state, idempotency_key, attempts, due_at, first_attempt_at, next_attempt_at, delivered_at, partner_reference,
    last_error, job_id, payload)
select pg_temp.id(n), effect.name, state, effect.name || '-' || n, 1, due, due,
       case when retrying then now() + interval '1 hour' end, case when state = 'delivered' then due + interval '1 minute' end,
       case when state = 'delivered' then effect.name || n end,
       case when state = 'dead' or retrying then 'Email answered 422 no_such_address' end, 400000 + n,
       case when effect.name = 'order-confirmation' and n > 193000 then jsonb_build_object('html', md5(n::text) || repeat('mail ', 100)) end
from generate_series(1, 200000) n
cross join (
    values ('order-confirmation', interval '0'), ('order-placed-event', interval '0'), ('review-request', interval '14 days')
) as effect(name, after)
cross join lateral (select now() - (200000 - n) * interval '388 seconds' + effect.after as due) as times
cross join lateral (select effect.name = 'order-confirmation' and n > 199700 as retrying) as trying
cross join lateral (
    select case when due > now() or retrying then 'pending' when effect.name = 'order-confirmation' and n % 400 = 0 then 'dead'
                else 'delivered' end as state) as states;

-- The run of last night ended here, and the comparison with Inventory a moment ago.
insert into orders.rounds (name, ended_at, seen_until) values
    ('forget-mails', now() - interval '31 days', null), ('compare-recent-orders', now(), now());

insert into orders.turns (order_id, at, status)
select pg_temp.id(n), now(), 'cancelled' from generate_series(50, 200000, 50) n;
insert into orders.repairs (at, kind, subject, found, done)
select now() - (20000 - n) * interval '1 hour', 'job-lost', 'job ' || n, 'processing, and in no queue', 'put it back into its queue'
from generate_series(1, 20000) n;
insert into orders.audit (at, who, action, subject)
select now() - (20000 - n) * interval '25 minutes', 'operator@example.com', 'send-again', 'order ' || n from generate_series(1, 20000) n;
