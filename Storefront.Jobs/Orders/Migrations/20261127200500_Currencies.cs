using System.ComponentModel;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Storefront.Jobs.Orders.Migrations;

/// <summary>
/// Two decimals are the euro's; other currencies have none, three or four. Taking the limit of a numeric away rewrites no row. The checks of the
/// columns are made anew without a look at the rows, which obey them.
/// </summary>
[DbContext(typeof(OrdersDb)), Migration("20261127200500_Currencies"), Description("letting orders have the decimals of any currency")]
public sealed class Currencies : Migration
{
    /// <inheritdoc />
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.Sql("""
            alter table orders.orders drop constraint ck_orders_total, alter column total type numeric;
            alter table orders.orders add constraint ck_orders_total check (total >= 0) not valid;
            """);
        migrationBuilder.Sql("""
            alter table orders.lines drop constraint ck_lines_unit_price, alter column unit_price type numeric;
            alter table orders.lines add constraint ck_lines_unit_price check (unit_price >= 0) not valid;
            """);
    }

    /// <inheritdoc />
    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        alter table orders.orders alter column total type numeric(20,2);
        alter table orders.lines alter column unit_price type numeric(12,2);
        """);
}
