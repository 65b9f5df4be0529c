using System.ComponentModel;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Storefront.Jobs.Database;

namespace Storefront.Jobs.Orders.Migrations;

/// <summary>Each look at an order's page begins with its key. Not in EF's model, so this migration needs no snapshot.</summary>
[DbContext(typeof(OrdersDb)), Migration("20261129130100_OrderKeysIndex"), Description("adding an index on the keys of orders")]
public sealed class OrderKeysIndex : Migration
{
    /// <inheritdoc />
    protected override void Up(MigrationBuilder migrationBuilder) =>
        migrationBuilder.AddIndexConcurrently("ix_orders_key", "orders.orders (key)");

    /// <inheritdoc />
    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.DropIndexConcurrently("orders.ix_orders_key");
}
