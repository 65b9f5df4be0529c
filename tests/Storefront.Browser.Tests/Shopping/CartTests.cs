using Storefront.Browser.Tests.Support;
using Storefront.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Storefront.Browser.Tests.Shopping;

public sealed class CartTests(Chromium chromium, OneShop shop)
{
    [Theory, MemberData(nameof(Devices.All), MemberType = typeof(Devices))]
    public async Task A_new_quantity_changes_the_total_and_a_screen_reader_announces_it(Device device)
    {
        await using var visit = await Visit.BeginAsync(chromium, shop, device);
        await visit.PutInCartAsync(shop, Goods.Mug, 2);

        await SetAsync(visit, "Quantity of Oat Glaze Mug", "5");

        await Expect(visit.Page.Locator("#said")).ToContainTextAsync("The total is €120.00.");
        await Expect(visit.Page.Locator(".sum-total")).ToContainTextAsync("€120.00");
        await Expect(visit.Page.Locator("#cart-link")).ToContainTextAsync("5");
    }

    [Theory, MemberData(nameof(Devices.All), MemberType = typeof(Devices))]
    public async Task An_invalid_quantity_is_reported_beside_its_line_and_the_other_lines_are_saved(Device device)
    {
        await using var visit = await Visit.BeginAsync(chromium, shop, device);
        await visit.PutInCartAsync(shop, Goods.Mug);
        await visit.PutInCartAsync(shop, Goods.Brush);

        await SetAsync(visit, "Quantity of Oat Glaze Mug", "lots");

        await visit.SeesAsync("Oat Glaze Mug: Enter a whole number");
        await Expect(visit.Page.GetByLabel("Quantity of Oat Glaze Mug")).ToHaveValueAsync("lots");
        await Expect(visit.Page.GetByLabel("Quantity of Oat Glaze Mug")).ToHaveAttributeAsync("aria-invalid", "true");
        if (device.RunsScripts()) await Expect(visit.Page.Locator(".problem")).ToBeFocusedAsync();
        await visit.InspectAsync();
    }

    [Theory, MemberData(nameof(Devices.All), MemberType = typeof(Devices))]
    public async Task A_line_with_too_little_stock_is_reduced_or_removed_with_one_click(Device device)
    {
        var (few, gone) = new[] { ("SOAP-OLV", "TWINE-JUT"), ("WAX-WOOD", "TROWEL-G"), ("MATCH-TIN", "POTS-TER"),
            ("CANDLE-BW", "HOLDER-BR") }[(int)device];
        await using var visit = await Visit.BeginAsync(chromium, shop, device);
        await visit.PutInCartAsync(shop, few, 5);
        await visit.PutInCartAsync(shop, gone, 5);
        await shop.Partners.SetStockAsync(few, 2);
        await shop.Partners.SetStockAsync(gone, 0);

        await visit.OpenAsync("/cart");
        await visit.SeesAsync("Only 2 left.");
        await visit.SeesAsync("Sold out.");
        await visit.InspectAsync();

        await visit.PressAsync("Set to 2");
        await visit.SeesNotAsync("Only 2 left.");
        await visit.Page.Locator(".line-words button").ClickAsync();
        await visit.SeesNotAsync("Sold out.");
        await Expect(visit.Page.Locator(".line")).ToHaveCountAsync(1);
        await Expect(visit.Page.Locator("#cart-link")).ToContainTextAsync("2");
    }

    private static async Task SetAsync(Visit visit, string field, string quantity)
    {
        await visit.FillAsync((field, quantity));
        if (visit.Device.RunsScripts()) await visit.Page.GetByLabel(field).PressAsync("Tab");
        else await visit.PressAsync("Update cart");
    }
}
