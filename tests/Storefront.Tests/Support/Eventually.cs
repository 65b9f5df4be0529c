using System.Diagnostics;

namespace Storefront.Tests.Support;

/// <summary>Waits for a condition, with a deadline far beyond what a healthy run needs.</summary>
public static class Eventually
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    /// <summary>Returns the first value that satisfies the condition. Fails after the deadline with the last value.</summary>
    public static async Task<T> Async<T>(Func<Task<T>> read, Func<T, bool> condition, string because)
    {
        for (var watch = Stopwatch.StartNew(); ; await Task.Delay(25, TestContext.Current.CancellationToken))
        {
            var value = await read();
            if (condition(value)) return value;
            if (watch.Elapsed > Deadline)
                throw new TimeoutException($"Waited {Deadline.TotalSeconds:0} s in vain until {because}; last seen: {value}");
        }
    }
}
