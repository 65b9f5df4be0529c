namespace Storefront.Benchmarks;

/// <summary>The queues that are written for Node, installed once beside the program.</summary>
internal static class Node
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "node");

    /// <summary>Null, or a sentence that says why they cannot take part.</summary>
    public static async Task<string?> PrepareAsync()
    {
        var installed = Path.Combine(Folder, "node_modules", ".package-lock.json"); // npm's note of what it installed
        if (File.Exists(installed) && File.GetLastWriteTimeUtc(installed) >= File.GetLastWriteTimeUtc(Path.Combine(Folder, "package-lock.json"))) return null;
        try
        {
            await BenchmarkServer.RunAsync("npm", "ci", "--prefix", Folder, "--no-audit", "--no-fund");
            return null;
        }
        catch (Exception fault) when (fault is System.ComponentModel.Win32Exception or InvalidOperationException)
        {
            return $"graphile-worker takes no part: it needs Node and npm ({fault.Message}).";
        }
    }

    public static string Script(string name) => Path.Combine(Folder, name);

    /// <summary>As libpq and pg read it.</summary>
    public static string Uri(Npgsql.NpgsqlConnectionStringBuilder to) => $"postgres://{to.Username}:{to.Password}@{to.Host}:{to.Port}/{to.Database}";
}
