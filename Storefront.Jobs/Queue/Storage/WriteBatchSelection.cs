namespace Storefront.Jobs.Queue.Storage;

/// <summary>Writes that one statement can do: none of them touches what another one touches.</summary>
internal sealed class WriteBatchSelection(int most)
{
    private readonly HashSet<long> jobs = [];
    private readonly HashSet<(string, string)> members = [];
    private bool alone;

    public List<JobWrite> Writes { get; } = [];

    public bool TryAdd(JobWrite write)
    {
        var wantsAlone = write.Alone || write.Statements.Count > 0;
        if (alone || Writes.Count == most || wantsAlone && Writes.Count > 0) return false;
        if (write.TouchedJobs.Any(jobs.Contains) || write.Members.Keys.Any(members.Contains)) return false;

        jobs.UnionWith(write.TouchedJobs);
        members.UnionWith(write.Members.Keys);
        alone = wantsAlone;
        Writes.Add(write);
        return true;
    }
}
