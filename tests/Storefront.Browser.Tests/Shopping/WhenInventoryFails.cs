using Storefront.Browser.Tests.Support;
using Storefront.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Storefront.Browser.Tests.Shopping;

public sealed class WhenInventoryFails(Chromium chromium, BrowsedShop shop) : IClassFixture<BrowsedShop>
{
    [Theory, MemberData(nameof(Devices.All), MemberType = typeof(Devices))]
    public async Task A_slow_Inventory_is_waited_for_on_the_page_of_the_order(Device device)
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
    public async Task Where_the_late_answer_is_no_everything_can_be_put_back_into_the_cart(Device device)
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
        await visit.ReloadUntilAsync("Sold out."); // once the circuit lets the cart ask for stock again
    }

    [Theory, MemberData(nameof(Devices.All), MemberType = typeof(Devices))]
    public async Task Where_Inventory_is_not_there_nothing_is_taken_and_nothing_typed_is_lost(Device device)
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
