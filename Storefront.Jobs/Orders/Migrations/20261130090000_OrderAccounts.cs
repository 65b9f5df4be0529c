using System.ComponentModel;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Storefront.Jobs.Orders.Migrations;

/// <summary>An order says whose account it belongs to. Some effects are for customers with an account alone.</summary>
[DbContext(typeof(OrdersDb)), Migration("20261130090000_OrderAccounts"), Description("letting orders say whose account they belong to")]
public sealed class OrderAccounts : Migration
{
    /// <inheritdoc />
    protected override void Up(MigrationBuilder migrationBuilder) =>
        migrationBuilder.Sql("alter table orders.orders add column account uuid");

    /// <inheritdoc />
    protected override void Down(MigrationBuilder migrationBuilder) =>
        migrationBuilder.Sql("alter table orders.orders drop column account");
}
