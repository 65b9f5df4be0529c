using System.ComponentModel.DataAnnotations;
using Storefront.Jobs.Partners;

namespace Storefront.Jobs.Inventory;

/// <summary>Section <c>Partners:Inventory</c>.</summary>
public sealed class InventoryOptions : PartnerOptions
{
    /// <summary>For one attempt while a shopper waits. Default 1.2.</summary>
    [Range(0.05, 60)]
    public double AttemptTimeoutSeconds { get; set; } = 1.2;

    /// <summary>For all attempts while a shopper waits. Default 4.</summary>
    [Range(0.1, 60)]
    public double TotalTimeoutSeconds { get; set; } = 4;

    /// <summary>Attempts after the first while a shopper waits. Default 2.</summary>
    [Range(0, 5)]
    public int Retries { get; set; } = 2;

    /// <summary>Shoppers who may wait for Inventory at once; more are told at once that it is busy. Default 200.</summary>
    [Range(1, 10_000)]
    public int ConcurrentCalls { get; set; } = 200;

    /// <summary>For the stock shown beside products, after which the page says that it cannot tell. Default 0.8.</summary>
    [Range(0.05, 60)]
    public double StockTimeoutSeconds { get; set; } = 0.8;

    /// <summary>For one call of a job. Default 10.</summary>
    [Range(0.1, 300)]
    public double JobTimeoutSeconds { get; set; } = 10;

    /// <summary>What a shopper is told to wait when Inventory did not say. Default 10.</summary>
    [Range(1, 3600)]
    public int RetryAfterSeconds { get; set; } = 10;

    /// <summary>How long an order whose answer is unknown is kept open before it is given up. Default 15.</summary>
    [Range(0.05, 1440)]
    public double GiveUpAfterMinutes { get; set; } = 15;

    internal TimeSpan TotalTimeout => TimeSpan.FromSeconds(TotalTimeoutSeconds);
    internal TimeSpan StockTimeout => TimeSpan.FromSeconds(StockTimeoutSeconds);
    internal override TimeSpan LongestCall => JobTimeout;
    internal TimeSpan JobTimeout => TimeSpan.FromSeconds(JobTimeoutSeconds);
    internal TimeSpan RetryAfter => TimeSpan.FromSeconds(RetryAfterSeconds);
    internal TimeSpan GiveUpAfter => TimeSpan.FromMinutes(GiveUpAfterMinutes);
}
