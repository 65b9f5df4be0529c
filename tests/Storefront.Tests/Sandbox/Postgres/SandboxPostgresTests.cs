using System.Diagnostics;
using Npgsql;
using Storefront.Sandbox.Postgres;
using Storefront.Tests.Support;
using static Storefront.Tests.Sandbox.Postgres.SandboxFolder;

namespace Storefront.Tests.Sandbox.Postgres;

/// <summary>All tests use one cluster. Each finds it stopped and leaves it stopped.</summary>
public sealed class SandboxPostgresTests(SandboxFolder folder) : IClassFixture<SandboxFolder>
{
    [Fact]
    public async Task A_restarted_server_keeps_its_data()
    {
        await using (var first = await folder.StartAsync())
            await AskAsync<long>(first, "CREATE TABLE IF NOT EXISTS kept (word text); INSERT INTO kept VALUES ('here'); SELECT 1::bigint");

        await using var second = await folder.StartAsync();

        (await AskAsync<string>(second, "SELECT word FROM kept LIMIT 1")).ShouldBe("here");
    }

    [Fact]
    public async Task A_stopped_server_does_not_answer()
    {
        var server = await folder.StartAsync();
        await server.DisposeAsync();

        await Should.ThrowAsync<NpgsqlException>(() => AskAsync<int>(server, "SELECT 1"));
        Postmaster.Read(folder.Home).ShouldBeNull();
    }

    [Fact]
    public async Task A_server_killed_during_a_write_keeps_what_was_committed()
    {
        await using var first = await folder.StartAsync();
        await AskAsync<long>(first, "CREATE TABLE survives (n int); INSERT INTO survives VALUES (1); SELECT 1::bigint");
        var killed = Postmaster.Read(folder.Home)!;

        using (var process = Process.GetProcessById(killed.ProcessId))
            process.Kill();
        await Eventually.Async(() => Task.FromResult(killed.MayBeAlive()), alive => !alive, "the killed server is gone");
        await using var second = await folder.StartAsync();

        (await AskAsync<long>(second, "SELECT count(*) FROM survives")).ShouldBe(1);
        Postmaster.Read(folder.Home)!.ProcessId.ShouldNotBe(killed.ProcessId);
    }

    [Fact]
    public async Task A_server_left_running_by_a_killed_app_is_used_again()
    {
        // A kill -9 of an app leaves a running server and no lock.
        var left = await Cluster.OpenAsync(folder.Path, PostgresSources.OfThisMachine(), _ => { }, TestContext.Current.CancellationToken);
        await left.EnsureRunningAsync(_ => { }, TestContext.Current.CancellationToken);
        var running = Postmaster.Read(folder.Home);

        await using (var next = await folder.StartAsync())
        {
            (await AskAsync<int>(next, "SELECT 1")).ShouldBe(1);
            Postmaster.Read(folder.Home).ShouldBe(running);
        }

        Postmaster.Read(folder.Home).ShouldBeNull();
    }

    [Fact]
    public async Task A_stale_pid_file_is_ignored_even_if_another_process_has_its_number()
    {
        await using (await folder.StartAsync())
        {
        }

        // PostgreSQL itself would refuse to start here, because a living process of its own user has the number.
        using var stranger = await folder.StartStrangerAsync();
        try
        {
            await File.WriteAllTextAsync(
                Postmaster.FileIn(folder.Home),
                $"{stranger.Id}\n{folder.Home}\n0\n5432\n\n127.0.0.1\n0 0\nready\n",
                TestContext.Current.CancellationToken);
            await using var server = await folder.StartAsync();

            (await AskAsync<int>(server, "SELECT 1")).ShouldBe(1);
        }
        finally
        {
            stranger.Kill();
        }
    }

    [Fact]
    public async Task Two_apps_share_a_server_and_the_last_one_stops_it()
    {
        var both = await Task.WhenAll(folder.StartAsync(), folder.StartAsync());
        both[0].ConnectionString.ShouldBe(both[1].ConnectionString);

        await both[0].DisposeAsync();
        (await AskAsync<int>(both[1], "SELECT 1")).ShouldBe(1);

        await both[1].DisposeAsync();
        Postmaster.Read(folder.Home).ShouldBeNull();
    }

    [Fact]
    public async Task The_remains_of_a_killed_initdb_are_deleted()
    {
        using var fresh = new SandboxFolder();
        Directory.CreateDirectory(Path.Combine(fresh.Path, "postgres.new", "cluster", "half"));

        await using (var server = await fresh.StartAsync())
            (await AskAsync<int>(server, "SELECT 1")).ShouldBe(1);

        Directory.GetFileSystemEntries(fresh.Path).ShouldNotContain(entry => entry.EndsWith(".new", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_server_is_durable_and_private_and_listens_on_the_loopback_address_only()
    {
        await using var server = await folder.StartAsync();

        foreach (var setting in new[] { "fsync", "synchronous_commit", "full_page_writes", "data_checksums" })
            (await AskAsync<string>(server, $"SHOW {setting}")).ShouldBe("on", setting);
        (await AskAsync<string>(server, "SHOW listen_addresses")).ShouldBe("127.0.0.1");
        (await AskAsync<string>(server, "SHOW unix_socket_directories")).ShouldBe("");
        (await AskAsync<string>(server, "SHOW max_prepared_transactions")).ShouldBe("0");
        new NpgsqlConnectionStringBuilder(server.ConnectionString).Port.ShouldNotBe(5432);
        await Should.ThrowAsync<PostgresException>(
            () => new NpgsqlConnection(server.ConnectionString + ";Password=wrong;Pooling=false").OpenAsync());
        if (!OperatingSystem.IsWindows())
            File.GetUnixFileMode(Path.Combine(folder.Home, "cluster", "storefront.password"))
                .ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }
}
