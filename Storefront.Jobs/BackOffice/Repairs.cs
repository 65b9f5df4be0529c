using Npgsql;
using Storefront.Jobs.Database;

namespace Storefront.Jobs.BackOffice;

/// <summary>What reconciliation found: mended by itself, or left to people.</summary>
public sealed class Repairs(NpgsqlDataSource database)
{
    /// <param name="Kind">A name of <see cref="Orders.RepairKind"/>.</param>
    /// <param name="Subject">The order or reservation it was found on.</param>
    /// <param name="HandledBy">Who dealt with what was left to people.</param>
    public sealed record Line(
        long Id, DateTimeOffset At, string Kind, string Subject, string Found, string Done, DateTimeOffset? HandledAt, string? HandledBy,
        string? HandledNote)
    {
        /// <summary>Waits for a human.</summary>
        public bool IsOpen => HandledAt is null && Done.StartsWith("nothing", StringComparison.Ordinal);
    }

    /// <param name="onlyOpen">Only what waits for a human.</param>
    /// <param name="before">Newest first; older than the line of this id.</param>
    public Task<List<Line>> PageAsync(bool onlyOpen, long? before, int limit, CancellationToken cancel)
    {
        var where = new Conditions();
        if (onlyOpen) where.And($"done like 'nothing%' and handled_at is null");
        if (before is not null) where.And($"id < {before}");
        return database.ReadAsync(
            $"select id, at, kind, subject, found, done, handled_at, handled_by, handled_note from orders.repairs {where} order by id desc "
                + $"limit {limit}", where.Values,
            row => new Line(row.GetInt64(0), row.GetFieldValue<DateTimeOffset>(1), row.GetString(2), row.GetString(3), row.GetString(4),
                row.GetString(5),
                row.GetFieldValue<DateTimeOffset?>(6), row.TextOrNull(7), row.TextOrNull(8)), cancel);
    }

    /// <param name="WithinADay">Found since this time yesterday.</param>
    /// <param name="Open">Waiting for a human.</param>
    /// <param name="LastSuccess">When reconciliation last came to its end.</param>
    public sealed record Summary(long WithinADay, long Open, DateTimeOffset? LastSuccess);

    public async Task<Summary> SummariseAsync(CancellationToken cancel) => (await database.ReadAsync("""
        select (select count(*) from orders.repairs where at > now() - interval '1 day'),
               (select count(*) from orders.repairs where done like 'nothing%' and handled_at is null),
               (select ended_at from orders.rounds where name = $1)
        """, [Reconciliation.ReconcileOrders.Id],
        row => new Summary(row.GetInt64(0), row.GetInt64(1), row.GetFieldValue<DateTimeOffset?>(2)), cancel)).Single();
}
