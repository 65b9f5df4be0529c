using System.Diagnostics;
using Npgsql;
using Storefront.Sandbox.Postgres;

namespace Storefront.Tests.Sandbox.Postgres;

/// <summary>A data directory for one test class, with difficult characters in its path. It is deleted afterwards.</summary>
public sealed class SandboxFolder : IDisposable
{
    private const string Awkward = "a $HOME of `its` own, zażółć & co.";

    private readonly DirectoryInfo above = Directory.CreateTempSubdirectory("storefront-sandbox-");

    public SandboxFolder()
    {
        OpenToOthers(true);
        Path = above.CreateSubdirectory(Awkward).FullName;
    }

    public string Path { get; }

    /// <summary>The cluster's own folder, wherever it really is.</summary>
    public string Home => ClusterHome.Find(Path)!;

    /// <summary>Whether users other than ours may enter it, as the one that root has to hand the server to.</summary>
    public void OpenToOthers(bool open)
    {
        const UnixFileMode ours = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        if (!OperatingSystem.IsWindows())
            above.UnixFileMode = open ? ours | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute : ours;
    }

    public Task<SandboxPostgres> StartAsync() => SandboxPostgres.StartAsync(Path, _ => { }, TestContext.Current.CancellationToken);

    internal Task<SandboxPostgres> StartAsync(PostgresSources sources) =>
        SandboxPostgres.StartAsync(Path, sources, _ => { }, TestContext.Current.CancellationToken);

    /// <summary>A process that is not a server, of the user that the server runs as.</summary>
    public async Task<Process> StartStrangerAsync()
    {
        var account = await ServerAccount.ForAsync(Home, TestContext.Current.CancellationToken);
        var start = OperatingSystem.IsWindows()
            ? new ProcessStartInfo("ping", ["-n", "600", "127.0.0.1"]) { CreateNoWindow = true }
            : new ProcessStartInfo("sleep", ["600"]) { WorkingDirectory = "/" };
        if (account.Name is { } user)
            start.UserName = user;
        return Process.Start(start)!;
    }

    public static async Task<T> AskAsync<T>(SandboxPostgres server, string sql)
    {
        await using var connection = new NpgsqlConnection(server.ConnectionString + ";Pooling=false");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }

    public void Dispose()
    {
        if (Directory.Exists(Path) && ClusterHome.Find(Path) is { } home)
            Directory.Delete(home, recursive: true);
        above.Delete(recursive: true);
    }
}
