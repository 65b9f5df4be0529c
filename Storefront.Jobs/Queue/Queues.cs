namespace Storefront.Jobs.Queue;

/// <summary>Hangfire's queues, by what waits on them.</summary>
public static class Queues
{
    /// <summary>A shopper is looking at a page, or stock is held for nobody.</summary>
    public const string Critical = "critical";

    public const string Default = "default";
}
