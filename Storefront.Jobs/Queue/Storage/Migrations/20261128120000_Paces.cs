using System.ComponentModel;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Storefront.Jobs.Queue.Storage.Migrations;

/// <summary>When each partner with a limit may be called next, and what is known of its limit.</summary>
[DbContext(typeof(JobsDb)), Migration("20261128120000_Paces"), Description("making the table of partners' rate limits")]
public sealed class Paces : Migration
{
    /// <inheritdoc />
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        create table hangfire.storefront_pace (
            name text primary key,
            next_at timestamptz not null default now(),
            learned double precision,
            learned_until timestamptz,
            by_hand double precision check (by_hand > 0));
        """);

    /// <inheritdoc />
    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("drop table hangfire.storefront_pace");
}
