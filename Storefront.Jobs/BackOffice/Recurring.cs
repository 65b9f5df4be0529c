using Hangfire;
using Hangfire.Storage;
using Storefront.Jobs.Orders;

namespace Storefront.Jobs.BackOffice;

/// <summary>The jobs that run by the clock, and running one outside of its times.</summary>
public sealed class Recurring(JobStorage storage, IRecurringJobManager manager, AuditTrail audit)
{
    /// <param name="Cron">UTC.</param>
    /// <param name="LastState">Hangfire's name of the state its last job is in.</param>
    /// <param name="Error">Why it is not started any more, if it is not.</param>
    public sealed record Entry(
        string Id, string Cron, DateTimeOffset? Next, DateTimeOffset? Last, string? LastState, string? LastJobId, string? Error);

    public IReadOnlyList<Entry> All()
    {
        using var connection = storage.GetConnection();
        return
        [
            .. connection.GetRecurringJobs().OrderBy(job => job.Id, StringComparer.Ordinal)
                .Select(job => new Entry(job.Id, job.Cron, Utc(job.NextExecution), Utc(job.LastExecution), job.LastJobState, job.LastJobId,
                    job.Error)),
        ];
    }

    /// <returns>Null when it is on its way, or a sentence that says why it is not.</returns>
    public async Task<string?> RunNowAsync(string id, string who, CancellationToken cancel)
    {
        if (All().All(job => job.Id != id)) return $"Recurring job {id} not found.";
        await audit.NoteAsync(new AuditEntry(who, AuditAction.RunNow, id), cancel);
        manager.Trigger(id);
        return null;
    }

    private static DateTimeOffset? Utc(DateTime? time) =>
        time is { } known ? new DateTimeOffset(DateTime.SpecifyKind(known, DateTimeKind.Utc)) : null;
}
