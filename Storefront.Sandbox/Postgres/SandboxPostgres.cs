using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Npgsql;

namespace Storefront.Sandbox.Postgres;

/// <summary>
/// A real Postgres of its own, for a machine where none is configured: a cluster in the sandbox's folder, kept between runs, on a port of
/// its own of the loopback. Started by whoever comes first, adopted by whoever comes later, stopped by whoever leaves last.
/// </summary>
public sealed class SandboxPostgres : IAsyncDisposable
{
    private const string Database = "storefront";

    private readonly UserCount users;
    private readonly string binaries;
    private readonly string cluster;

    private SandboxPostgres(UserCount users, string binaries, string cluster, string connectionString) =>
        (this.users, this.binaries, this.cluster, ConnectionString) = (users, binaries, cluster, connectionString);

    /// <summary>To the database <c>storefront</c>, as its owner.</summary>
    public string ConnectionString { get; }

    /// <param name="progress">Told a sentence before anything that takes more than a moment.</param>
    /// <exception cref="SandboxUnavailableException">There is no server on this machine and none could be fetched, or it does not start.</exception>
    public static Task<SandboxPostgres> StartAsync(string dataDirectory, Action<string> progress, CancellationToken cancel) =>
        StartAsync(dataDirectory, progress, PostgresBinaries.UsualFolders, cancel);

    internal static async Task<SandboxPostgres> StartAsync(
        string dataDirectory, Action<string> progress, IReadOnlyList<string> folders, CancellationToken cancel)
    {
        Directory.CreateDirectory(dataDirectory);
        var binaries = await new PostgresBinaries(progress, folders).FindAsync(cancel);
        var users = new UserCount(Path.Combine(dataDirectory, "postgres.users"));
        using var alone = await users.AloneAsync(cancel);

        var cluster = await ClusterFolder.OfAsync(dataDirectory, cancel);
        if (!File.Exists(Path.Combine(cluster, "PG_VERSION"))) await InitializeAsync(binaries, cluster, progress, cancel);
        if (!await IsRunningAsync(binaries, cluster, cancel)) await StartServerAsync(binaries, cluster, cancel);
        users.Enter();

        var connection = new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1", Port = await PortAsync(cluster, cancel), Username = "storefront",
            Password = (await File.ReadAllTextAsync(PasswordFile(cluster), cancel)).Trim(), Database = Database,
        };
        await CreateDatabaseAsync(connection, cancel);
        return new(users, binaries, cluster, connection.ConnectionString);
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        using (await users.AloneAsync(CancellationToken.None))
            if (users.LeaveAsLast()) await Unprivileged.RunAsync(Program(binaries, "pg_ctl"), ["stop", "-D", cluster, "-m", "fast", "-w", "-t", "30"], CancellationToken.None);
        users.Dispose();
    }

    // In a draft folder that gets its name when it is whole, so that a kill in the middle leaves nothing half made.
    private static async Task InitializeAsync(string binaries, string cluster, Action<string> progress, CancellationToken cancel)
    {
        progress("Setting up a database of its own for the sandbox, once …");
        var draft = cluster + ".draft";
        if (Directory.Exists(draft)) Directory.Delete(draft, recursive: true);
        Directory.CreateDirectory(draft);

        var password = RandomNumberGenerator.GetHexString(32, lowercase: true);
        var passwordFile = Path.Combine(Path.GetTempPath(), $"storefront-{RandomNumberGenerator.GetHexString(16)}");
        await WritePrivateAsync(passwordFile, password, cancel);
        try
        {
            await Unprivileged.OwnAsync(draft, cancel);
            await Unprivileged.OwnAsync(passwordFile, cancel);
            Check(await Unprivileged.RunAsync(
                Program(binaries, "initdb"),
                ["-D", draft, "-U", "storefront", "-A", "scram-sha-256", "--pwfile", passwordFile, "-E", "UTF8", "--locale=C", "--data-checksums"], cancel),
                "set up");
        }
        finally
        {
            File.Delete(passwordFile);
        }

        await File.AppendAllTextAsync(Path.Combine(draft, "postgresql.conf"), Settings(binaries), cancel);
        await WritePrivateAsync(PasswordFile(draft), password, cancel);
        await Unprivileged.OwnAsync(draft, cancel);
        if (Directory.Exists(cluster)) Directory.Delete(cluster, recursive: true);
        Directory.Move(draft, cluster);
    }

    // As durable as in production: nothing here is measured or proven on a database that forgets.
    private static string Settings(string binaries) =>
        $"""

        listen_addresses = '127.0.0.1'
        unix_socket_directories = ''
        max_connections = 300
        fsync = on
        synchronous_commit = on
        full_page_writes = on
        max_prepared_transactions = 0
        shared_buffers = 256MB
        max_wal_size = 2GB
        log_timezone = 'UTC'
        timezone = 'UTC'
        {(HasStatementStatistics(binaries) ? "shared_preload_libraries = 'pg_stat_statements'" : "")}

        """;

    private static bool HasStatementStatistics(string binaries) =>
        Directory.GetParent(binaries) is { } home && Directory.EnumerateFiles(home.FullName, "pg_stat_statements.so", SearchOption.AllDirectories).Any();

    private static async Task<bool> IsRunningAsync(string binaries, string cluster, CancellationToken cancel) =>
        (await Unprivileged.RunAsync(Program(binaries, "pg_ctl"), ["status", "-D", cluster], cancel)).ExitCode == 0;

    private static async Task StartServerAsync(string binaries, string cluster, CancellationToken cancel) => Check(
        await Unprivileged.RunAsync(
            Program(binaries, "pg_ctl"),
            ["start", "-D", cluster, "-w", "-t", "60", "-l", Path.Combine(cluster, "server.log"), "-o", $"-p {FreePort()}"], cancel),
        $"start (see {Path.Combine(cluster, "server.log")})");

    // The fourth line of its pid file, whoever started it.
    private static async Task<int> PortAsync(string cluster, CancellationToken cancel) =>
        int.Parse((await File.ReadAllLinesAsync(Path.Combine(cluster, "postmaster.pid"), cancel))[3], CultureInfo.InvariantCulture);

    private static async Task CreateDatabaseAsync(NpgsqlConnectionStringBuilder connection, CancellationToken cancel)
    {
        var maintenance = new NpgsqlConnectionStringBuilder(connection.ConnectionString) { Database = "postgres", Pooling = false };
        await using var session = new NpgsqlConnection(maintenance.ConnectionString);
        await session.OpenAsync(cancel);
        await using var ask = new NpgsqlCommand($"select 1 from pg_database where datname = '{Database}'", session);
        if (await ask.ExecuteScalarAsync(cancel) is not null) return;
        await using var create = new NpgsqlCommand($"create database {Database}", session);
        await create.ExecuteNonQueryAsync(cancel);
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private static async Task WritePrivateAsync(string file, string text, CancellationToken cancel)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using var writer = new StreamWriter(file, options);
        await writer.WriteLineAsync(text.AsMemory(), cancel);
    }

    private static void Check(Command.Result result, string what)
    {
        if (result.ExitCode != 0) throw new SandboxUnavailableException($"The sandbox's Postgres did not {what}: {result.LastLine}");
    }

    private static string PasswordFile(string cluster) => Path.Combine(cluster, "storefront.password");

    private static string Program(string binaries, string name) => Path.Combine(binaries, PostgresBinaries.Executable(name));
}
