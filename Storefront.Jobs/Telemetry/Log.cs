using Microsoft.Extensions.Logging;

namespace Storefront.Jobs.Telemetry;

/// <summary>Every sentence this project logs. Orders are named by id, people never.</summary>
internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Information, Message = "This shop does without {Partner}: {Section}:BaseUrl is empty.")]
    public static partial void DoesWithout(this ILogger log, string partner, string section);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Reconciliation repaired {Count} orders or deliveries.")]
    public static partial void Repaired(this ILogger log, int count);

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "Order {OrderId} is not repaired yet, as somebody else has its row locked; tried again with the next round: {Found}")]
    public static partial void RepairPutOff(this ILogger log, Guid orderId, string found);

    [LoggerMessage(Level = LogLevel.Information, Message = "Forgot who placed {Orders} old orders, and the text of {Mails} mails.")]
    public static partial void Forgotten(this ILogger log, long orders, long mails);

    [LoggerMessage(Level = LogLevel.Critical,
        Message = "Reconciliation has not come to its end for {Minutes:0.0} minutes: what drifts is not repaired. The schedule is "
            + "written again; look at the job servers and at the failed jobs.")]
    public static partial void ReconciliationStandsStill(this ILogger log, double minutes);

    [LoggerMessage(Level = LogLevel.Information, Message = "Reconciliation goes on, after {Minutes:0.0} minutes without.")]
    public static partial void ReconciliationGoesOn(this ILogger log, double minutes);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The database did not say when reconciliation last came to its end.")]
    public static partial void ReconciliationNotSeen(this ILogger log, Exception outage);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The schedule could not be written again.")]
    public static partial void NotRescheduled(this ILogger log, Exception outage);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Order {OrderId} and Inventory disagree: {Found}.")]
    public static partial void Differs(this ILogger log, Guid orderId, string found);

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "Orders could not be compared with Inventory's reservations; tried again with the next round: {Why}")]
    public static partial void NotCompared(this ILogger log, string why);

    [LoggerMessage(Level = LogLevel.Critical, Message = "Delivery {Effect} of order {OrderId} is dead and needs attention: {Why}")]
    public static partial void Dead(this ILogger log, string effect, Guid orderId, string why);

    [LoggerMessage(Level = LogLevel.Error,
        Message = "{Name} broke in job {JobId}, for which no partner is to blame. "
            + "It is tried again; until it is mended, what it does stays undone.")]
    public static partial void JobBroken(this ILogger log, Exception thrown, string name, string jobId);

    [LoggerMessage(Level = LogLevel.Critical,
        Message = "Reconciliation had to repair more than {Repairs} orders or deliveries within an hour.")]
    public static partial void ManyRepairs(this ILogger log, int repairs);

    [LoggerMessage(Level = LogLevel.Error, Message = "Nobody could be told of {Kind}: the database, which keeps the message, is away.")]
    public static partial void NotTold(this ILogger log, Exception outage, AlertKind kind);

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "The job writer lost its connection, or Postgres cannot write now. "
            + "What it was writing is looked up and written again if need be.")]
    public static partial void WriterLostConnection(this ILogger log, Exception lost);

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "One of {Count} writes to the job storage cannot be written; the others are written without it.")]
    public static partial void BatchHalved(this ILogger log, Exception fault, int count);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Count} writes to the job storage failed for a reason that was not foreseen.")]
    public static partial void WriteFailed(this ILogger log, Exception fault, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Jobs could not be fetched from {Queues}; tried again shortly.")]
    public static partial void FetchFailed(this ILogger log, Exception outage, string queues);

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "The lease of job {JobId} was taken by somebody else while it ran here; whatever comes of it here does not count.")]
    public static partial void LeaseLost(this ILogger log, string jobId);

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "The lock {Resource} ran out while this process could not renew it; what is still decided under it is refused.")]
    public static partial void LockLost(this ILogger log, string resource);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} locks could not be renewed; tried again shortly.")]
    public static partial void LocksNotRenewed(this ILogger log, Exception outage, int count);

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "The lock {Resource} could not be released; others wait for up to {Seconds:0} seconds for its lease to run out.")]
    public static partial void LockNotReleased(this ILogger log, Exception outage, string resource, double seconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The leases of {Count} jobs could not be renewed; tried again shortly.")]
    public static partial void LeasesNotRenewed(this ILogger log, Exception outage, int count);

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "{Count} jobs could not be returned to their queue; others take them when their leases have run out.")]
    public static partial void JobsNotReturned(this ILogger log, Exception outage, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The switches of the back office could not be read; those seen last stay in force.")]
    public static partial void SwitchesNotSeen(this ILogger log, Exception outage);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The partners' gates could not be read or written; what is known stays in force.")]
    public static partial void GatesNotSeen(this ILogger log, Exception outage);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The gate of {Partner} is now {Position}")]
    public static partial void GateMoved(this ILogger log, string partner, string position);
}
