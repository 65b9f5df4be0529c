using System.ComponentModel;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Storefront.Jobs.Database;

namespace Storefront.Jobs.Orders.Migrations;

/// <summary>
/// The nightly forgetting of mails goes on where it ended. Not in EF's model, so this migration needs no snapshot.
/// </summary>
[DbContext(typeof(OrdersDb)), Migration("20261127200100_DeliveredDeliveries")]
[Description("adding an index on deliveries by the time they were delivered")]
public sealed class DeliveredDeliveries : Migration
{
    /// <inheritdoc />
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.AddIndexConcurrently(
        "ix_deliveries_delivered_at",
        "orders.deliveries (delivered_at) where delivered_at is not null");

    /// <inheritdoc />
    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.DropIndexConcurrently("orders.ix_deliveries_delivered_at");
}
