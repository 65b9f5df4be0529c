using Npgsql;

namespace Storefront.Jobs.Database;

/// <summary>
/// If a connection breaks during COMMIT, nobody knows whether the commit happened. A write that recognises its own first attempt, by a
/// lease or a key, is repeated, and the repeat finds out. So is a write after <see cref="Conflicts"/>.
/// </summary>
internal static class ConnectionLoss
{
    // A restart of Postgres takes a second or two; a shopper may be waiting.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <param name="write">Is told whether it may have happened already.</param>
    public static async Task<T> RetryAsync<T>(TimeProvider clock, Func<bool, Task<T>> write, CancellationToken cancel)
    {
        var began = clock.GetTimestamp();
        var maybeHappened = false;
        while (true)
        {
            try
            {
                return await Conflicts.RepeatAsync(() => write(maybeHappened));
            }
            catch (NpgsqlException fault) when (PostgresFaults.IsOutage(fault) && clock.GetElapsedTime(began) < Patience)
            {
                // A server that goes down says so in words, and may have committed before it did.
                maybeHappened = true;
                await Task.Delay(Pause, clock, cancel);
            }
        }
    }
}
