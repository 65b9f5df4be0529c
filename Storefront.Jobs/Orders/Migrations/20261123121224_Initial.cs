using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Storefront.Jobs.Orders.Migrations;

/// <summary>
/// Orders, what they cause, and what was repaired. The two functions are for the versions before 20261128: later ones carry their
/// statements themselves.
/// </summary>
[DbContext(typeof(OrdersDb)), Migration("20261123121224_Initial")]
public sealed class Initial : Migration
{
    /// <inheritdoc />
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        create table orders.orders (
            id uuid not null,
            number bigint generated always as identity (start with 10001),
            status varchar(20) not null,
            failure varchar(20),
            shortfalls jsonb not null default '[]',
            email varchar(254) not null,
            name varchar(200) not null,
            currency varchar(3) not null,
            total numeric(20,2) not null,
            created_at timestamptz not null default now(),
            placed_at timestamptz,
            finish_job_id bigint,
            idempotency_key varchar(255) not null,
            lease_token uuid,
            lease_until timestamptz,
            request_hash bytea not null,
            city varchar(100) not null,
            country varchar(2) not null,
            line1 varchar(200) not null,
            line2 varchar(200),
            postal_code varchar(20) not null,
            constraint pk_orders primary key (id),
            constraint ck_orders_status check (status in ('reserving', 'placed', 'rejected', 'failed', 'cancelled')),
            constraint ck_orders_total check (total >= 0)
        );

        create table orders.repairs (
            id bigint generated always as identity,
            at timestamptz not null default now(),
            kind varchar(50) not null,
            subject varchar(100) not null,
            found text not null,
            done text not null,
            constraint pk_repairs primary key (id)
        );

        create table orders.deliveries (
            order_id uuid not null,
            effect varchar(50) not null,
            state varchar(20) not null,
            idempotency_key varchar(100) not null,
            attempts integer not null default 0,
            due_at timestamptz not null,
            first_attempt_at timestamptz,
            next_attempt_at timestamptz,
            delivered_at timestamptz,
            partner_reference varchar(200),
            last_error varchar(500),
            job_id bigint,
            in_doubt_since timestamptz,
            payload jsonb,
            constraint pk_deliveries primary key (order_id, effect),
            constraint ck_deliveries_state check (state in ('pending', 'delivered', 'dead', 'cancelled')),
            constraint fk_deliveries_orders_order_id foreign key (order_id) references orders.orders (id) on delete cascade
        );

        create table orders.lines (
            sku varchar(64) not null,
            order_id uuid not null,
            name varchar(200) not null,
            quantity integer not null,
            unit_price numeric(12,2) not null,
            position integer not null,
            constraint pk_lines primary key (order_id, sku),
            constraint ck_lines_quantity check (quantity between 1 and 100000),
            constraint ck_lines_unit_price check (unit_price >= 0),
            constraint fk_lines_orders_order_id foreign key (order_id) references orders.orders (id) on delete cascade
        );
        create index ix_deliveries_dead on orders.deliveries (due_at) where state = 'dead';
        create unique index ix_deliveries_idempotency_key on orders.deliveries (idempotency_key);
        create unique index ix_orders_idempotency_key on orders.orders (idempotency_key);
        create unique index ix_orders_number on orders.orders (number);
        create index ix_orders_reserving on orders.orders (created_at) where status = 'reserving';

        create function orders.settle(order_id uuid, token uuid, new_status text, why text, lacking jsonb, job bigint)
        returns void language plpgsql as $$
        begin
            update orders.orders
            set status = new_status, failure = why, shortfalls = lacking, finish_job_id = coalesce(job, finish_job_id),
                lease_token = null, lease_until = null,
                placed_at = case when new_status = 'placed' then now() end
            where id = order_id and status = 'reserving' and lease_token = token;
            if not found then
                raise exception 'The lease on order % was lost.', order_id using errcode = 'SF001';
            end if;
        end $$;

        create function orders.cancel(order_id uuid, within interval)
        returns void language plpgsql as $$
        begin
            update orders.orders set status = 'cancelled'
            where id = order_id and status = 'placed' and placed_at > now() - within;
            if not found then
                raise exception 'Order % cannot be cancelled.', order_id using errcode = 'SF002';
            end if;
            update orders.deliveries d set state = 'cancelled', next_attempt_at = null
            where d.order_id = cancel.order_id and d.state = 'pending' and d.due_at > now() and d.first_attempt_at is null;
        end $$;
        """);

    /// <inheritdoc />
    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        drop function orders.cancel, orders.settle;
        drop table orders.deliveries, orders.lines, orders.repairs, orders.orders;
        """);
}
