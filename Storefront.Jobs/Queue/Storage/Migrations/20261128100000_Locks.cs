using System.ComponentModel;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Storefront.Jobs.Queue.Storage.Migrations;

/// <summary>Versions before this migration made the table too, so it may be there.</summary>
[DbContext(typeof(JobsDb)), Migration("20261128100000_Locks"), Description("making the table of locks")]
public sealed class Locks : Migration
{
    /// <inheritdoc />
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(LeaseLocks.CreateTable);

    /// <inheritdoc />
    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql($"drop table {LeaseLocks.Table}");
}
