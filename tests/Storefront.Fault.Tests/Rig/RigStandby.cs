using Npgsql;
using Storefront.Sandbox.Postgres;

namespace Storefront.Fault.Tests.Rig;

/// <summary>Makes a standby of a running server: a copy that follows it, with a folder and a port of its own.</summary>
internal static class RigStandby
{
    /// <summary>Null: not on this machine. The package that npm serves has the server alone.</summary>
    public static string? BaseBackup { get; } = PostgresSources.OfThisMachine().Folders
        .Select(folder => Path.Combine(folder, "pg_basebackup")).FirstOrDefault(File.Exists);

    /// <returns>Its cluster, which is not running yet.</returns>
    public static async Task<Cluster> CopyAsync(NpgsqlConnectionStringBuilder primary, string folder, CancellationToken cancel)
    {
        Directory.CreateDirectory(folder);
        var account = await ServerAccount.ForAsync(null, cancel);
        await ClusterHome.CreateAsync(folder, account, home => CopyAsync(primary, account, home, cancel), cancel);
        return await Cluster.OpenAsync(folder, PostgresSources.OfThisMachine(), _ => { }, cancel);
    }

    private static async Task CopyAsync(NpgsqlConnectionStringBuilder primary, ServerAccount account, string home, CancellationToken cancel)
    {
        await account.TakeOverAsync(home, cancel);
        var source = $"host={primary.Host} port={primary.Port} user={primary.Username} password={primary.Password} sslmode=disable";
        // With -R the copy starts as a standby of the server that it was copied from. The slot keeps the WAL that it has not read yet.
        var copied = await account.RunAsync(
            BaseBackup!, ["-D", ClusterHome.Data, "-d", source, "-R", "-X", "stream", "-C", "-S", "standby", "-c", "fast"],
            home, cancel);
        if (!copied.Succeeded) throw new InvalidOperationException($"pg_basebackup could not copy the server into {home}: {copied.Output}");
    }
}
