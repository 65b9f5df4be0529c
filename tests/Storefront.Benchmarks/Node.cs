namespace Storefront.Benchmarks;

/// <summary>The queues that are written for Node, installed once beside the program.</summary>
internal static class Node
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "node");

    /// <summary>Null, or a sentence that says why they cannot take part.</summary>
    public static async Task<string?> PrepareAsync()
    {
        var wanted = await File.ReadAllTextAsync(Path.Combine(Folder, "package-lock.json"));
        var installed = Path.Combine(Folder, "node_modules", "installed.json");
        if (File.Exists(installed) && await File.ReadAllTextAsync(installed) == wanted) return null;
        try
        {
            await Child.RunAsync(new("npm", ["ci", "--prefix", Folder, "--no-audit", "--no-fund"]));
            await File.WriteAllTextAsync(installed, wanted);
            return null;
        }
        catch (Exception fault) when (fault is System.ComponentModel.Win32Exception or InvalidOperationException)
        {
            return $"graphile-worker and pg-boss take no part: they need Node 20 and npm ({fault.Message}).";
        }
    }

    public static string Script(string name) => Path.Combine(Folder, name);

    /// <summary>As libpq and pg read it.</summary>
    public static string Uri(Npgsql.NpgsqlConnectionStringBuilder to) =>
        $"postgres://{to.Username}:{to.Password}@{to.Host}:{to.Port}/{to.Database}";
}
