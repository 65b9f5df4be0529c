using System.ComponentModel;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Storefront.Jobs.Orders.Migrations;

/// <summary>
/// A rendered mail of 2 KB, compressed, lay among the columns that every look at a delivery reads. From now on it is stored apart, and read
/// only where it is asked for. Mails that are there already stay where they are until they are forgotten. Not in EF's model, so this
/// migration needs no snapshot.
/// </summary>
[DbContext(typeof(OrdersDb)), Migration("20261127200400_MailsApart"), Description("storing rendered mails apart from their deliveries")]
public sealed class MailsApart : Migration
{
    /// <inheritdoc />
    protected override void Up(MigrationBuilder migrationBuilder) =>
        migrationBuilder.Sql("alter table orders.deliveries set (toast_tuple_target = 256)");

    /// <inheritdoc />
    protected override void Down(MigrationBuilder migrationBuilder) =>
        migrationBuilder.Sql("alter table orders.deliveries reset (toast_tuple_target)");
}
