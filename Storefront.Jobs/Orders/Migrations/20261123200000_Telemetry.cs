using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Storefront.Jobs.Orders.Migrations;

/// <summary>
/// The trace an order began in, for jobs made when nobody remembers it, and when a person was last told of what. Written and read by SQL alone: they are
/// not in EF's model, so this migration needs no snapshot.
/// </summary>
[DbContext(typeof(OrdersDb)), Migration("20261123200000_Telemetry")]
public sealed class Telemetry : Migration
{
    /// <inheritdoc />
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        alter table orders.orders add column trace_parent varchar(55);
        create table orders.alerts (kind varchar(50) primary key, raised_at timestamptz not null);
        """);

    /// <inheritdoc />
    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        drop table orders.alerts;
        alter table orders.orders drop column trace_parent;
        """);
}
