using Storefront.Browser.Tests.Support;
using Storefront.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Storefront.Browser.Tests.Shopping;

public sealed class WhenAPartnerFails(Chromium chromium, BrowsedShop shop) : IClassFixture<BrowsedShop>
{
    [Theory, MemberData(nameof(Devices.All), MemberType = typeof(Devices))]
    public async Task A_slow_Inventory_is_waited_for_on_the_page_of_the_order(Device device)
    {
        await using var visit = await AtCheckoutAsync(device);
        try
        {
            await shop.Partners.BreakAsync("inventory", new { latencyMs = 4_500 });
            await visit.PressAsync("Place the order");
            await visit.SeesAsync("We are confirming your order");
            await visit.InspectAsync();
        }
        finally
        {
            await shop.Partners.HealAsync();
        }

        await visit.UntilAsync("Your order is placed");
        await visit.UntilAsync("Confirmation mail: sent");
    }

    [Theory, MemberData(nameof(Devices.All), MemberType = typeof(Devices))]
    public async Task Where_Inventory_is_not_there_nothing_is_taken_and_nothing_typed_is_lost(Device device)
    {
        await using var visit = await AtCheckoutAsync(device);
        try
        {
            await shop.Partners.BreakAsync("inventory", new { status = 429, retryAfterSeconds = 1, rate = 1.0 });
            await visit.PressAsync("Place the order");
            await visit.SeesAsync("We cannot reach our stock room");
            await Expect(visit.Page.GetByLabel("Name")).ToHaveValueAsync("Ada Lovelace");
            await Expect(visit.Page.Locator("#cart-link")).ToContainTextAsync("1");
            await visit.InspectAsync();

            await visit.OpenAsync($"/products/{Goods.Mug}");
            await visit.SeesAsync("we cannot tell right now");
            await visit.InspectAsync();
        }
        finally
        {
            await shop.Partners.HealAsync();
        }
    }

    [Theory, MemberData(nameof(Devices.All), MemberType = typeof(Devices))]
    public async Task A_mail_that_cannot_be_sent_is_a_time_to_wait_for_and_no_error(Device device)
    {
        await using var visit = await AtCheckoutAsync(device);
        try
        {
            await shop.Partners.BreakAsync("email", new { status = 500, rate = 1.0 });
            await visit.PressAsync("Place the order");
            await visit.UntilAsync("delayed, being tried again at");
            await visit.SeesAsync("Your order is not affected.");
            await visit.InspectAsync();
        }
        finally
        {
            await shop.Partners.HealAsync();
        }

        await visit.UntilAsync("Confirmation mail: sent");
    }

    private async Task<Visit> AtCheckoutAsync(Device device)
    {
        var visit = await Visit.BeginAsync(chromium, shop, device);
        await visit.PutInCartAsync(shop, Goods.Mug);
        await visit.OpenAsync("/checkout");
        await visit.FillInAsync();
        return visit;
    }
}
