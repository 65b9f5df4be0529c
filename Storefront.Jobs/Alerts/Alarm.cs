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

    private readonly ConcurrentDictionary<string, long> asked = new();

    public async Task<bool> RaiseAsync(AlertKind kind, string what, string? subject = null)
    {
        var key = subject is null ? EnumName.Of(kind) : $"{EnumName.Of(kind)}/{subject}";
        if (!options.Value.IsOn) return true;
        if (WasAskedLately(key)) return false;
        try
        {
            if (await jobs.WithFreeIdsAsync(() => WriteAsync(kind, key, what))) jobs.Committed();
            return true;
        }
        catch (NpgsqlException outage)
        {
            log.NotTold(outage, kind);
            return false;
        }
    }

    private async Task<bool> WriteAsync(AlertKind kind, string key, string what)
    {
        await using var connection = await database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        if (!await ClaimAsync(connection, key)) return false;
        await using var batch = new NpgsqlBatch(connection, transaction);
        var (id, at) = (Guid.NewGuid(), clock.GetUtcNow());
        var job = Job.FromExpression<SendAlert>(job => job.RunAsync(id, EnumName.Of(kind), what, at, CancellationToken.None));
        await jobs.EnqueueInAsync(batch, [new(job, Queues.Critical)], CancellationToken.None);
        await batch.ExecuteNonQueryAsync();
        await transaction.CommitAsync();
        return true;
    }

    private async Task<bool> ClaimAsync(NpgsqlConnection connection, string key)
    {
        await using var claim = new NpgsqlCommand("""
            insert into orders.alerts as last (kind, raised_at) values ($1, now())
            on conflict (kind) do update set raised_at = excluded.raised_at where last.raised_at < now() - $2
            """, connection)
        {
            Parameters = { new() { Value = key }, new() { Value = options.Value.Quiet } },
        };
        return await claim.ExecuteNonQueryAsync() == 1;
    }

    private bool WasAskedLately(string key)
    {
        var now = clock.GetTimestamp();
        if (asked.TryGetValue(key, out var last) && clock.GetElapsedTime(last, now) < Pause) return true;
        asked[key] = now;
        return false;
    }
}
