using System.Globalization;
using Npgsql;

namespace Storefront.Benchmarks.Outage;

/// <summary>So far: commits, rows of state, bytes of WAL, calls to Email.</summary>
internal sealed record Counters(double Commits, double States, double Wal, double Calls);

/// <summary>The shop's database, as the outage is seen in it.</summary>
internal sealed class OutageDatabase(string connection) : IAsyncDisposable
{
    private const string Waiting = "hangfire.jobqueue where queue = 'email' and fetchedat is null";

    private readonly NpgsqlDataSource source =
        NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connection) { CommandTimeout = 0 }.ConnectionString);

    public async Task<Counters> CountAsync() => new(
        await AskAsync("select xact_commit from pg_stat_database where datname = current_database()"),
        await AskAsync("select n_tup_ins from pg_stat_user_tables where schemaname = 'hangfire' and relname = 'state'"),
        await AskAsync("select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')"),
        await AskAsync("select count(*) from orders.calls where partner = 'Email'"));

    /// <summary>From an order's placing to the delivery of its event, in ms, of those delivered within this time.</summary>
    public Task<double> EventP99Async(TimeSpan within) => AskAsync(string.Create(CultureInfo.InvariantCulture, $"""
        select coalesce(percentile_cont(0.99) within group (order by extract(epoch from d.delivered_at - o.placed_at) * 1000), 0)
        from orders.deliveries d join orders.orders o on o.id = d.order_id
        where d.effect = 'order-placed-event' and d.delivered_at > now() - interval '{within.TotalSeconds} seconds'
        """));

    /// <summary>
    /// Writes to disk what was changed, and gives the planner its statistics. The first change of a page after a checkpoint writes the
    /// whole page to the WAL, so what is compared has to begin with one.
    /// </summary>
    public async Task SettleAsync()
    {
        await RunAsync("vacuum analyze");
        await RunAsync("checkpoint");
    }

    public async Task<bool> IsOpenAsync() =>
        await AskAsync("select count(*) from hangfire.storefront_gate where name = 'Email' and position <> 'open'") == 0;

    /// <summary>Why the gate is closed; empty: it is open.</summary>
    public async Task<string> ReasonAsync()
    {
        await using var command = source.CreateCommand("select reason from hangfire.storefront_gate where name = 'Email'");
        return await command.ExecuteScalarAsync() as string ?? "";
    }

    /// <summary>Until the next try, in s.</summary>
    public Task<double> BreakAsync() => AskAsync(
        "select coalesce(max(extract(epoch from probe_at - now())), 0) from hangfire.storefront_gate where name = 'Email'");

    /// <summary>Withdraws what waits for Email. The rows stay, so that the tables are as large as before.</summary>
    public async Task WithdrawAsync()
    {
        while (await AskAsync($"select count(*) from {Waiting}") > 100)
            await RunAsync($"""
                with gone as (delete from {Waiting} returning jobid),
                cancelled as (update orders.deliveries set state = 'cancelled' where job_id in (select jobid from gone))
                update hangfire.job set statename = 'Deleted' where id in (select jobid from gone)
                """);
    }

    public ValueTask DisposeAsync() => source.DisposeAsync();

    private async Task RunAsync(string sql)
    {
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private async Task<double> AskAsync(string sql)
    {
        await using var command = source.CreateCommand(sql);
        return Convert.ToDouble(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture);
    }
}
