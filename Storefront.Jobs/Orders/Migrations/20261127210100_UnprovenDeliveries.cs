using System.ComponentModel;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Storefront.Jobs.Database;

namespace Storefront.Jobs.Orders.Migrations;

/// <summary>Reconciliation looks for them every minute, and there are none. Not in EF's model, so this migration needs no snapshot.</summary>
[DbContext(typeof(OrdersDb)), Migration("20261127210100_UnprovenDeliveries"), Description("adding an index on deliveries without the partner's id")]
public sealed class UnprovenDeliveries : Migration
{
    /// <inheritdoc />
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.AddIndexConcurrently(
        "ix_deliveries_unproven", "orders.deliveries (delivered_at) where state = 'delivered' and coalesce(partner_reference, '') = ''");

    /// <inheritdoc />
    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.DropIndexConcurrently("orders.ix_deliveries_unproven");
}
