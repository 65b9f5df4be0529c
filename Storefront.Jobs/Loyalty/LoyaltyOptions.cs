using System.ComponentModel.DataAnnotations;
using Storefront.Jobs.Partners;

namespace Storefront.Jobs.Loyalty;

/// <summary>Section <c>Partners:Loyalty</c>. Without an address, the shop has no loyalty points.</summary>
public sealed class LoyaltyOptions : JobPartnerOptions
{
    /// <summary>For each unit of the shop's currency. The points of an order are rounded down. Default 1.</summary>
    [Range(0.01, 1000)]
    public double PointsPerUnit { get; set; } = 1;

    internal long PointsFor(decimal total) => (long)Math.Min(total * (decimal)PointsPerUnit, Credit.MaxPoints);
}
