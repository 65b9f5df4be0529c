using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Storefront.Jobs.Telemetry;

/// <summary>
/// The spans of an order's way, from the page to the partners' answers. Calls over HTTP and pages are named by their own libraries.
/// </summary>
public static class Spans
{
    public const string Source = "Storefront";

    /// <summary>All that a shopper waits for.</summary>
    public const string Checkout = "checkout";

    /// <summary>Asking for stock, all attempts of it.</summary>
    public const string Reserve = "inventory.reserve";

    /// <summary>Order, ledger and jobs become true. The jobs of an order follow from it.</summary>
    public const string Commit = "commit order";

    /// <summary>Followed by the effect's name: <c>deliver order-confirmation</c>.</summary>
    public const string Deliver = "deliver";

    internal static readonly ActivitySource Ours = new(Source);

    /// <summary>What the work under way is known by, as a W3C <c>traceparent</c>; null where nobody collects it.</summary>
    public static string? Current =>
        Ours.HasListeners() && Activity.Current is { Recorded: true, IdFormat: ActivityIdFormat.W3C } span ? span.Id : null;

    internal static Activity? StartCommit() => Ours.StartActivity(Commit, ActivityKind.Producer)?.SetTag("db.system.name", "postgresql");

    /// <summary>Names the order in the span and in every line that is logged until the result is disposed.</summary>
    public static IDisposable? ForOrder(this ILogger log, Guid orderId)
    {
        Activity.Current?.SetTag(Tags.Order, orderId.ToString());
        return log.BeginScope(new OrderScope(orderId));
    }

    // A log formatter prints the pairs or the sentence, as it likes.
    private sealed class OrderScope(Guid orderId) : List<KeyValuePair<string, object?>>([new("OrderId", orderId)])
    {
        public override string ToString() => $"OrderId:{this[0].Value}";
    }
}

/// <summary>What spans and measurements say of themselves. None may name a person.</summary>
internal static class Tags
{
    public const string Order = "storefront.order.id";
    public const string Attempt = "storefront.delivery.attempt";
    public const string Outcome = "storefront.outcome";
    public const string Caller = "storefront.caller";
    public const string Effect = "storefront.effect";
    public const string State = "storefront.state";
    public const string Kind = "storefront.kind";
    public const string Job = "storefront.job";
    public const string Queue = "storefront.queue";
    public const string Partner = "storefront.partner";
    public const string Endpoint = "storefront.endpoint";
    public const string Operation = "storefront.operation";
    public const string Error = "error.type";
}
