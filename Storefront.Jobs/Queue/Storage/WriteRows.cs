namespace Storefront.Jobs.Queue.Storage;

/// <summary>All the writes' rows side by side, each with the number of its write.</summary>
internal sealed class WriteRows
{
    public WriteRows(List<JobWrite> writes)
    {
        for (var n = 0; n < writes.Count; n++)
        {
            var write = writes[n];
            var created = write.Jobs.Select(job => job.Id).ToHashSet();
            foreach (var (job, change) in write.Changes)
                if (!created.Contains(job)) Changes.Add((n, job, change));
            // Also what only belongs to a job needs the job's row: it must be there, and nobody else may have it locked.
            foreach (var job in write.TouchedJobs.Distinct())
                if (!write.Changes.ContainsKey(job) && !created.Contains(job)) Changes.Add((n, job, new JobChange()));
            foreach (var job in write.Jobs)
            {
                Jobs.Add((n, job, write.Changes.GetValueOrDefault(job.Id)));
                foreach (var (name, value) in job.Parameters) JobParameters.Add((n, job.Id, name, value));
            }

            foreach (var state in write.States) States.Add((n, state));
            foreach (var queued in write.Queued) Queued.Add((n, queued));
            foreach (var fence in write.Fences) Fences.Add((n, fence));
            foreach (var counter in write.Counters) Counters.Add((n, counter));
            foreach (var ((key, value), score) in write.Members)
                (score is null ? Removed : Added).Add((n, key, value, score));
            foreach (var ((job, name), value) in write.JobParameters) JobParameters.Add((n, job, name, value));
            Locked.UnionWith(write.TouchedJobs);
        }
    }

    public SortedSet<long> Locked { get; } = [];
    public List<(int N, long Job, JobChange Row)> Changes { get; } = [];
    public List<(int N, NewJobRow Row, JobChange? Change)> Jobs { get; } = [];
    public List<(int N, StateRow Row)> States { get; } = [];
    public List<(int N, LeaseLock Row)> Fences { get; } = [];
    public List<(int N, QueueRow Row)> Queued { get; } = [];
    public List<(int N, CounterRow Row)> Counters { get; } = [];
    public List<(int N, string Key, string Value, double? Score)> Removed { get; } = [];
    public List<(int N, string Key, string Value, double? Score)> Added { get; } = [];
    public List<(int N, long Job, string Name, string? Value)> JobParameters { get; } = [];
}
