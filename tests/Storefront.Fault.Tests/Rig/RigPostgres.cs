using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Storefront.Sandbox.Postgres;

namespace Storefront.Fault.Tests.Rig;

/// <summary>A durable cluster of the rig's own (fsync on, as the sandbox starts it), which can be stopped as a power cut would and started again.</summary>
internal sealed class RigPostgres : IAsyncDisposable
{
    private readonly Cluster cluster;
    private readonly string folder;
    private readonly Guard guard;

    private RigPostgres(Cluster cluster, string folder, Guard guard, NpgsqlConnectionStringBuilder address)
    {
        (this.cluster, this.folder, this.guard) = (cluster, folder, guard);
        Port = address.Port;
        Address = new(address.ConnectionString) { Database = "storefront" };
        Admin = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(Address.ConnectionString) { Pooling = false, Timeout = 5 });
    }

    public int Port { get; }

    /// <summary>Of the shop's database.</summary>
    public NpgsqlConnectionStringBuilder Address { get; }

    /// <summary>The rig's own way in, past every proxy; a connection each time, since the server is restarted under it.</summary>
    public NpgsqlDataSource Admin { get; }

    public static async Task<RigPostgres> StartAsync(string folder, Guard guard)
    {
        var cluster = await Cluster.OpenAsync(folder, PostgresSources.OfThisMachine(), Quiet, CancellationToken.None);
        var address = await cluster.EnsureRunningAsync(Quiet, CancellationToken.None);
        await using (var server = NpgsqlDataSource.Create(address.ConnectionString))
            await server.CreateCommand("create database storefront").ExecuteNonQueryAsync();
        var postgres = new RigPostgres(cluster, folder, guard, address);
        guard.Began(postgres.Running()!.ProcessId);
        return postgres;
    }

    /// <summary>What <c>pg_ctl stop -m immediate</c> does: no checkpoint, no goodbye. Then a start, which recovers from the log.</summary>
    public async Task RestartImmediatelyAsync()
    {
        if (Running() is { } server)
        {
            using (var quit = Process.Start("kill", ["-s", "QUIT", server.ProcessId.ToString(CultureInfo.InvariantCulture)])) await quit.WaitForExitAsync();
            while (server.MayBeAlive()) await Task.Delay(20);
            guard.Ended(server.ProcessId);
        }

        var address = await cluster.EnsureRunningAsync(Quiet, CancellationToken.None);
        if (address.Port != Port) throw new InvalidOperationException($"Postgres came back on port {address.Port} instead of {Port}: somebody took it.");
        guard.Began(Running()!.ProcessId);
    }

    /// <summary>Ends every session of the shop; returns how many there were.</summary>
    public async Task<long> TerminateBackendsAsync() => (long)(await Admin.CreateCommand(
        "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = 'storefront' and pid <> pg_backend_pid()").ExecuteScalarAsync())!;

    public async Task RunAsync(string sql) => await Admin.CreateCommand(sql).ExecuteNonQueryAsync();

    public async ValueTask DisposeAsync()
    {
        await Admin.DisposeAsync();
        var server = Running();
        await cluster.StopAsync();
        if (server is not null) guard.Ended(server.ProcessId);
    }

    private Postmaster? Running() => Postmaster.Read(ClusterHome.Find(folder)!);

    private static void Quiet(string progress)
    {
        // What the server does is written down by whoever caused it.
    }
}
