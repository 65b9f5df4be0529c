using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Storefront.Jobs.Orders;

namespace Storefront.Jobs.Database.Migrations;

/// <summary>
/// Up to when orders have been compared with Inventory, and a way to the deliveries that were written down as delivered without the partner's id.
/// Written and read by SQL alone: they are not in EF's model, so this migration needs no snapshot.
/// </summary>
[DbContext(typeof(OrdersDb)), Migration("20261127120000_Watermarks")]
public sealed class Watermarks : Migration
{
    /// <inheritdoc />
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        alter table orders.rounds add column seen_until timestamptz;
        create index ix_deliveries_unproven on orders.deliveries (delivered_at) where state = 'delivered' and coalesce(partner_reference, '') = '';
        """);

    /// <inheritdoc />
    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        drop index orders.ix_deliveries_unproven;
        alter table orders.rounds drop column seen_until;
        """);
}
