using System.Diagnostics;

namespace Storefront.Sandbox.Postgres;

/// <summary>Locks that the operating system lets go of when their holder dies, kill -9 included.</summary>
internal static class LockFile
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Any number may share, as long as nobody holds it alone.</summary>
    public static FileStream Share(string path) => new(path, FileMode.OpenOrCreate, FileAccess.Read, FileShare.Read);

    /// <summary>Held alone, or null when anybody else holds or shares it now.</summary>
    public static FileStream? TryHold(string path)
    {
        try
        {
            return new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException taken) when (taken.GetType() == typeof(IOException))
        {
            return null;
        }
    }

    public static async Task<FileStream> HoldAsync(string path, CancellationToken cancel)
    {
        var waited = Stopwatch.StartNew();
        while (true)
        {
            if (TryHold(path) is { } held)
                return held;
            if (waited.Elapsed > Patience)
                throw new SandboxUnavailableException(
                    $"Another process has held {path} for {Patience.TotalMinutes:0} minutes: end it and start again.");
            await Task.Delay(Pause, cancel);
        }
    }
}
