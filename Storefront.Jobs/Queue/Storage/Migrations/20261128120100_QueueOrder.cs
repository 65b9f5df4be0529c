using System.ComponentModel;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Storefront.Jobs.Database;

namespace Storefront.Jobs.Queue.Storage.Migrations;

/// <summary>
/// Jobs of a queue are taken in the order in which they came into it. Hangfire's own index has them in the order of their numbers, where
/// a job that was put off comes before all that were made since; versions before this one take them so.
/// </summary>
[DbContext(typeof(JobsDb)), Migration("20261128120100_QueueOrder"), Description("making the index for the order of jobs in a queue")]
public sealed class QueueOrder : Migration
{
    /// <inheritdoc />
    protected override void Up(MigrationBuilder migrationBuilder) =>
        migrationBuilder.AddIndexConcurrently(
            "ix_storefront_jobqueue_order", "hangfire.jobqueue (fetchedat nulls first, queue, id) where fetchedat is null");

    /// <inheritdoc />
    protected override void Down(MigrationBuilder migrationBuilder) =>
        migrationBuilder.DropIndexConcurrently("hangfire.ix_storefront_jobqueue_order");
}
