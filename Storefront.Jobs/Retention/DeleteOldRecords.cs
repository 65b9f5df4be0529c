using Microsoft.Extensions.Options;
using Npgsql;
using Storefront.Jobs.Database;

namespace Storefront.Jobs.Retention;

/// <summary>
/// Deletes what nobody asks about any more: the audit trail, finished bulk work, failed jobs. What belongs to an order stays with it
/// (its lines, its deliveries, the history of its status), and repairs stay, since they name nobody and the shop may not delete them.
/// </summary>
internal sealed class DeleteOldRecords(NpgsqlDataSource database, IOptions<RetentionOptions> options)
{
    public const string Id = "delete-old-records";

    private const int Step = 500;

    // A failed job is left to what deletes all jobs that expire. One that is put back into its queue meanwhile does not expire any more.
    private static readonly string FailedJobs = $"""
        update hangfire.job set expireat = now() where id = any(array(
            select j.id from hangfire.job j join hangfire.state s on s.id = j.stateid
            where j.statename = 'Failed' and j.expireat is null and s.createdat < now() - $1
            order by j.id limit {Step} for update of j skip locked))
        """;

    private static readonly string Audit = $"""
        with oldest as (select id, at from orders.audit order by id limit {Step})
        delete from orders.audit where id = any(array(select id from oldest where at < now() - $1))
        """;

    private static readonly string Bulks = $"""
        delete from orders.bulks where id = any(array(
            select id from orders.bulks where at < now() - $1 and finished_at is not null order by at limit {Step}))
        """;

    public async Task RunAsync(CancellationToken cancel)
    {
        await RunAsync(FailedJobs, options.Value.FailedJobsDays, cancel);
        await RunAsync(Audit, options.Value.AuditDays, cancel);
        await RunAsync(Bulks, options.Value.AuditDays, cancel);
    }

    private Task RunAsync(string sql, int days, CancellationToken cancel) =>
        Batches.RunAsync(async () => await database.ExecuteAsync(sql, [TimeSpan.FromDays(days)], cancel) == Step, cancel);
}
