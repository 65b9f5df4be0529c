namespace Storefront.Sandbox.Postgres;

internal static class ClusterFolder
{
    /// <summary>
    /// The folder of a sandbox's cluster: <c>postgres</c> in its data directory. Where root has that directory closed to others, whom the
    /// server has to run as, it stands elsewhere, and a link in its place says where.
    /// </summary>
    public static async Task<string> OfAsync(string dataDirectory, CancellationToken cancel)
    {
        var link = Path.Combine(dataDirectory, "postgres");
        if (new FileInfo(link).LinkTarget is { } known)
        {
            if (Directory.Exists(known)) return Path.Combine(known, "cluster");
            File.Delete(link);
        }

        // The server's user needs the folder above the cluster too: initdb makes it under another name and renames it.
        var home = Unprivileged.CanReach(dataDirectory) ? link : $"/var/tmp/storefront-{Guid.NewGuid():N}";
        Directory.CreateDirectory(home);
        if (home != link) Directory.CreateSymbolicLink(link, home);
        await Unprivileged.OwnAsync(home, cancel);
        return Path.Combine(home, "cluster");
    }
}
