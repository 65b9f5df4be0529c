namespace Storefront.Sandbox.Postgres;

/// <summary>Where this machine may have PostgreSQL's programs, or the means to fetch them.</summary>
/// <param name="Folders">Looked into in this order.</param>
/// <param name="Npm">Null when there is none.</param>
/// <param name="Cache">Where programs fetched once are kept for every clone of the shop.</param>
internal sealed record PostgresSources(IReadOnlyList<string> Folders, string? Npm, string Cache)
{
    public static PostgresSources OfThisMachine()
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Where(Path.IsPathFullyQualified)
            .ToList();
        var npm = path
            .Select(folder => Path.Combine(folder, OperatingSystem.IsWindows() ? "npm.cmd" : "npm"))
            .FirstOrDefault(File.Exists);
        return new([.. path.Concat(InstallFolders()).Distinct()], npm, CacheFolder());
    }

    private static IEnumerable<string> InstallFolders() =>
        OperatingSystem.IsWindows() ? Versions(ProgramFiles("PostgreSQL"), "*", "bin")
        : OperatingSystem.IsMacOS() ?
        [
            .. Versions("/opt/homebrew/opt", "postgresql*", "bin"),
            .. Versions("/usr/local/opt", "postgresql*", "bin"),
            .. Versions("/Applications/Postgres.app/Contents/Versions", "*", "bin"),
            .. Versions("/Library/PostgreSQL", "*", "bin"),
        ]
        :
        [
            .. Versions("/usr/lib/postgresql", "*", "bin"),
            .. Versions("/usr", "pgsql-*", "bin"),
            .. Versions("/usr/libexec", "postgresql*", ""),
            "/usr/local/pgsql/bin",
        ];

    private static IEnumerable<string> Versions(string parent, string pattern, string below) =>
        !Directory.Exists(parent) ? [] : Directory.EnumerateDirectories(parent, pattern)
            .OrderByDescending(VersionIn)
            .Select(version => Path.Combine(version, below));

    private static double VersionIn(string folder) =>
        double.TryParse(string.Concat(Path.GetFileName(folder).Where(c => char.IsAsciiDigit(c) || c == '.')), out var version)
            ? version : 0;

    private static string ProgramFiles(string name) =>
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles), name);

    private static string CacheFolder()
    {
        const string name = "storefront-sandbox";

        // Root's own cache is closed to the unprivileged user that will run what is in it.
        if (ServerAccount.IsNeeded)
            return Path.Combine("/var/cache", name);
        if (OperatingSystem.IsWindows())
            return Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), name);
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        if (OperatingSystem.IsMacOS())
            return Path.Combine(home, "Library", "Caches", name);
        return Path.Combine(Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache
            ? cache : Path.Combine(home, ".cache"), name);
    }
}
