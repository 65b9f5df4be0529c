using Microsoft.Playwright;
using Storefront.Browser.Tests.Support;
using Storefront.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Storefront.Browser.Tests.Shopping;

public sealed class OrderingTests(Chromium chromium, OneShop shop)
{
    [Theory, MemberData(nameof(Devices.All), MemberType = typeof(Devices))]
    public async Task A_shopper_searches_orders_and_sees_that_the_mail_was_delivered(Device device)
    {
        await using var visit = await Visit.BeginAsync(chromium, shop, device);
        await shop.Partners.SetStockAsync(Goods.Mug, 100_000);

        await visit.OpenAsync("/");
        await visit.InspectAsync();
        await visit.FillAsync(("Search", "oat"));
        await visit.Page.GetByLabel("Search").PressAsync("Enter");
        await Expect(visit.Page.Locator(".card")).ToHaveCountAsync(1);
        visit.Page.Url.ShouldContain("q=oat");
        await visit.InspectAsync();

        await visit.FollowAsync("Oat Glaze Mug");
        await visit.SeesAsync("In stock");
        await visit.InspectAsync();
        await visit.FillAsync(("Quantity", "2"));
        await visit.PressAsync("Add to cart");

        await visit.SeesAsync("Oat Glaze Mug is in your cart.");
        await visit.InspectAsync();
        await visit.FollowAsync("Go to checkout");

        await visit.FillInAsync();
        await visit.InspectAsync();
        await visit.PressAsync("Place order");

        await visit.SeesAsync("Your order is placed");
        await visit.UntilAsync("Confirmation email: sent");
        await visit.SeesAsync("2 × Oat Glaze Mug");
        await visit.InspectAsync();
    }

    [Theory, MemberData(nameof(Devices.All), MemberType = typeof(Devices))]
    public async Task A_product_that_sells_out_before_the_order_is_corrected_with_one_click(Device device)
    {
        var sku = new[] { "BOWL-BRK", "PLATE-26", "JUG-MILK", "MUG-INK" }[(int)device];
        await using var visit = await Visit.BeginAsync(chromium, shop, device);
        await visit.PutInCartAsync(shop, sku, 5);
        await visit.OpenAsync("/checkout");
        await visit.FillInAsync();
        await shop.Partners.SetStockAsync(sku, 2);

        await visit.PressAsync("Place order");
        await visit.SeesAsync("only 2 left");
        await visit.InspectAsync();
        if (device.RunsScripts()) await Expect(visit.Page.Locator(".problem")).ToBeFocusedAsync();

        await visit.PressAsync("Set to 2");
        await Expect(visit.Page.GetByLabel("Name")).ToHaveValueAsync("Ada Lovelace");
        await visit.PressAsync("Place order");
        await visit.SeesAsync("Your order is placed");
        await visit.SeesAsync("2 × ");
    }

    [Theory, MemberData(nameof(Devices.All), MemberType = typeof(Devices))]
    public async Task A_double_click_is_one_order(Device device)
    {
        await using var visit = await Visit.BeginAsync(chromium, shop, device);
        await visit.PutInCartAsync(shop, Goods.Brush);
        await visit.OpenAsync("/checkout");
        await visit.FillInAsync($"double-{device}@example.com");

        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Place order" }).DblClickAsync();

        await Expect(visit.Page.GetByRole(AriaRole.Heading, new() { Name = "Checkout" })).ToBeHiddenAsync();
        await visit.UntilAsync("Your order is placed");
        (await OrdersOfAsync($"double-{device}@example.com")).ShouldBe(1);
    }

    [Theory, MemberData(nameof(Devices.All), MemberType = typeof(Devices))]
    public async Task Missing_fields_are_reported_above_the_form_and_beside_each_field_and_input_is_kept(Device device)
    {
        await using var visit = await Visit.BeginAsync(chromium, shop, device);
        await visit.PutInCartAsync(shop, Goods.Mug);
        await visit.OpenAsync("/checkout");
        await visit.FillAsync(("Email", "nobody"), ("Name", "Ada"));

        await visit.PressAsync("Place order");

        await visit.SeesAsync("There is a problem");
        await visit.InspectAsync();
        await Expect(visit.Page.GetByLabel("Name")).ToHaveValueAsync("Ada");
        await visit.FollowAsync("Email: Enter an email address");
        await Expect(visit.Page.GetByLabel("Email")).ToBeFocusedAsync();
    }

    [Theory, MemberData(nameof(Devices.All), MemberType = typeof(Devices))]
    public async Task A_shopper_can_cancel_an_order(Device device)
    {
        await using var visit = await Visit.BeginAsync(chromium, shop, device);
        await visit.OrderAsync(shop, Goods.Mug);

        await visit.Page.GetByText("Cancel this order").ClickAsync();
        await visit.InspectAsync();
        await visit.PressAsync("Yes, cancel order");

        await visit.SeesAsync("This order is cancelled");
        await visit.UntilAsync("Cancellation email: sent");
        await visit.InspectAsync();
    }

    private async Task<long> OrdersOfAsync(string email)
    {
        await using var count = shop.Database.CreateCommand("select count(*) from orders.orders where email = $1");
        count.Parameters.Add(new() { Value = email });
        return (long)(await count.ExecuteScalarAsync())!;
    }
}
