using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Npgsql;
using Storefront.Jobs.Telemetry;

namespace Storefront.Jobs.Queue.Gates;

/// <summary>
/// What this process has learned of its partners, on its way to the fleet's rows. Nobody waits for it, and where Postgres is away, the next
/// failure, or the next answer, says it again.
/// </summary>
internal sealed class GateNews(GateTable table, ILogger log)
{
    private readonly ConcurrentDictionary<string, Task> underWay = new();

    /// <summary>What the row says of this partner is older than what this process knows.</summary>
    public bool IsUnderWay(string partner) => underWay.ContainsKey(partner);

    public Task ArrivedAsync(string partner, CancellationToken cancel) =>
        underWay.TryGetValue(partner, out var news) ? news.WaitAsync(cancel) : Task.CompletedTask;

    public void Tell(Gate gate, GateChange change, OpenedBy by)
    {
        var written = new TaskCompletionSource();
        underWay[gate.Name] = written.Task;
        _ = TryAsync(async () =>
        {
            try
            {
                if (change is GateChange.Closed(var reason, var wait))
                    await table.CloseAsync(gate.Name, reason, wait, CancellationToken.None);
                else await table.OpenAsync(gate.Name, gate.Queues, by, CancellationToken.None);
            }
            finally
            {
                underWay.TryRemove(gate.Name, out _);
                written.SetResult();
            }
        });
    }

    public async Task TryAsync(Func<Task> write)
    {
        try
        {
            await write();
        }
        catch (Exception outage) when (outage is NpgsqlException or TimeoutException)
        {
            log.GatesNotSeen(outage);
        }
    }
}
