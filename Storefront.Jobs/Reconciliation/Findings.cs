using Microsoft.Extensions.Logging;
using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Jobs.Telemetry;

namespace Storefront.Jobs.Reconciliation;

/// <summary>Writes down what comparing with Inventory found, and tells a person of what it cannot mend.</summary>
internal sealed class Findings(NpgsqlDataSource database, IAlarm alarm, ILogger<Findings> log)
{
    private const string LeftToPerson = "nothing, for a human: ";

    /// <summary>Something that was mended.</summary>
    public Task MendedAsync(string kind, Guid order, string found, string done, CancellationToken cancel)
    {
        log.Differs(order, found);
        return WriteAsync(
            "insert into orders.repairs (kind, subject, found, done) values ($1, $2, $3, $4)", kind, order, found, done, cancel);
    }

    /// <summary>
    /// Something that a person has to decide. Written down once, however often it is found. The next round of
    /// <see cref="ReconcileOrders"/> tells of it: a round of comparing may find hundreds.
    /// </summary>
    /// <param name="why">What was tried, or why nothing was.</param>
    public Task LeftToPersonAsync(string kind, Guid order, string found, string why, CancellationToken cancel)
    {
        log.Differs(order, found);
        return WriteAsync("""
            insert into orders.repairs (kind, subject, found, done, untold)
            select $1, $2, $3, $4, true where not exists (
                select 1 from orders.repairs where kind = $1 and subject = $2 and found = $3 and done like 'nothing%')
            """, kind, order, found, LeftToPerson + why, cancel);
    }

    /// <summary>Tells people of what they have not been told of yet. One alert stands for all.</summary>
    public async Task TellAsync(CancellationToken cancel)
    {
        var latest = await database.ReadAsync(
            "select id, subject, found, done from orders.repairs where untold order by id desc limit 1", [],
            row => (Id: row.GetInt64(0), Order: row.GetString(1), What: $"{row.GetString(2)}; {row.GetString(3)[LeftToPerson.Length..]}"),
            cancel);
        foreach (var (id, order, what) in latest)
            if (await alarm.RaiseAsync(AlertKind.LeftToPerson, $"Order {order} needs a person: {what}."))
                await database.ExecuteAsync("update orders.repairs set untold = false where untold and id <= $1", [id], cancel);
    }

    private async Task WriteAsync(string insert, string kind, Guid order, string found, string done, CancellationToken cancel)
    {
        var written = await database.ExecuteAsync(insert, [kind, order.ToString(), found, done], cancel);
        Measures.Repairs.Add(written, new KeyValuePair<string, object?>(Tags.Kind, kind));
    }
}
