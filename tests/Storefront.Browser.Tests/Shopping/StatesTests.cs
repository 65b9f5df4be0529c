using Microsoft.Playwright;
using Storefront.Browser.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Storefront.Browser.Tests.Shopping;

/// <summary>Pages as they look when there is nothing, too little or too much to show.</summary>
public sealed class StatesTests(Chromium chromium, OneShop shop)
{
    private const string LongWord = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft";

    [Theory, MemberData(nameof(Devices.WithScripts), MemberType = typeof(Devices))]
    public async Task Where_there_is_nothing_a_page_says_where_to_go_on(Device device)
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
    public async Task Faults_have_the_shops_own_face(Device device)
    {
        await using var visit = await Visit.BeginAsync(chromium, shop, device);
        foreach (var code in new[] { 400, 404, 429, 500, 503 })
        {
            (await visit.OpenAsync($"/error/{code}")).ShouldBe(code);
            await visit.SeesAsync("Back to the catalogue");
            await visit.InspectAsync();
        }

        (await visit.OpenAsync("/nowhere")).ShouldBe(404);
        await visit.SeesAsync("Page not found");
    }

    [Theory, MemberData(nameof(Devices.WithScripts), MemberType = typeof(Devices))]
    public async Task What_is_left_is_said_and_what_is_sold_out_cannot_be_added(Device device)
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
    public async Task The_longest_words_and_the_highest_price_stay_inside_every_page(Device device)
    {
        var sku = $"A-NUMBER-OF-SIXTY-FOUR-SIGNS-THAT-NOBODY-WOULD-EVER-READ-ALOUD-{(int)device}";
        await AddLongProductAsync(sku);
        // The narrowest window anybody is promised a page in.
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
