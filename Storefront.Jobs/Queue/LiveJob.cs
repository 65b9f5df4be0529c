namespace Storefront.Jobs.Queue;

internal static class LiveJob
{
    /// <summary>
    /// Whether the job <c>j</c> will still be run; not true where there is none. It will where it stands in a queue, whether somebody has
    /// taken it or not, or in the schedule. What its state says proves nothing: a job in no queue and in no schedule has been lost.
    /// </summary>
    public const string Sql = """
        (exists (select from hangfire.jobqueue q where q.jobid = j.id)
         or j.statename = 'Scheduled' and exists (
             select from hangfire.set m
             where m.key = 'schedule' and m.value in (j.id::text, (j.invocationdata ->> 'Queue') || ':' || j.id)))
        """;
}
