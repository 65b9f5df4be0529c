using Npgsql;

namespace Storefront.Jobs.Database;

/// <summary>
/// A connection that breaks around COMMIT leaves nobody knowing whether it happened. What recognises its own first time, by a lease
/// or a key, is written again: the second time says.
/// </summary>
internal static class InDoubt
{
    // A restart of Postgres takes a second or two; a shopper may be waiting.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <param name="write">Is told whether it may have happened already.</param>
    public static async Task<T> RepeatAsync<T>(TimeProvider clock, Func<bool, Task<T>> write, CancellationToken cancel)
    {
        var began = clock.GetTimestamp();
        for (var again = false; ; again = true)
        {
            try
            {
                return await write(again);
            }
            catch (NpgsqlException outage) when (IsOutage(outage) && clock.GetElapsedTime(began) < Patience)
            {
                await Task.Delay(Pause, clock, cancel);
            }
        }
    }

    // A server that goes down says so in words, and may have committed before it did.
    private static bool IsOutage(NpgsqlException fault) =>
        fault is not PostgresException { SqlState: var state }
        || state is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow;
}
