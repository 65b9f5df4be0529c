using Hangfire.Server;
using Npgsql;

namespace Storefront.Jobs.Queue.Storage;

/// <summary>Adds up counters and deletes what has expired, a little at a time, so that neither a lock nor bloat is noticed.</summary>
internal sealed class Sweeper(NpgsqlDataSource database) : IBackgroundProcess
{
    private const int Batch = 500;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan BetweenBatches = TimeSpan.FromMilliseconds(50);

    // One statement sees one snapshot: what it adds is what it deletes, whatever is counted meanwhile.
    private static readonly string AddUp = $"""
        with counted as (
            delete from hangfire.counter where id in (select id from hangfire.counter order by id limit {Batch} for update skip locked)
            returning key, value, expireat),
        added as (
            insert into hangfire.aggregatedcounter as total (key, value, expireat)
            select key, sum(value), max(expireat) from counted group by key order by key
            on conflict (key) do update set value = total.value + excluded.value, expireat = greatest(total.expireat, excluded.expireat))
        select count(*) from counted
        """;

    private static readonly string[] Expiring = ["job", "list", "set", "hash", "counter", "aggregatedcounter"];

    public void Execute(BackgroundProcessContext context)
    {
        Drain(AddUp, context);
        foreach (var table in Expiring) Drain(Expire(table), context);
        context.Wait(Interval);
    }

    public override string ToString() => nameof(Sweeper);

    internal static string Expire(string table) => $"""
        with expired as (
            delete from hangfire.{table} where id in (
                select id from hangfire.{table} where expireat < now() order by expireat limit {Batch} for update skip locked)
            returning 1)
        select count(*) from expired
        """;

    private void Drain(string sql, BackgroundProcessContext context)
    {
        long done;
        do
        {
            using var command = database.CreateCommand(sql);
            done = (long)command.ExecuteScalar()!;
            if (done >= Batch) context.Wait(BetweenBatches);
        } while (done >= Batch && !context.IsStopping);
    }
}
