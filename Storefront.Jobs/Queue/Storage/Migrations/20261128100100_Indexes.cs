using System.ComponentModel;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Storefront.Jobs.Database;

namespace Storefront.Jobs.Queue.Storage.Migrations;

/// <summary>
/// Hangfire.PostgreSql has two indexes on a job's state, neither of which gives a page of them in order. One does, for both and at the
/// price of one: every change of a state writes to each index. What does not expire need not be in an index by expiry. A queue's waiting
/// jobs are found in their order by another of Hangfire's own. Versions before this migration made these indexes too.
/// </summary>
[DbContext(typeof(JobsDb)), Migration("20261128100100_Indexes"), Description("replacing indexes on jobs by ones that cost less to keep")]
public sealed class Indexes : Migration
{
    /// <inheritdoc />
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.AddIndexConcurrently(
            "ix_storefront_job_statename_id", "hangfire.job (statename, id) where statename is not null");
        migrationBuilder.AddIndexConcurrently("ix_storefront_job_expireat", "hangfire.job (expireat) where expireat is not null");
        migrationBuilder.AddIndexConcurrently("ix_storefront_set_expireat", "hangfire.set (expireat) where expireat is not null");
        // Reconciliation looks for these every minute, and failed jobs are kept.
        migrationBuilder.AddIndexConcurrently(
            "ix_storefront_state_not_changed", "hangfire.state (jobid) where reason like 'Failed to change state%'");
        migrationBuilder.DropIndexConcurrently("hangfire.ix_hangfire_job_statename");
        migrationBuilder.DropIndexConcurrently("hangfire.ix_hangfire_job_statename_is_not_null");
        migrationBuilder.DropIndexConcurrently("hangfire.ix_hangfire_job_expireat");
        migrationBuilder.DropIndexConcurrently("hangfire.ix_hangfire_set_expireat");
        migrationBuilder.DropIndexConcurrently("hangfire.ix_hangfire_jobqueue_queueandfetchedat");
    }

    /// <inheritdoc />
    protected override void Down(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.DropIndexConcurrently("hangfire.ix_storefront_job_statename_id");
        migrationBuilder.DropIndexConcurrently("hangfire.ix_storefront_job_expireat");
        migrationBuilder.DropIndexConcurrently("hangfire.ix_storefront_set_expireat");
        migrationBuilder.DropIndexConcurrently("hangfire.ix_storefront_state_not_changed");
        migrationBuilder.AddIndexConcurrently("ix_hangfire_job_statename", "hangfire.job (statename)");
        migrationBuilder.AddIndexConcurrently("ix_hangfire_job_expireat", "hangfire.job (expireat)");
        migrationBuilder.AddIndexConcurrently("ix_hangfire_set_expireat", "hangfire.set (expireat)");
        migrationBuilder.AddIndexConcurrently("ix_hangfire_jobqueue_queueandfetchedat", "hangfire.jobqueue (queue, fetchedat)");
    }
}
