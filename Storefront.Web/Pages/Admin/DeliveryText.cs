using Storefront.Jobs.Orders;

namespace Storefront.Web.Pages.Admin;

/// <summary>The status of a delivery in the words of the back office.</summary>
internal static class DeliveryText
{
    public static string Of(DeliveryState state) => state == DeliveryState.Dead ? "failed" : EnumName.Of(state);
}
