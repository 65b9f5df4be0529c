using Microsoft.Extensions.Logging;
using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Jobs.Queue;
using Storefront.Jobs.Telemetry;

namespace Storefront.Jobs.Reconciliation;

/// <param name="Kind">A constant of <see cref="Orders.RepairKind"/>.</param>
/// <param name="Found">What was wrong.</param>
/// <param name="Done">What was done about it.</param>
internal sealed record Repair(string Kind, Guid OrderId, string Found, string Done);

/// <summary>
/// Makes repairs. Each is one guarded change and one row in <c>orders.repairs</c>, in one transaction with the job that does the rest.
/// Where the change finds that somebody else was faster, there is no row, and the job finds nothing to do.
/// </summary>
internal sealed class RepairWriter(TransactionalJobs jobs, ILogger<RepairWriter> log)
{
    // Whoever holds a row for longer, perhaps a session that is idle in its transaction, delays the repair of that row alone.
    private const string WaitShortly = "select set_config('lock_timeout', '100ms', true)";

    /// <param name="change">An update. <c>$1</c> is the order's id, and the values begin with <c>$5</c>.</param>
    /// <returns>Whether anything was changed. Not where somebody else has the row locked: the next round finds it again.</returns>
    public Task<bool> MakeAsync(Repair repair, string change, object?[] values, CancellationToken cancel) =>
        MakeAsync(repair, [], change, values, cancel);

    /// <inheritdoc cref="MakeAsync(Repair, string, object[], CancellationToken)"/>
    /// <param name="change">As above; <c>$5</c> is the new job's id, and the values begin with <c>$6</c>.</param>
    public Task<bool> MakeAsync(Repair repair, NewJob job, string change, object?[] values, CancellationToken cancel) =>
        MakeAsync(repair, [job], change, values, cancel);

    private async Task<bool> MakeAsync(Repair repair, NewJob[] wanted, string change, object?[] values, CancellationToken cancel)
    {
        CrashPoint.At("repair-found");
        NpgsqlBatchCommand? command = null;
        try
        {
            await jobs.CommitAsync(async batch =>
            {
                batch.BatchCommands.Add(new(WaitShortly));
                var ids = await jobs.EnqueueInAsync(batch, wanted, cancel);
                batch.BatchCommands.Add(command = Command(repair, change, [.. ids.Cast<object?>(), .. values]));
            }, cancel);
        }
        catch (PostgresException locked) when (PostgresFaults.IsLocked(locked))
        {
            log.RepairPutOff(repair.OrderId, repair.Found);
            return false;
        }

        CrashPoint.At("repaired");
        return Count(repair, command!);
    }

    private static NpgsqlBatchCommand Command(Repair repair, string change, object?[] values) => Sql.InBatch($"""
        with changed as ({change} returning 1)
        insert into orders.repairs (kind, subject, found, done) select $2, $1::text, $3, $4 from changed
        """, [repair.OrderId, repair.Kind, repair.Found, repair.Done, .. values]);

    private static bool Count(Repair repair, NpgsqlBatchCommand command)
    {
        Measures.Repairs.Add(command.RecordsAffected, new KeyValuePair<string, object?>(Tags.Kind, repair.Kind));
        return command.RecordsAffected > 0;
    }
}
