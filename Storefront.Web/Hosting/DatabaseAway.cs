using Microsoft.AspNetCore.Diagnostics;
using Npgsql;
using Storefront.Web.Api;

namespace Storefront.Web.Hosting;

/// <summary>
/// A database that is away, full or not to be written to is nobody's fault who asks: a client hears 503 and when to come back, and so does a browser, by
/// the page for it. What was under way may have happened; a repeat under the same key says.
/// </summary>
internal sealed class DatabaseAway(ILogger<DatabaseAway> log) : IExceptionHandler
{
    // A failover takes a few seconds.
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(3);

    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (CauseOf(exception) is not { } cause) return false;
        log.DatabaseAway(cause.Message);
        httpContext.Response.Headers.RetryAfter = Problems.Seconds(RetryAfter);
        if (!FaultPages.IsApi(httpContext)) return false; // the page follows
        await Problems.Of(
            503, "database_unavailable", "The shop's database is away for a moment.",
            "Repeat the call after the seconds that Retry-After says, an order under the same key: it is taken once.").ExecuteAsync(httpContext);
        return true;
    }

    /// <summary>What says that the database is away; null: something else is wrong.</summary>
    public static NpgsqlException? CauseOf(Exception? fault)
    {
        for (; fault is not null; fault = fault.InnerException)
            if (fault is NpgsqlException database) return database is not PostgresException answer || IsAway(answer.SqlState) ? database : null;
        return null;
    }

    private static bool IsAway(string state) => state.StartsWith("08", StringComparison.Ordinal) || state.StartsWith("53", StringComparison.Ordinal) || state
        is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow
        or PostgresErrorCodes.ReadOnlySqlTransaction // a primary of yesterday, after a failover
        or PostgresErrorCodes.QueryCanceled or PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.ObjectNotInPrerequisiteState // takes no connections
        or PostgresErrorCodes.InvalidCatalogName or PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification;
}
