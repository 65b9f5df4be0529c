using System.ComponentModel;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Storefront.Jobs.Orders.Migrations;

/// <summary>Up to when orders have been compared with Inventory. Not in EF's model, so this migration needs no snapshot.</summary>
[DbContext(typeof(OrdersDb)), Migration("20261127210000_Watermarks"), Description("adding to the rounds of reconciliation how far they came")]
public sealed class Watermarks : Migration
{
    /// <inheritdoc />
    protected override void Up(MigrationBuilder migrationBuilder) =>
        migrationBuilder.Sql("alter table orders.rounds add column seen_until timestamptz");

    /// <inheritdoc />
    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("alter table orders.rounds drop column seen_until");
}
