using System.ComponentModel;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Storefront.Jobs.Database;

namespace Storefront.Jobs.Orders.Migrations;

/// <summary>
/// The nightly forgetting of people reads the orders that still name somebody. By an expression, so that no other index is taken for it:
/// the planner does not know that nearly all old orders name nobody. Not in EF's model, so this migration needs no snapshot.
/// </summary>
[DbContext(typeof(OrdersDb)), Migration("20261127200200_NamedOrders")]
[Description("adding an index on orders that still name somebody")]
public sealed class NamedOrders : Migration
{
    /// <inheritdoc />
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.AddIndexConcurrently(
        "ix_orders_named",
        "orders.orders ((case when email <> '' then created_at end), number) where email <> ''");

    /// <inheritdoc />
    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.DropIndexConcurrently("orders.ix_orders_named");
}
