using System.ComponentModel;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Storefront.Web.Database.Migrations;

/// <summary>
/// Two decimals are the euro's; other currencies have none, three or four. Taking the limit of a numeric away rewrites no row. The check of the
/// column is made anew without a look at the rows, which obey it.
/// </summary>
[DbContext(typeof(ShopDb)), Migration("20261127200000_Currencies"), Description("letting prices have the decimals of any currency")]
public sealed class Currencies : Migration
{
    /// <inheritdoc />
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        alter table shop.products drop constraint ck_products_price, alter column price type numeric;
        alter table shop.products add constraint ck_products_price check (price > 0) not valid;
        """);

    /// <inheritdoc />
    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("alter table shop.products alter column price type numeric(12,2)");
}
