using Npgsql;
using Storefront.Jobs.Database;

namespace Storefront.Jobs.Orders;

/// <summary>One thing a person did in the back office. Written by the transaction that did it.</summary>
/// <param name="Who">The name they signed in with.</param>
/// <param name="Action">A name of <see cref="AuditAction"/>.</param>
/// <param name="Subject">What it was done to, for people.</param>
/// <param name="Note">Why, in their own words.</param>
public sealed record AuditEntry(string Who, string Action, string Subject, Guid? OrderId = null, string? Note = null)
{
    internal NpgsqlBatchCommand Row() => Sql.InBatch(
        "insert into orders.audit (who, action, subject, order_id, note) values ($1, $2, left($3, 200), $4, left($5, 1000))", Who, Action,
        Subject, OrderId, Note);
}

/// <summary>Stored: rename none.</summary>
public static class AuditAction
{
    public const string SendAgain = "send-again";
    public const string Discard = "set-aside";
    public const string Cancel = "cancel";
    public const string Release = "release";
    public const string BulkRetry = "bulk-retry";
    public const string BulkDiscard = "bulk-discard";
    public const string Switch = "switch";
    public const string RunNow = "run-now";
    public const string HandleRepair = "handle-repair";
    public const string Export = "export";

    /// <summary>Who works in the back office, and as what.</summary>
    public const string Staff = "staff";

    /// <summary>A key for a program that calls the API.</summary>
    public const string ApiKey = "api-key";

    /// <summary>A command of Hangfire's dashboard.</summary>
    public const string Dashboard = "dashboard";

    public static readonly IReadOnlyList<string> All = [SendAgain, Discard, Cancel, Release, BulkRetry, BulkDiscard, Switch, RunNow,
        HandleRepair, Export, Staff, ApiKey, Dashboard];

    /// <summary>As people read it.</summary>
    public static string Words(string action) => action switch
    {
        Discard => "discard",
        HandleRepair => "resolve finding",
        ApiKey => "API key",
        _ => action.Replace('-', ' '),
    };
}
