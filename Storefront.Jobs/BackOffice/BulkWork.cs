using System.Text.Json;
using Hangfire.Common;
using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Queue;

namespace Storefront.Jobs.BackOffice;

/// <summary>
/// The same for many deliveries: a job does it, in steps that are each one transaction, so that it survives whatever its process does not.
/// </summary>
public sealed class BulkWork(NpgsqlDataSource database, TransactionalJobs jobs, Failures failures)
{
    public const string Retry = "retry", Discard = "discard";

    /// <param name="Skipped">Left alone: changed meanwhile, or possibly sent already.</param>
    public sealed record Progress(
        Guid Id, DateTimeOffset At, string Who, string Action, string Note, int Total, int Done, int Skipped, DateTimeOffset? FinishedAt);

    /// <param name="action">One of the constants here.</param>
    /// <param name="maybeTwice">Also those whose key the partner has forgotten.</param>
    /// <returns>The work's id.</returns>
    public async Task<Guid> BeginAsync(
        string action, FailureFilter filter, bool maybeTwice, string who, string note, CancellationToken cancel)
    {
        var (id, (all, _)) = (Guid.NewGuid(), await failures.CountAsync(filter, cancel));
        await jobs.CommitAsync(async batch =>
        {
            await jobs.EnqueueInAsync(
                batch, [new(Job.FromExpression<RunBulkWork>(job => job.RunAsync(id, CancellationToken.None)), Queues.Critical)], cancel);
            batch.BatchCommands.Add(Sql.InBatch(
                "insert into orders.bulks (id, who, action, filter, note, total) values ($1, $2, $3, $4::jsonb, left($5, 1000), $6)",
                id, who, action, StorableJson.From(JsonSerializer.Serialize(new Stored(filter, maybeTwice), JsonSerializerOptions.Web)),
                note, all));
            batch.BatchCommands.Add(new AuditEntry(
                who, action == Retry ? AuditAction.BulkRetry : AuditAction.BulkDiscard, Name(filter, all), Note: note).Row());
        }, cancel);
        return id;
    }

    public async Task<Progress?> FindAsync(Guid id, CancellationToken cancel) => (await database.ReadAsync(
        "select id, at, who, action, note, total, done, skipped, finished_at from orders.bulks where id = $1", [id], Read,
        cancel)).SingleOrDefault();

    /// <summary>The newest first.</summary>
    public Task<List<Progress>> LatestAsync(int limit, CancellationToken cancel) => database.ReadAsync(
        "select id, at, who, action, note, total, done, skipped, finished_at from orders.bulks order by at desc limit $1", [limit], Read,
        cancel);

    internal sealed record Stored(FailureFilter Filter, bool MaybeTwice);

    private static string Name(FailureFilter filter, int count) =>
        $"{count} {filter.State}: " + (filter.Only is { } some
            ? $"a selection of {some.Count}"
            : string.Join(", ", new[] { filter.Partner, filter.Effect, filter.Error }.OfType<string>().DefaultIfEmpty("all")));

    private static Progress Read(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetFieldValue<DateTimeOffset>(1), row.GetString(2), row.GetString(3), row.GetString(4),
        row.GetInt32(5), row.GetInt32(6), row.GetInt32(7), row.GetFieldValue<DateTimeOffset?>(8));
}
