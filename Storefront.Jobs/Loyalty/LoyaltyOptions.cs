using System.ComponentModel.DataAnnotations;
using Storefront.Jobs.Partners;

namespace Storefront.Jobs.Loyalty;

/// <summary>Section <c>Partners:Loyalty</c>. Without an address, the shop has no loyalty points.</summary>
public sealed class LoyaltyOptions : JobPartnerOptions
{
    /// <summary>For each whole unit of the shop's currency. Default 1.</summary>
    [Range(0.01, 1000)]
    public double PointsPerUnit { get; set; } = 1;

    internal override bool IsOptional => true;

    /// <summary>Of an order's total, rounded down.</summary>
    internal long PointsFor(decimal total) => (long)Math.Min(total * (decimal)PointsPerUnit, MostPoints);

    // The partner's limit for one entry.
    private const long MostPoints = 1_000_000_000;
}
