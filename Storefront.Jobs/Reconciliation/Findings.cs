using Microsoft.Extensions.Logging;
using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Jobs.Telemetry;

namespace Storefront.Jobs.Reconciliation;

/// <summary>Writes down what comparing with Inventory found, and tells a person of what it cannot mend.</summary>
internal sealed class Findings(NpgsqlDataSource database, IAlarm alarm, ILogger<Findings> log)
{
    /// <summary>Something that was mended.</summary>
    public Task MendedAsync(string kind, Guid order, string found, string done, CancellationToken cancel)
    {
        log.Differs(order, found);
        return WriteAsync(
            "insert into orders.repairs (kind, subject, found, done) values ($1, $2, $3, $4)", kind, order, found, done, cancel);
    }

    /// <summary>Something that a person has to decide. Said once, however often it is found.</summary>
    /// <param name="why">What was tried, or why nothing was.</param>
    public async Task LeftToPersonAsync(string kind, Guid order, string found, string why, CancellationToken cancel)
    {
        log.Differs(order, found);
        var isNew = await WriteAsync("""
            insert into orders.repairs (kind, subject, found, done)
            select $1, $2, $3, $4 where not exists (
                select 1 from orders.repairs where kind = $1 and subject = $2 and found = $3 and done like 'nothing%')
            """, kind, order, found, $"nothing, for a human: {why}", cancel);
        if (isNew) await alarm.RaiseAsync(AlertKind.LeftToPerson, $"Order {order} needs a person: {found}; {why}.");
    }

    private async Task<bool> WriteAsync(string insert, string kind, Guid order, string found, string done, CancellationToken cancel)
    {
        var written = await database.ExecuteAsync(insert, [kind, order.ToString(), found, done], cancel);
        Measures.Repairs.Add(written, new KeyValuePair<string, object?>(Tags.Kind, kind));
        return written > 0;
    }
}
