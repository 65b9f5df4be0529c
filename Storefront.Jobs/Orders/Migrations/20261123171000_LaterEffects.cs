using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Storefront.Jobs.Orders.Migrations;

/// <summary>A cancelled order's later effects are withdrawn also when they were due already and the partner surely has not got them.</summary>
[DbContext(typeof(OrdersDb)), Migration("20261123171000_LaterEffects")]
public sealed class LaterEffects : Migration
{
    /// <inheritdoc />
    protected override void Up(MigrationBuilder migrationBuilder) => Write(migrationBuilder, "in_doubt_since is null and d.due_at > placed");

    /// <inheritdoc />
    protected override void Down(MigrationBuilder migrationBuilder) => Write(migrationBuilder, "first_attempt_at is null and d.due_at > now()");

    private static void Write(MigrationBuilder migrationBuilder, string withdrawn) => migrationBuilder.Sql($"""
        create or replace function orders.cancel(order_id uuid, within interval)
        returns void language plpgsql as $$
        declare placed timestamptz;
        begin
            update orders.orders set status = 'cancelled'
            where id = order_id and status = 'placed' and placed_at > now() - within
            returning placed_at into placed;
            if not found then
                raise exception 'Order % cannot be cancelled.', order_id using errcode = 'SF002';
            end if;
            update orders.deliveries d set state = 'cancelled', next_attempt_at = null
            where d.order_id = cancel.order_id and d.state = 'pending' and d.{withdrawn};
        end $$;
        """);
}
