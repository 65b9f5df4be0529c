using Storefront.Browser.Tests.Support;
using Storefront.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Storefront.Browser.Tests.Shopping;

public sealed class WhenInventoryFails(Chromium chromium, BrowsedShop shop) : IClassFixture<BrowsedShop>
{
    [Theory, MemberData(nameof(Devices.All), MemberType = typeof(Devices))]
    public async Task When_Inventory_is_slow_the_order_page_waits_for_the_answer(Device device)
    {
        await using var visit = await Baskets.AtCheckoutAsync(chromium, shop, device);
        try
        {
            await shop.Partners.BreakAsync("inventory", new { latencyMs = 4_500 });
            await visit.PressAsync("Place order");
            await visit.SeesAsync("We are confirming your order");
            await visit.InspectAsync();
        }
        finally
        {
            await shop.Partners.HealAsync();
        }

        await visit.UntilAsync("Your order is placed");
        await visit.UntilAsync("Confirmation email: sent");
    }

    [Theory, MemberData(nameof(Devices.All), MemberType = typeof(Devices))]
    public async Task When_Inventory_answers_no_late_all_lines_can_be_put_back_into_the_cart(Device device)
    {
        await using var visit = await Baskets.AtCheckoutAsync(chromium, shop, device);
        try
        {
            await shop.Partners.BreakAsync("inventory", new { latencyMs = 4_500 });
            await shop.Partners.SetStockAsync(Goods.Mug, 0);
            await visit.PressAsync("Place order");
            await visit.SeesAsync("We are confirming your order");
        }
        finally
        {
            await shop.Partners.HealAsync();
        }

        await visit.UntilAsync("Sold out before we could place your order");
        await visit.UntilAsync("Apology email: sent");
        await visit.InspectAsync();
        await visit.PressAsync("Add all items to the cart");
        await visit.SeesAsync("Oat Glaze Mug");
        await visit.ReloadUntilAsync("Sold out."); // The circuit has to close first.
    }

    [Theory, MemberData(nameof(Devices.All), MemberType = typeof(Devices))]
    public async Task When_Inventory_cannot_be_reached_nothing_is_ordered_and_input_is_kept(Device device)
    {
        await using var visit = await Baskets.AtCheckoutAsync(chromium, shop, device);
        try
        {
            await shop.Partners.BreakAsync("inventory", new { status = 429, retryAfterSeconds = 1, rate = 1.0 });
            await visit.PressAsync("Place order");
            await visit.SeesAsync("We cannot check our stock right now");
            await Expect(visit.Page.GetByLabel("Name")).ToHaveValueAsync("Ada Lovelace");
            await Expect(visit.Page.Locator("#cart-link")).ToContainTextAsync("1");
            await visit.InspectAsync();

            await visit.OpenAsync($"/products/{Goods.Mug}");
            await visit.SeesAsync("Stock unknown");
            await visit.InspectAsync();
        }
        finally
        {
            await shop.Partners.HealAsync();
        }
    }
}
