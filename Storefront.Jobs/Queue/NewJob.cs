using Hangfire.Common;

namespace Storefront.Jobs.Queue;

/// <summary>A job to be written by the caller's own transaction.</summary>
/// <param name="RunAt">Not before this time; null: at once.</param>
/// <param name="TraceParent">The trace it belongs to; null: the trace of whoever creates it.</param>
public readonly record struct NewJob(Job Job, string Queue, DateTimeOffset? RunAt = null, string? TraceParent = null)
{
    /// <summary>The job parameter that carries the trace.</summary>
    public const string TraceParentParameter = "traceparent";
}
