namespace Storefront.Jobs.Database;

internal static class LiveJob
{
    /// <summary>
    /// Whether Hangfire still means to run the job <c>j</c>; null where there is none. A job that says it is enqueued or running
    /// stands in a queue until it has ended: one that stands in none has been lost.
    /// </summary>
    public const string Sql = "(j.statename = 'Scheduled' or exists (select 1 from hangfire.jobqueue q where q.jobid = j.id))";
}
