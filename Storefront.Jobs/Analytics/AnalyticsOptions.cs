using Storefront.Jobs.Partners;

namespace Storefront.Jobs.Analytics;

/// <summary>Section <c>Partners:Analytics</c>; the key is the source's write key.</summary>
public sealed class AnalyticsOptions : JobPartnerOptions;
