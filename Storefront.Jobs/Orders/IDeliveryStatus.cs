using Storefront.Jobs.Partners;

namespace Storefront.Jobs.Orders;

/// <summary>
/// A partner that can be asked what became of something it accepted. A partner that answers no questions implements nothing.
/// </summary>
internal interface IDeliveryStatus
{
    Partner Partner { get; }

    /// <param name="reference">The partner's own id of what it accepted.</param>
    /// <returns>The partner's own word.</returns>
    /// <exception cref="PartnerFault">It did not say.</exception>
    Task<string> StatusAsync(string reference, CancellationToken cancel);
}
