using Microsoft.Playwright;
using Storefront.Browser.Tests.Support;
using Storefront.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Storefront.Browser.Tests.Shopping;

public sealed class KeyboardTests(Chromium chromium, OneShop shop)
{
    [Theory, MemberData(nameof(Devices.WithScripts), MemberType = typeof(Devices))]
    public async Task A_shopper_can_order_with_the_keyboard_alone(Device device)
    {
        await using var visit = await Visit.BeginAsync(chromium, shop, device);
        await shop.Partners.SetStockAsync(Goods.Brush, 100_000);
        await visit.OpenAsync($"/products/{Goods.Brush}");

        await visit.Page.Keyboard.PressAsync("Tab");
        await Expect(visit.Page.GetByText("Skip to main content")).ToBeFocusedAsync();
        await Expect(visit.Page.GetByText("Skip to main content")).ToBeInViewportAsync();
        await visit.Page.Keyboard.PressAsync("Enter");
        await ReachAsync(visit, visit.Page.GetByLabel("Quantity"));
        await visit.Page.Keyboard.PressAsync("Enter");

        await visit.SeesAsync("is in your cart.");
        await ReachAsync(visit, visit.Page.GetByRole(AriaRole.Link, new() { Name = "Go to checkout" }));
        await visit.Page.Keyboard.PressAsync("Enter");

        await visit.SeesAsync("No account needed.");
        foreach (var (label, text) in Baskets.Ada)
        {
            await ReachAsync(visit, visit.Page.GetByLabel(label));
            await visit.Page.Keyboard.TypeAsync(text);
        }

        await ReachAsync(visit, visit.Page.GetByLabel("Country"));
        await visit.Page.Keyboard.TypeAsync("United K");
        await ReachAsync(visit, visit.Page.GetByRole(AriaRole.Button, new() { Name = "Place order" }));
        await visit.Page.Keyboard.PressAsync("Enter");
        await visit.SeesAsync("Your order is placed");
    }

    /// <summary>Moves with the Tab key, and checks that each element on the way shows its focus.</summary>
    private static async Task ReachAsync(Visit visit, ILocator goal)
    {
        for (var stop = 0; stop < 40; stop++)
        {
            await visit.Page.Keyboard.PressAsync("Tab");
            (await visit.Page.EvaluateAsync<string>("getComputedStyle(document.activeElement).outlineStyle")).ShouldNotBe("none");
            if (await goal.EvaluateAsync<bool>("element => element === document.activeElement")) return;
        }

        throw new TimeoutException($"Tab does not lead to {goal}.");
    }
}
