using Microsoft.Extensions.Logging;
using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Jobs.Telemetry;

namespace Storefront.Jobs.Orders;

/// <summary>Tells people of a delivery that is not tried again by itself.</summary>
internal sealed class DeadDeliveries(NpgsqlDataSource database, IAlarm alarm, ILogger<DeadDeliveries> log)
{
    private const string Untold = "untold and state = 'dead'";

    /// <param name="why">Without personal data.</param>
    public Task ReportAsync(string effect, Guid orderId, string why)
    {
        log.Dead(effect, orderId, why);
        return RaiseAsync(effect, orderId, why);
    }

    /// <summary>
    /// Tells people of what they may not have been told of: the alert could not be written, or the process died before. One alert stands
    /// for all. It is told first and marked afterwards: within the quiet time nobody is told twice.
    /// </summary>
    public async Task TellAsync(CancellationToken cancel)
    {
        var untold = await database.ReadAsync(
            $"select effect, order_id from orders.deliveries where {Untold} limit 1", [],
            row => (row.GetString(0), row.GetGuid(1)), cancel);
        foreach (var (effect, orderId) in untold)
            if (await RaiseAsync(effect, orderId, "its page in the back office says why."))
                await database.ExecuteAsync($"""
                    update orders.deliveries set untold = false where (order_id, effect) in (
                        select order_id, effect from orders.deliveries where {Untold} for update skip locked)
                    """, [], cancel);
    }

    private Task<bool> RaiseAsync(string effect, Guid orderId, string why) =>
        alarm.RaiseAsync(AlertKind.DeadDelivery, $"{effect} of order {orderId} is dead and needs attention: {why}");
}
