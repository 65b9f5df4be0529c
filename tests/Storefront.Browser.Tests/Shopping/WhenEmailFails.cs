using Storefront.Browser.Tests.Support;

namespace Storefront.Browser.Tests.Shopping;

public sealed class WhenEmailFails(Chromium chromium, BrowsedShop shop) : IClassFixture<BrowsedShop>
{
    [Theory, MemberData(nameof(Devices.All), MemberType = typeof(Devices))]
    public async Task A_mail_that_cannot_be_sent_is_shown_as_delayed_with_the_time_of_the_next_attempt(Device device)
    {
        await using var visit = await Baskets.AtCheckoutAsync(chromium, shop, device);
        try
        {
            await shop.Partners.BreakAsync("email", new { status = 500, rate = 1.0 });
            await visit.PressAsync("Place order");
            await visit.UntilAsync("delayed, next attempt at");
            await visit.SeesAsync("Your order is not affected.");
            await visit.InspectAsync();
        }
        finally
        {
            await shop.Partners.HealAsync();
        }

        await visit.UntilAsync("Confirmation email: sent");
    }

    [Theory, MemberData(nameof(Devices.WithScripts), MemberType = typeof(Devices))]
    public async Task An_order_page_without_server_events_refreshes_by_itself(Device device)
    {
        await using var visit = await Baskets.AtCheckoutAsync(chromium, shop, device);
        await visit.Page.RouteAsync("**/events", route => route.AbortAsync());
        try
        {
            await shop.Partners.BreakAsync("email", new { status = 500, rate = 1.0 });
            await visit.PressAsync("Place order");
            await visit.SeesAsync("delayed, next attempt at");
        }
        finally
        {
            await shop.Partners.HealAsync();
        }

        await visit.SeesAsync("Confirmation email: sent");
    }
}
