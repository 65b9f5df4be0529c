using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Jobs.Queue.Gates;
using Storefront.Jobs.Telemetry;

namespace Storefront.Jobs.Alerts;

/// <summary>
/// Tells a person once when a partner is down, and once when it is back and stays so, however many nodes see it. It is told first and
/// marked afterwards: if this process dies in between, the quiet time of the same subject keeps the next one from telling it twice.
/// </summary>
internal sealed class IncidentAlerts(NpgsqlDataSource database, IAlarm alarm)
{
    private const string LongEnough = "interval '30 seconds'";

    public async Task RaiseAsync(CancellationToken cancel)
    {
        var begun = await database.ReadAsync($"""
            select id, partner, cause, began_at from {GateTable.Incidents}
            where not begin_told and coalesce(ended_at, now()) - began_at > {LongEnough}
            """, [], row => (Id: row.GetInt64(0), Partner: row.GetString(1), Cause: row.GetString(2),
                At: row.GetFieldValue<DateTimeOffset>(3)), cancel);
        foreach (var (id, partner, cause, at) in begun)
            if (await alarm.RaiseAsync(AlertKind.PartnerDown,
                $"{partner} is down since {at:u}. {cause} Its deliveries wait, and are sent when it is back.", $"{id}/begin"))
                await database.ExecuteAsync($"update {GateTable.Incidents} set begin_told = true where id = $1", [id], cancel);

        var ended = await database.ReadAsync($"""
            select id, partner, ended_at - began_at, coalesce(delayed, 0) from {GateTable.Incidents}
            where begin_told and not end_told and ended_at < now() - {GateTable.Steady}
            """, [], row => (Id: row.GetInt64(0), Partner: row.GetString(1), Length: row.GetTimeSpan(2), Delayed: row.GetInt64(3)), cancel);
        foreach (var (id, partner, length, delayed) in ended)
            if (await alarm.RaiseAsync(AlertKind.PartnerDown,
                $"{partner} is back after {length.TotalMinutes:0.0} minutes. {delayed} deliveries waited, and are being sent.",
                $"{id}/end"))
                await database.ExecuteAsync($"update {GateTable.Incidents} set end_told = true where id = $1", [id], cancel);
    }
}
