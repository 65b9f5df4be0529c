using Microsoft.EntityFrameworkCore.Storage;

namespace Storefront.Jobs.Database;

/// <summary>
/// A deadlock or a serialisation failure: the transaction was rolled back in favour of another one. Nothing of it happened, so every write
/// may be repeated, and soon succeeds.
/// </summary>
internal static class Conflicts
{
    public const int MaxRepeats = 5;

    public static Task RepeatAsync(Func<Task> transaction) => RepeatAsync(async () =>
    {
        await transaction();
        return true;
    });

    /// <param name="transaction">The whole transaction; it begins anew each time.</param>
    public static async Task<T> RepeatAsync<T>(Func<Task<T>> transaction)
    {
        for (var repeats = 0; ; repeats++)
        {
            try
            {
                return await transaction();
            }
            catch (Exception fault) when (PostgresFaults.IsConflict(fault) && repeats < MaxRepeats)
            {
                // By now the other transaction has its locks.
            }
        }
    }
}

/// <summary>The same for what Entity Framework reads and saves.</summary>
public sealed class RepeatedConflicts(ExecutionStrategyDependencies dependencies)
    : ExecutionStrategy(dependencies, Conflicts.MaxRepeats, maxRetryDelay: TimeSpan.FromSeconds(1))
{
    protected override bool ShouldRetryOn(Exception exception) => PostgresFaults.IsConflict(exception);
}
