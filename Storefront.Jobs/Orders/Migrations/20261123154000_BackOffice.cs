using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Storefront.Jobs.Orders.Migrations;

/// <summary>What the back office reads and writes by SQL alone: none of it is in EF's model, so this migration needs no snapshot.</summary>
[DbContext(typeof(OrdersDb)), Migration("20261123154000_BackOffice")]
public sealed class BackOffice : Migration
{
    /// <inheritdoc />
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        -- Every HTTP request made for an order. No foreign key: it is the busiest table, and a call outlives nothing it refers to.
        create table orders.calls (
            id bigint generated always as identity primary key,
            order_id uuid not null,
            effect varchar(50) not null,
            partner varchar(50) not null,
            request varchar(200) not null,
            began_at timestamptz not null,
            duration_ms integer not null,
            status smallint,
            quota_left integer,
            trace_id varchar(32),
            words varchar(500));
        create index ix_calls_order on orders.calls (order_id);
        create index ix_calls_partner on orders.calls (partner, id);
        create index ix_calls_began_at on orders.calls using brin (began_at) with (pages_per_range = 32, autosummarize = on);

        -- What an order turned into, apart from 'placed': placed_at says that, and most orders never turn again.
        create table orders.turns (
            id bigint generated always as identity primary key,
            order_id uuid not null references orders.orders on delete cascade,
            at timestamptz not null default now(),
            status varchar(20) not null,
            failure varchar(20));
        create index ix_turns_order on orders.turns (order_id);
        create function orders.note_turn() returns trigger language plpgsql as $$
        begin
            insert into orders.turns (order_id, status, failure) values (new.id, new.status, new.failure);
            return null;
        end $$;
        create trigger note_turn after update of status on orders.orders for each row
            when (old.status is distinct from new.status and new.status <> 'placed') execute function orders.note_turn();

        create table orders.audit (
            id bigint generated always as identity primary key,
            at timestamptz not null default now(),
            who varchar(256) not null,
            action varchar(50) not null,
            subject varchar(200) not null,
            order_id uuid,
            note varchar(1000));
        create index ix_audit_order on orders.audit (order_id) where order_id is not null;
        create index ix_audit_who on orders.audit (lower(who), id);
        create index ix_audit_action on orders.audit (action, id);

        -- What people have set by hand. Every node looks once a second.
        create table orders.switches (
            target varchar(100) primary key,
            position varchar(20) not null check (position in ('paused', 'running', 'open', 'closed')),
            at timestamptz not null default clock_timestamp(),
            who varchar(256) not null,
            reason varchar(1000) not null);

        create table orders.bulks (
            id uuid primary key,
            at timestamptz not null default now(),
            who varchar(256) not null,
            action varchar(20) not null check (action in ('retry', 'discard')),
            filter jsonb not null,
            note varchar(1000) not null,
            total integer not null,
            done integer not null default 0,
            skipped integer not null default 0,
            last_order uuid,
            last_effect varchar(50),
            finished_at timestamptz);
        create index ix_bulks_at on orders.bulks (at);

        alter table orders.repairs add handled_at timestamptz, add handled_by varchar(256), add handled_note varchar(1000);
        create index ix_repairs_open on orders.repairs (id) where done like 'nothing%' and handled_at is null;
        create index ix_repairs_subject on orders.repairs (subject);

        -- Failures of the same kind, whatever ids, addresses and numbers they quote: the partner's own name of the error where it gave one.
        alter table orders.deliveries add error_kind varchar(160) generated always as (left(coalesce(
            substring(last_error from '"(?:name|code)"\s*:\s*"([^"]+)"'),
            regexp_replace(regexp_replace(last_error, '\S+@\S+', '…', 'g'), '[0-9][0-9:.\-TZ]*', '…', 'g')), 160)) stored;
        create index ix_deliveries_dead_kind on orders.deliveries (effect, error_kind, due_at) where state = 'dead';
        create index ix_deliveries_retrying_kind on orders.deliveries (effect, error_kind, due_at) where state = 'pending' and last_error is not null;
        create index ix_deliveries_retrying on orders.deliveries (due_at) where state = 'pending' and last_error is not null;
        create index ix_deliveries_reference on orders.deliveries (partner_reference) where partner_reference is not null;

        create index ix_orders_created_at on orders.orders (created_at);
        create index ix_orders_status_number on orders.orders (status, number);
        create index ix_orders_email on orders.orders (lower(email), number);
        create index ix_lines_sku on orders.lines (sku);

        -- Ends a batch whose guarded change found something else than the person who asked for it saw.
        create function orders.require_change(changes bigint) returns void language plpgsql as $$
        begin
            if changes = 0 then
                raise exception 'It has changed since it was looked at.' using errcode = 'SF003';
            end if;
        end $$;
        """);

    /// <inheritdoc />
    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        drop function orders.require_change;
        drop index orders.ix_lines_sku, orders.ix_orders_email, orders.ix_orders_status_number, orders.ix_orders_created_at, orders.ix_deliveries_reference,
            orders.ix_deliveries_retrying, orders.ix_deliveries_retrying_kind, orders.ix_deliveries_dead_kind, orders.ix_repairs_subject, orders.ix_repairs_open;
        alter table orders.deliveries drop error_kind;
        alter table orders.repairs drop handled_at, drop handled_by, drop handled_note;
        drop table orders.bulks, orders.switches, orders.audit;
        drop trigger note_turn on orders.orders;
        drop function orders.note_turn;
        drop table orders.turns, orders.calls;
        """);
}
