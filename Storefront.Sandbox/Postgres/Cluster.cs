using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Npgsql;

namespace Storefront.Sandbox.Postgres;

/// <summary>One PostgreSQL cluster on disk and the server on it. Call it only while holding the data directory's lock.</summary>
internal sealed partial class Cluster(string home, ServerAccount account, PostgresBinaries binaries)
{
    private const string Superuser = "storefront";
    private const int StartAttempts = 5;
    private const long LogLimit = 16 * 1024 * 1024;

    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Given on the command line, so that they hold whatever an older version of the shop or a person wrote into the cluster.
    /// </summary>
    private static readonly string[] Settings =
    [
        "listen_addresses=127.0.0.1",
        "unix_socket_directories=",
        "fsync=on",
        "synchronous_commit=on",
        "full_page_writes=on",
        "max_connections=300",
        "max_prepared_transactions=0",
        "shared_buffers=256MB",
        "max_wal_size=2GB",
        "timezone=UTC",
        "log_timezone=UTC",
    ];

    public static async Task<Cluster> OpenAsync(
        string dataDirectory, PostgresSources sources, Action<string> progress, CancellationToken cancel)
    {
        var home = ClusterHome.Find(dataDirectory);
        var account = await ServerAccount.ForAsync(home, cancel);
        var binaries = await PostgresBinaries.FindAsync(sources, account, home is null ? null : MajorOf(home), progress, cancel);
        home ??= await ClusterHome.CreateAsync(
            dataDirectory, account, unfinished => InitialiseAsync(unfinished, account, binaries, progress, cancel), cancel);
        return new(home, account, binaries);
    }

    /// <summary>The running server, started unless one left by a killed app still runs.</summary>
    public async Task<NpgsqlConnectionStringBuilder> EnsureRunningAsync(Action<string> progress, CancellationToken cancel)
    {
        if (await AdoptAsync(cancel) is { } adopted)
        {
            progress($"Took over the PostgreSQL {binaries.Major} that runs on port {adopted.Port}.");
            return adopted;
        }

        var started = await StartAsync(cancel);
        progress($"PostgreSQL {binaries.Major} runs on port {started.Port}, its data in {home}.");
        return started;
    }

    /// <returns>Whether it stopped within 20 s; if not, it has been told to and will.</returns>
    public async Task<bool> StopAsync() =>
        (await PgCtlAsync(["stop", "-D", ClusterHome.Data, "-m", "fast", "-w", "-t", "20"], CancellationToken.None)).Succeeded;

    private static async Task InitialiseAsync(
        string home, ServerAccount account, PostgresBinaries binaries, Action<string> progress, CancellationToken cancel)
    {
        progress($"Initialising a PostgreSQL {binaries.Major} database for the sandbox, once …");
        var password = Path.Combine(home, "password");
        await WritePrivateAsync(password, RandomNumberGenerator.GetHexString(32, lowercase: true), cancel);
        await account.TakeOverAsync(home, cancel);

        var made = await account.RunAsync(
            binaries["initdb"],
            ["-D", ClusterHome.Data, "-U", Superuser, "--pwfile=password", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C",
                "--data-checksums"],
            home, cancel);
        if (!made.Succeeded)
            throw new SandboxUnavailableException($"PostgreSQL's initdb could not make a database in {home}: {made.LastLine}");
        File.Move(password, PasswordFile(home));
    }

    private async Task<NpgsqlConnectionStringBuilder?> AdoptAsync(CancellationToken cancel)
    {
        if (Postmaster.Read(home) is not { } left)
            return null;

        // It may be starting, recovering or shutting down: wait until it answers or is gone.
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(StartPatience);
        while (left.MayBeAlive())
        {
            if (await AnswersAsync(left.Port, cancel))
                return AddressOf(left.Port);
            if (patience.IsCancellationRequested && !cancel.IsCancellationRequested)
                throw new SandboxUnavailableException(
                    $"Process {left.ProcessId} seems to be the sandbox's PostgreSQL but has not answered for "
                        + $"{StartPatience.TotalSeconds:0} s: "
                    + $"end it, or if it is not, delete {Postmaster.FileIn(home)}.");
            await Task.Delay(Pause, cancel);
        }

        // Certainly not a server, whoever has the number now. PostgreSQL would stop here if that process belongs to the same user.
        File.Delete(Postmaster.FileIn(home));
        return null;
    }

    private async Task<NpgsqlConnectionStringBuilder> StartAsync(CancellationToken cancel)
    {
        TrimLog();
        var port = LastPort() is { } last && ServerPort.IsFree(last) ? last : ServerPort.Free();
        for (var attempt = 1; ; attempt++)
        {
            var started = await PgCtlAsync(
                ["start", "-D", ClusterHome.Data, "-l", "server.log", "-w", "-t", $"{StartPatience.TotalSeconds:0}", "-o", Options(port)],
                cancel);
            if (started.Succeeded)
                return AddressOf(port);
            if (attempt == StartAttempts)
                throw new SandboxUnavailableException(
                    $"PostgreSQL {binaries.Major} did not start; {Path.Combine(home, "server.log")} says why: {LastComplaint()}");

            // Somebody took the port in between, or the last processes of a killed server are still leaving.
            await Task.Delay(Pause * attempt, cancel);
            port = ServerPort.Free();
        }
    }

    private Task<CommandResult> PgCtlAsync(IEnumerable<string> arguments, CancellationToken cancel) =>
        // Relative names from within: pg_ctl puts them into a shell's line, and the path above may hold any character.
        account.RunAsync(binaries["pg_ctl"], arguments, home, cancel);

    private string Options(int port)
    {
        string[] preload = binaries.HasLibrary("pg_stat_statements") ? ["shared_preload_libraries=pg_stat_statements"] : [];
        return $"-p {port} " + string.Join(' ', Settings.Concat(preload).Select(setting => "-c " + setting));
    }

    private NpgsqlConnectionStringBuilder AddressOf(int port) => new()
    {
        Host = "127.0.0.1",
        Port = port,
        Database = "postgres",
        Username = Superuser,
        Password = File.ReadAllText(PasswordFile(home)).Trim(),
        SslMode = SslMode.Disable,
        GssEncryptionMode = GssEncryptionMode.Disable,
    };

    private async Task<bool> AnswersAsync(int port, CancellationToken cancel)
    {
        var address = AddressOf(port);
        address.Pooling = false;
        address.Timeout = 3;
        await using var connection = new NpgsqlConnection(address.ConnectionString);
        try
        {
            await connection.OpenAsync(cancel);
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    /// <summary>The port of the last run if it is free, so that a psql command in a shell's history works again.</summary>
    private int? LastPort()
    {
        var options = Path.Combine(home, ClusterHome.Data, "postmaster.opts");
        return File.Exists(options) && PortOption().Match(File.ReadAllText(options)) is { Success: true } match
            ? int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture)
            : null;
    }

    private void TrimLog()
    {
        var log = new FileInfo(Path.Combine(home, "server.log"));
        if (log is { Exists: true, Length: > LogLimit })
            log.MoveTo(log.FullName + ".1", overwrite: true);
    }

    private string LastComplaint()
    {
        var log = Path.Combine(home, "server.log");
        return File.Exists(log)
            ? File.ReadLines(log).LastOrDefault(line => line.Contains("FATAL", StringComparison.Ordinal), "no reason")
            : "it was never written";
    }

    private static string PasswordFile(string home) => Path.Combine(home, ClusterHome.Data, "storefront.password");

    private static int MajorOf(string home) =>
        int.Parse(File.ReadAllText(Path.Combine(home, ClusterHome.Data, "PG_VERSION")), CultureInfo.InvariantCulture);

    private static async Task WritePrivateAsync(string path, string text, CancellationToken cancel)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using var file = new StreamWriter(path, options);
        await file.WriteAsync(text.AsMemory(), cancel);
    }

    [GeneratedRegex("""
        "-p" "(\d+)"
        """)]
    private static partial Regex PortOption();
}
