namespace Storefront.Sandbox.Postgres;

/// <summary>
/// <c>postgres</c> in the data directory: the <c>cluster</c> and its <c>server.log</c>.
/// A symbolic link when the server's user cannot reach the data directory itself.
/// </summary>
internal static class ClusterHome
{
    public const string Data = "cluster";

    private static readonly string[] PlacesForRoot = ["/var/lib/storefront-sandbox", "/var/tmp/storefront-sandbox"];

    /// <summary>The real path of a complete home, or null.</summary>
    public static string? Find(string dataDirectory)
    {
        var place = PlaceIn(dataDirectory);
        var home = RealPath(place);
        if (Directory.Exists(home))
            return home;

        // A link whose target somebody removed: the data are gone, and so is what it stood for.
        File.Delete(place);
        return null;
    }

    /// <summary>
    /// Complete or absent: <paramref name="fill"/> works under another name, and what a kill leaves there is swept away by the next.
    /// </summary>
    public static async Task<string> CreateAsync(
        string dataDirectory, ServerAccount account, Func<string, Task> fill, CancellationToken cancel)
    {
        var unfinished = PlaceIn(dataDirectory) + ".new";
        Sweep(unfinished);
        if (await account.CanReachAsync(dataDirectory, cancel))
            CreatePrivate(unfinished);
        else
            Directory.CreateSymbolicLink(unfinished, await ReserveElsewhereAsync(account, cancel));

        await fill(RealPath(unfinished));
        Directory.Move(unfinished, PlaceIn(dataDirectory));
        return RealPath(PlaceIn(dataDirectory));
    }

    private static async Task<string> ReserveElsewhereAsync(ServerAccount account, CancellationToken cancel)
    {
        foreach (var place in PlacesForRoot)
        {
            Directory.CreateDirectory(place);
            if (await account.CanReachAsync(place, cancel))
            {
                var home = Path.Combine(place, Guid.CreateVersion7().ToString("n"));
                CreatePrivate(home);
                return home;
            }
        }

        throw new SandboxUnavailableException(
            $"The user {account.Name}, which is to run PostgreSQL, can reach neither Sandbox:DataDirectory nor "
                + $"{string.Join(" nor ", PlacesForRoot)}: "
            + "set Sandbox:DataDirectory to a folder that everybody may enter, or start the shop as an ordinary user.");
    }

    private static void CreatePrivate(string directory)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(directory);
        else
            Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static void Sweep(string unfinished)
    {
        var real = RealPath(unfinished);
        if (Directory.Exists(real))
            Directory.Delete(real, recursive: true);
        File.Delete(unfinished);
    }

    private static string PlaceIn(string dataDirectory) => Path.Combine(dataDirectory, "postgres");

    private static string RealPath(string place) =>
        new FileInfo(place).LinkTarget is { } target ? Path.GetFullPath(target, Path.GetDirectoryName(place)!) : place;
}
