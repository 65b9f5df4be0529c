using System.ComponentModel;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Storefront.Jobs.Database;

namespace Storefront.Jobs.Orders.Migrations;

/// <summary>
/// Which dead deliveries and which findings people have not been told of. What the version before writes counts as told, since it tells by
/// itself. Not in EF's model, so this migration needs no snapshot.
/// </summary>
[DbContext(typeof(OrdersDb)), Migration("20261129101500_UntoldDeliveriesAndRepairs")]
[Description("adding to deliveries and repairs whether people have yet to be told of them")]
public sealed class UntoldDeliveriesAndRepairs : Migration
{
    /// <inheritdoc />
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.Sql("alter table orders.deliveries add column if not exists untold boolean not null default false");
        migrationBuilder.Sql("alter table orders.repairs add column if not exists untold boolean not null default false");
        migrationBuilder.AddIndexConcurrently("ix_deliveries_untold", "orders.deliveries (order_id) where untold and state = 'dead'");
        migrationBuilder.AddIndexConcurrently("ix_repairs_untold", "orders.repairs (id) where untold");
    }

    /// <inheritdoc />
    protected override void Down(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.Sql("alter table orders.deliveries drop column untold");
        migrationBuilder.Sql("alter table orders.repairs drop column untold");
    }
}
