using System.Collections.Concurrent;
using Hangfire.Common;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Queue;
using Storefront.Jobs.Telemetry;

namespace Storefront.Jobs.Alerts;

/// <summary>
/// Tells a person, by a durable job. Of each kind once in a while, however many nodes see it and however often: Postgres decides, and an
/// outage of an hour is four messages.
/// </summary>
public sealed class Alarm(
    NpgsqlDataSource database, TransactionalJobs jobs, IOptions<WebhookOptions> options, TimeProvider clock, ILogger<Alarm> log) : IAlarm
{
    // Shoppers wait while this is asked, and in an outage all of them would ask.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<AlertKind, long> asked = new();

    public async Task RaiseAsync(AlertKind kind, string what)
    {
        if (!options.Value.IsOn || WasAskedLately(kind)) return;
        try
        {
            if (await jobs.WithFreeIdsAsync(() => WriteAsync(kind, what))) jobs.Committed();
        }
        catch (NpgsqlException outage)
        {
            log.NotTold(outage, kind);
        }
    }

    private async Task<bool> WriteAsync(AlertKind kind, string what)
    {
        await using var connection = await database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        if (!await ClaimAsync(connection, kind)) return false;
        await using var batch = new NpgsqlBatch(connection, transaction);
        var (id, at) = (Guid.NewGuid(), clock.GetUtcNow());
        var job = Job.FromExpression<SendAlert>(job => job.RunAsync(id, EnumName.Of(kind), what, at, CancellationToken.None));
        await jobs.EnqueueInAsync(batch, [new(job, Queues.Critical)], CancellationToken.None);
        await batch.ExecuteNonQueryAsync();
        await transaction.CommitAsync();
        return true;
    }

    private async Task<bool> ClaimAsync(NpgsqlConnection connection, AlertKind kind)
    {
        await using var claim = new NpgsqlCommand("""
            insert into orders.alerts as last (kind, raised_at) values ($1, now())
            on conflict (kind) do update set raised_at = excluded.raised_at where last.raised_at < now() - $2
            """, connection)
        {
            Parameters = { new() { Value = EnumName.Of(kind) }, new() { Value = options.Value.Quiet } },
        };
        return await claim.ExecuteNonQueryAsync() == 1;
    }

    private bool WasAskedLately(AlertKind kind)
    {
        var now = clock.GetTimestamp();
        if (asked.TryGetValue(kind, out var last) && clock.GetElapsedTime(last, now) < Pause) return true;
        asked[kind] = now;
        return false;
    }
}
