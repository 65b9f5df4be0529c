using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Storefront.Jobs.Orders.Migrations;

/// <summary>When reconciliation last came to its end. Written and read by SQL alone: it is not in EF's model, so this migration needs no snapshot.</summary>
[DbContext(typeof(OrdersDb)), Migration("20261123170000_Rounds")]
public sealed class Rounds : Migration
{
    /// <inheritdoc />
    protected override void Up(MigrationBuilder migrationBuilder) =>
        migrationBuilder.Sql("create table orders.rounds (name varchar(50) primary key, ended_at timestamptz not null)");

    /// <inheritdoc />
    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("drop table orders.rounds");
}
