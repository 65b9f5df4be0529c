using System.ComponentModel;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Storefront.Jobs.Database;

namespace Storefront.Jobs.Orders.Migrations;

/// <summary>
/// Reconciliation reads every minute what is due, and nothing that is finished.
/// </summary>
[DbContext(typeof(OrdersDb)), Migration("20261127200000_PendingDeliveries")]
[Description("adding an index on deliveries that are pending, by the time they are due")]
public sealed class PendingDeliveries : Migration
{
    /// <inheritdoc />
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.AddIndexConcurrently(
        "ix_deliveries_pending",
        "orders.deliveries (due_at, order_id, effect) where state = 'pending'");

    /// <inheritdoc />
    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.DropIndexConcurrently("orders.ix_deliveries_pending");
}
