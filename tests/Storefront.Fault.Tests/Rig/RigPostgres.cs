using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Storefront.Sandbox.Postgres;

namespace Storefront.Fault.Tests.Rig;

/// <summary>
/// A durable cluster of the rig's own (fsync on, as the sandbox starts it), which can be stopped as a power cut would and started again;
/// with a synchronous standby where the scenario wants one.
/// </summary>
internal sealed class RigPostgres : IAsyncDisposable
{
    private readonly Guard guard;
    private Server primary;
    private Server? standby;

    private RigPostgres(Server primary, Guard guard) => (this.primary, this.guard) = (primary, guard);

    public int Port => primary.Port;

    /// <summary>Null: there is none, or it has been promoted.</summary>
    public int? StandbyPort => standby?.Port;

    /// <summary>Of the shop's database.</summary>
    public NpgsqlConnectionStringBuilder Address => primary.Address;

    /// <summary>The rig's own way in, past every proxy; a connection each time, since the server is restarted under it.</summary>
    public NpgsqlDataSource Admin => primary.Admin;

    public static async Task<RigPostgres> StartAsync(string folder, Guard guard)
    {
        var cluster = await Cluster.OpenAsync(folder, PostgresSources.OfThisMachine(), Quiet, CancellationToken.None);
        var primary = new Server(cluster, folder, await cluster.EnsureRunningAsync(Quiet, CancellationToken.None));
        guard.Began(primary.Running()!.ProcessId);
        var toPostgres = new NpgsqlConnectionStringBuilder(primary.Address.ConnectionString) { Database = "postgres" };
        await using (var server = NpgsqlDataSource.Create(toPostgres))
            await server.CreateCommand("create database storefront").ExecuteNonQueryAsync();
        return new(primary, guard);
    }

    /// <summary>From here on, Postgres answers a commit only when the standby has it on disk as well.</summary>
    public async Task AddStandbyAsync(string folder)
    {
        var cluster = await RigStandby.CopyAsync(Address, folder, CancellationToken.None);
        standby = new(cluster, folder, await cluster.EnsureRunningAsync(Quiet, CancellationToken.None));
        guard.Began(standby.Running()!.ProcessId);
        await RunAsync("alter system set synchronous_standby_names = '*'");
        await RunAsync("select pg_reload_conf()");
        while (!(bool)(await Admin
            .CreateCommand("select exists (select from pg_stat_replication where sync_state = 'sync')").ExecuteScalarAsync())!)
            await Task.Delay(50);
    }

    /// <summary>
    /// The standby receives nothing more, and the primary does not wait for it: the state of an asynchronous standby that lags.
    /// </summary>
    public async Task LetStandbyLagAsync()
    {
        await RunAsync("alter system reset synchronous_standby_names");
        await RunAsync("select pg_reload_conf()");
        await standby!.Admin.CreateCommand("alter system set primary_conninfo = ''").ExecuteNonQueryAsync();
        await standby.Admin.CreateCommand("select pg_reload_conf()").ExecuteNonQueryAsync();
        while ((bool)(await standby.Admin
            .CreateCommand("select exists (select from pg_stat_wal_receiver)").ExecuteScalarAsync())!)
            await Task.Delay(50);
    }

    /// <summary>The primary is lost for good, as when its machine fails.</summary>
    public async Task KillPrimaryAsync()
    {
        var server = primary.Running()!;
        // The sessions are killed too. Otherwise they would live on for a moment, which a power cut does not allow.
        var sessions = await ProcessesAsync("pgrep", "-P", server.ProcessId.ToString(CultureInfo.InvariantCulture));
        await ProcessesAsync("kill", ["-s", "KILL", server.ProcessId.ToString(CultureInfo.InvariantCulture), .. sessions]);
        while (server.MayBeAlive()) await Task.Delay(20);
        guard.Ended(server.ProcessId);
    }

    /// <summary>Returns when the standby takes writes; from then on it is the rig's server.</summary>
    public async Task PromoteAsync()
    {
        if (!(bool)(await standby!.Admin.CreateCommand("select pg_promote(true, 25)").ExecuteScalarAsync())!)
            throw new TimeoutException("The standby was not promoted within 25 s.");
        await primary.Admin.DisposeAsync();
        (primary, standby) = (standby, null);
    }

    /// <summary>Stops Postgres like <c>pg_ctl stop -m immediate</c>, without a checkpoint, and starts it again.</summary>
    public async Task RestartImmediatelyAsync()
    {
        if (primary.Running() is { } server)
        {
            await ProcessesAsync("kill", "-s", "QUIT", server.ProcessId.ToString(CultureInfo.InvariantCulture));
            while (server.MayBeAlive()) await Task.Delay(20);
            guard.Ended(server.ProcessId);
        }

        var address = await primary.Cluster.EnsureRunningAsync(Quiet, CancellationToken.None);
        if (address.Port != Port)
            throw new InvalidOperationException($"Postgres came back on port {address.Port} instead of {Port}: somebody took it.");
        guard.Began(primary.Running()!.ProcessId);
    }

    /// <summary>Ends every session of the shop; returns how many there were.</summary>
    public async Task<long> TerminateBackendsAsync() => (long)(await Admin.CreateCommand(
        "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = 'storefront' and pid <> pg_backend_pid()")
        .ExecuteScalarAsync())!;

    public async Task RunAsync(string sql) => await Admin.CreateCommand(sql).ExecuteNonQueryAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (var server in new[] { standby, primary }.OfType<Server>())
        {
            await server.Admin.DisposeAsync();
            var running = server.Running();
            await server.Cluster.StopAsync();
            if (running is not null) guard.Ended(running.ProcessId);
        }
    }

    private static async Task<string[]> ProcessesAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        var said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return said.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
    }

    private static void Quiet(string progress)
    {
        // The caller logs what the server does.
    }

    private sealed record Server(Cluster Cluster, string Folder, NpgsqlConnectionStringBuilder Where)
    {
        public int Port => Where.Port;

        public NpgsqlConnectionStringBuilder Address { get; } = new(Where.ConnectionString) { Database = "storefront" };

        public NpgsqlDataSource Admin { get; } =
            NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(Where.ConnectionString)
            {
                Database = "storefront", Pooling = false, Timeout = 5,
            });

        public Postmaster? Running() => Postmaster.Read(ClusterHome.Find(Folder)!);
    }
}
