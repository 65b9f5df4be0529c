using System.ComponentModel;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Storefront.Jobs.Orders.Migrations;

/// <summary>
/// What opens an order's page is no longer what partners, logs and staff know the order by. Orders from before, and those that the version
/// before places meanwhile, have no key of their own: theirs is their id.
/// </summary>
[DbContext(typeof(OrdersDb)), Migration("20261129130000_OrderKeys"), Description("giving each order a key for its shopper alone")]
public sealed class OrderKeys : Migration
{
    /// <inheritdoc />
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("alter table orders.orders add column key uuid");

    /// <inheritdoc />
    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("alter table orders.orders drop column key");
}
