using Microsoft.Playwright;
using Storefront.Browser.Tests.Support;
using Storefront.Jobs.Queue.Gates;
using Storefront.Tests.Support;

namespace Storefront.Browser.Tests.Shopping;

/// <summary>
/// Takes the README's pictures. It runs only on demand, because it writes into <c>docs</c>:
/// <c>dotnet run --project tests/Storefront.Browser.Tests -- -explicit only</c>
/// </summary>
public sealed class Pictures(Chromium chromium, OneShop shop)
{
    [Fact(Explicit = true)]
    public async Task Screenshots_of_catalogue_checkout_and_order_are_taken_for_the_README()
    {
        await using var visit = await Visit.BeginAsync(chromium, shop, Device.Desktop);
        await shop.Partners.SetStockAsync("MUG-INK", 3);
        await shop.Partners.SetStockAsync("PLATE-26", 0);
        await visit.OpenAsync("/");
        await visit.Page.WaitForLoadStateAsync(LoadState.NetworkIdle);
        await TakeAsync(visit, "shop");

        await visit.PutInCartAsync(shop, "JUG-MILK");
        await visit.PutInCartAsync(shop, Goods.Mug, 5);
        await visit.OpenAsync("/checkout");
        await visit.FillInAsync();
        await shop.Partners.SetStockAsync(Goods.Mug, 2);
        await visit.PressAsync("Place order");
        await visit.SeesAsync("only 2 left");
        await TakeAsync(visit, "checkout");

        await shop.Partners.BreakAsync("email", new { status = 503, retryAfterSeconds = 600 });
        await shop.Partners.SetStockAsync(Goods.Lamp, 1);
        await shop.Http.PlaceAsync(AnOrder.Of((Goods.Lamp, 1)));
        await Eventually.Async(() => Task.FromResult(shop.Get<PartnerGates>().IsOpen("Email")), open => !open, "Email is known to be down");
        await visit.PressAsync("Set to 2");
        await visit.PressAsync("Place order");
        await visit.SeesAsync("will be sent as soon as our email service is back");
        await TakeAsync(visit, "order");
        await shop.Partners.HealAsync();
    }

    private static Task TakeAsync(Visit visit, string name) =>
        visit.Page.ScreenshotAsync(new() { Path = Repository.File($"docs/{name}.png") });
}
