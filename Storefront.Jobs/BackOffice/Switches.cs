using System.Collections.Frozen;
using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Jobs.Orders;

namespace Storefront.Jobs.BackOffice;

/// <summary>
/// What people have set by hand: a partner, a queue or a recurring job paused, a circuit held open. Kept in Postgres, so that every node
/// obeys and a restart forgets nothing; each node looks once a second.
/// </summary>
public sealed class Switches(NpgsqlDataSource database)
{
    public const string Paused = "paused", Running = "running", Open = "open", Closed = "closed";

    private FrozenDictionary<string, Switch> latest = FrozenDictionary<string, Switch>.Empty;

    /// <param name="Target"><c>partner/Email</c>, <c>queue/default</c>, <c>job/reconcile-orders</c> or <c>circuit/Email</c>.</param>
    /// <param name="Position">One of the constants here.</param>
    public sealed record Switch(string Target, string Position, DateTimeOffset At, string Who, string Reason)
    {
        public bool Holds => Position is Paused or Open;
    }

    public static string Partner(string name) => $"partner/{name}";
    public static string Queue(string name) => $"queue/{name}";
    public static string Job(string id) => $"job/{id}";
    public static string Circuit(string partner) => $"circuit/{partner}";

    /// <summary>As this node saw them last; at most a second or so old.</summary>
    public IReadOnlyDictionary<string, Switch> Seen => latest;

    internal Switch? Hold(string target) => latest.TryGetValue(target, out var one) && one.Holds ? one : null;

    /// <summary>Whether a person holds a partner's work, its circuit or its queue still.</summary>
    internal bool HoldsQueue(string queue, string partner) =>
        (Hold(Queue(queue)) ?? Hold(Partner(partner)) ?? Hold(Circuit(partner))) is not null;

    public Task<List<Switch>> AllAsync(CancellationToken cancel) => database.ReadAsync(
        "select target, position, at, who, reason from orders.switches order by target", [],
        row => new Switch(row.GetString(0), row.GetString(1), row.GetFieldValue<DateTimeOffset>(2), row.GetString(3), row.GetString(4)),
        cancel);

    /// <param name="target">Made by one of the methods here.</param>
    /// <param name="reason">For the colleague who wonders; a sentence.</param>
    public async Task SetAsync(string target, string position, string who, string reason, CancellationToken cancel)
    {
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(Sql.InBatch("""
            insert into orders.switches (target, position, who, reason) values ($1, $2, $3, left($4, 1000))
            on conflict (target) do update set position = excluded.position, at = excluded.at, who = excluded.who, reason = excluded.reason
            """, target, position, who, reason));
        if (position == Running) batch.BatchCommands.Add(BringForward(target));
        batch.BatchCommands.Add(new AuditEntry(who, AuditAction.Switch, $"{target} {position}", Note: reason).Row());
        await Conflicts.RepeatAsync(() => batch.ExecuteNonQueryAsync(cancel));
        await LookAsync(cancel);
    }

    internal async Task<IReadOnlyDictionary<string, Switch>> LookAsync(CancellationToken cancel) =>
        latest = (await AllAsync(cancel)).ToFrozenDictionary(one => one.Target);

    // What waited for the target goes on at the next look at the schedule, rather than whenever its pause would have ended by itself.
    private static NpgsqlBatchCommand BringForward(string target) => Sql.InBatch("""
        update hangfire.set s set score = extract(epoch from now())
        from hangfire.job j join hangfire.state t on t.id = j.stateid
        where s.key = 'schedule' and j.id = split_part(s.value, ':', -1)::bigint and j.statename = 'Scheduled' and t.reason = $1
        """, PauseFilter.Reason(target));
}
