using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Storefront.Jobs.Orders;

namespace Storefront.Jobs.Database.Migrations;

/// <summary>
/// The trace an order began in, for jobs made when nobody remembers it. Written and read by SQL alone: it is not in EF's model, so this migration needs no snapshot.
/// </summary>
[DbContext(typeof(OrdersDb)), Migration("20261123200000_Telemetry")]
public sealed class Telemetry : Migration
{
    /// <inheritdoc />
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("alter table orders.orders add column trace_parent varchar(55)");

    /// <inheritdoc />
    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("alter table orders.orders drop column trace_parent");
}
