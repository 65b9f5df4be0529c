using System.Diagnostics;

namespace Storefront.Jobs.Database;

/// <summary>Work on very many rows, a little at a time. Pauses leave half of the database's time to everybody else.</summary>
internal static class Batches
{
    /// <param name="step">One short transaction. Returns whether there may be more to do.</param>
    public static async Task RunAsync(Func<Task<bool>> step, CancellationToken cancel)
    {
        for (var began = Stopwatch.GetTimestamp(); await step(); began = Stopwatch.GetTimestamp())
            await Task.Delay(Stopwatch.GetElapsedTime(began), cancel);
    }
}
