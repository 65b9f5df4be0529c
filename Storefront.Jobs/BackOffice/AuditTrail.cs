using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Jobs.Orders;

namespace Storefront.Jobs.BackOffice;

/// <summary>Who did what, when and why.</summary>
public sealed class AuditTrail(NpgsqlDataSource database)
{
    public sealed record Line(long Id, DateTimeOffset At, string Who, string Action, string Subject, Guid? OrderId, string? Note);

    /// <summary>For what changes nothing of ours in Postgres; whatever does writes its entry in its own transaction.</summary>
    public async Task NoteAsync(AuditEntry entry, CancellationToken cancel)
    {
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(entry.Row());
        await batch.ExecuteNonQueryAsync(cancel);
    }

    /// <param name="before">Newest first; older than the line of this id.</param>
    public Task<List<Line>> PageAsync(string? who, string? action, long? before, int limit, CancellationToken cancel)
    {
        var where = new Conditions();
        if (who is not null) where.And($"lower(who) = lower({who})");
        if (action is not null) where.And($"action = {action}");
        if (before is not null) where.And($"id < {before}");
        return database.ReadAsync(
            $"select id, at, who, action, subject, order_id, note from orders.audit {where} order by id desc limit {limit}", where.Values,
            Read, cancel);
    }

    internal Task<List<Line>> OfAsync(Guid orderId, CancellationToken cancel) => database.ReadAsync(
        "select id, at, who, action, subject, order_id, note from orders.audit where order_id = $1 order by id", [orderId], Read, cancel);

    private static Line Read(NpgsqlDataReader row) => new(
        row.GetInt64(0), row.GetFieldValue<DateTimeOffset>(1), row.GetString(2), row.GetString(3), row.GetString(4),
        row.GetFieldValue<Guid?>(5), row.TextOrNull(6));
}
