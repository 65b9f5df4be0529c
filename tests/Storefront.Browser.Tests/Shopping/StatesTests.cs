using Microsoft.Playwright;
using Storefront.Browser.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Storefront.Browser.Tests.Shopping;

/// <summary>Pages with nothing, too little or too much to show.</summary>
public sealed class StatesTests(Chromium chromium, OneShop shop)
{
    private const string LongWord = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft";

    [Theory, MemberData(nameof(Devices.WithScripts), MemberType = typeof(Devices))]
    public async Task An_empty_page_links_to_a_page_to_continue_on(Device device)
    {
        await using var visit = await Visit.BeginAsync(chromium, shop, device);

        await visit.OpenAsync("/?q=nobody-sells-this");
        await visit.SeesAsync("No results");
        await visit.InspectAsync();

        await visit.OpenAsync("/cart");
        await visit.SeesAsync("Your cart is empty");
        await visit.InspectAsync();

        await visit.OpenAsync("/account/password?code=old");
        await visit.SeesAsync("This link is no longer valid");
        await visit.InspectAsync();
    }

    [Theory, MemberData(nameof(Devices.WithScripts), MemberType = typeof(Devices))]
    public async Task Error_pages_look_like_the_shop(Device device)
    {
        await using var visit = await Visit.BeginAsync(chromium, shop, device);
        (await visit.OpenAsync("/nowhere")).ShouldBe(404);
        await visit.SeesAsync("Page not found");
        await visit.SeesAsync("Back to the catalogue");
        await visit.InspectAsync();

        // A form without its token.
        await visit.Page.EvaluateAsync("() => { const form = document.createElement('form'); form.method = 'post'; form.action = '/cart'; "
            + "document.body.append(form); form.submit(); }");
        await visit.SeesAsync("This page has expired");
        await visit.SeesAsync("Back to the catalogue");
        await visit.InspectAsync();
    }

    [Theory, MemberData(nameof(Devices.WithScripts), MemberType = typeof(Devices))]
    public async Task A_product_page_shows_the_stock_left_and_a_sold_out_product_cannot_be_added(Device device)
    {
        await using var visit = await Visit.BeginAsync(chromium, shop, device);
        await shop.Partners.SetStockAsync("KNIFE-PAR", 3);
        await visit.OpenAsync("/products/KNIFE-PAR");
        await visit.SeesAsync("3 left");
        await visit.InspectAsync();

        await shop.Partners.SetStockAsync("PAN-IRON", 0);
        await visit.OpenAsync("/products/PAN-IRON");
        await visit.SeesAsync("Sold out");
        await Expect(visit.Page.GetByRole(AriaRole.Button, new() { Name = "Add to cart" })).ToBeDisabledAsync();
        await visit.InspectAsync();
    }

    [Theory, MemberData(nameof(Devices.WithScripts), MemberType = typeof(Devices))]
    public async Task Very_long_words_and_very_high_prices_fit_into_every_page(Device device)
    {
        var sku = $"A-NUMBER-OF-SIXTY-FOUR-SIGNS-THAT-NOBODY-WOULD-EVER-READ-ALOUD-{(int)device}";
        await AddLongProductAsync(sku);
        // This is the narrowest window that the shop supports.
        await using var visit = await Visit.BeginAsync(chromium, shop, device,
            change => change.ViewportSize = device.IsSmall() ? new() { Width = 320, Height = 640 } : change.ViewportSize);
        await visit.PutInCartAsync(shop, sku, 9);
        await visit.InspectAsync();
        await visit.OpenAsync($"/?q={sku}");
        await visit.InspectAsync();
        await visit.OpenAsync($"/products/{sku}");
        await visit.InspectAsync();

        await visit.OpenAsync("/checkout");
        await visit.FillInAsync($"{new string('a', 60)}@{new string('b', 60)}.example");
        await shop.Partners.SetStockAsync(sku, 1);
        await visit.PressAsync("Place order");
        await visit.SeesAsync("only 1 left");
        await visit.InspectAsync();

        await shop.Partners.SetStockAsync(sku, 100_000);
        await visit.PressAsync("Place order");
        await visit.SeesAsync("Your order is placed");
        await visit.Page.GetByText("Technical details").ClickAsync();
        await visit.InspectAsync();
    }

    private async Task AddLongProductAsync(string sku)
    {
        await using var add = shop.Database.CreateCommand("""
            insert into shop.products (sku, name, description, category, price, currency, image_url, position, active)
            values ($1, $2, $3, $4, 9999999.99, 'EUR', null, 100000, true)
            """);
        string[] texts = [sku, $"{LongWord} teapot, with a lid, a spout and a lot to say",
            $"See https://example.com/{new string('a', 200)}.", $"{LongWord}’s own"];
        foreach (var text in texts) add.Parameters.Add(new() { Value = text });
        await add.ExecuteNonQueryAsync();
    }
}
