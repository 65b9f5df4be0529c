using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Storefront.Jobs.Orders.Migrations;

/// <summary>
/// Every delivery is updated soon after it was written: with room on its page, beginning an attempt writes to no index. Not in EF's model, so this
/// migration needs no snapshot.
/// </summary>
[DbContext(typeof(OrdersDb)), Migration("20261123210000_Fillfactor")]
public sealed class Fillfactor : Migration
{
    /// <inheritdoc />
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("alter table orders.deliveries set (fillfactor = 70)");

    /// <inheritdoc />
    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("alter table orders.deliveries reset (fillfactor)");
}
