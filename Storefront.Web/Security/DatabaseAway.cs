using Microsoft.AspNetCore.Diagnostics;
using Npgsql;
using Storefront.Web.Telemetry;

namespace Storefront.Web.Security;

/// <summary>
/// When the database is away, full or read-only, the request was not wrong: the answer is 503 with the time to come back, for a client
/// as JSON and for a browser as a page. What was under way may have happened; a repeat under the same key tells.
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
        if (!Problems.AreExpected(httpContext)) return false; // the error page answers
        await Problems.Of(
            ProblemKind.DatabaseUnavailable,
            "Repeat the call after the number of seconds in Retry-After. Repeat an order with the same key: it is placed once.")
            .ExecuteAsync(httpContext);
        return true;
    }

    /// <summary>The exception that says that the database is away; null: something else is wrong.</summary>
    public static NpgsqlException? CauseOf(Exception? fault)
    {
        for (; fault is not null; fault = fault.InnerException)
            if (fault is NpgsqlException database)
                return database is not PostgresException answer || IsAway(answer.SqlState) ? database : null;
        return null;
    }

    private static bool IsAway(string state) =>
        state.StartsWith("08", StringComparison.Ordinal) || state.StartsWith("53", StringComparison.Ordinal)
        || state is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow
            or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure // more often than we repeat it
            or "25P03" // the server ended a session that stood still within a transaction
            or PostgresErrorCodes.ReadOnlySqlTransaction // the old primary, after a failover
            or PostgresErrorCodes.QueryCanceled or PostgresErrorCodes.LockNotAvailable
            or PostgresErrorCodes.ObjectNotInPrerequisiteState // takes no connections
            or PostgresErrorCodes.InvalidCatalogName or PostgresErrorCodes.InvalidPassword
            or PostgresErrorCodes.InvalidAuthorizationSpecification;
}
