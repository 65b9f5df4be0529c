using System.Net;
using System.Text.Json;
using Storefront.Tests.Support;
using static Storefront.Tests.Pages.ShopperSuite;

namespace Storefront.Tests.Pages;

[Collection(ShopperSuite.Name)]
public sealed class FindMyOrderTests(Shop shop)
{
    [Fact]
    public async Task The_link_is_mailed_to_the_address_of_the_order_and_opens_the_order()
    {
        var (id, number) = await OrderAsync("lost@example.com");

        (await AskAsync($"No. {number}", "Lost@Example.com")).Text.ShouldContain("Check your email");

        var mail = (await Eventually.Async(() => LinksAsync(id), links => links.Length > 0, "the link is sent")).Single();
        mail.GetRawText().ShouldContain("lost@example.com");
        mail.GetRawText().ShouldContain($"/orders/{AnOrder.KeyOf(id)}");
    }

    [Fact]
    public async Task A_wrong_address_gets_the_same_answer_and_no_mail_is_sent_to_it()
    {
        var (id, number) = await OrderAsync("kept@example.com");

        var wrong = await AskAsync($"{number}", "somebody-else@example.com");
        var right = await AskAsync($"{number}", "kept@example.com");

        wrong.Text.ShouldBe(right.Text);
        wrong.Path.ShouldBe(right.Path);
        await Eventually.Async(() => LinksAsync(id), links => links.Length > 0, "the one link is sent");
        (await shop.Partners.EmailsAsync()).ShouldAllBe(mail => !mail.GetRawText().Contains("somebody-else@", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_second_mail_is_sent_only_when_asked_for_later()
    {
        var (id, number) = await OrderAsync("again@example.com");
        await AskAsync($"{number}", "again@example.com");
        await Eventually.Async(() => LinksAsync(id), links => links.Length == 1, "the first is sent");

        await using var state =
            shop.Database.CreateCommand("select state from orders.deliveries where order_id = $1 and effect = 'order-link'");
        state.Parameters.Add(new() { Value = id });
        await Eventually.Async(() => state.ExecuteScalarAsync(), found => found is "delivered", "the ledger has it");
        await AskAsync($"{number}", "again@example.com");
        (await state.ExecuteScalarAsync()).ShouldBe("delivered");

        await using var later = shop.Database.CreateCommand(
            "update orders.deliveries set delivered_at = now() - interval '1 hour' where order_id = $1 and effect = 'order-link'");
        later.Parameters.Add(new() { Value = id });
        await later.ExecuteNonQueryAsync();
        await AskAsync($"{number}", "again@example.com");
        await Eventually.Async(() => LinksAsync(id), links => links.Length == 2, "the second is sent, under a key of its own");
    }

    [Fact]
    public async Task An_invalid_order_number_is_reported_beside_its_field()
    {
        var visitor = await AskAsync("the blue one", "nobody");

        visitor.Status.ShouldBe(HttpStatusCode.UnprocessableEntity);
        visitor.Page.QuerySelectorAll(".problem a").Select(link => link.GetAttribute("href")).ShouldBe(["#number", "#email"]);
        visitor.Page.GetElementById("number")!.GetAttribute("value").ShouldBe("the blue one");
    }

    private async Task<Visitor> AskAsync(string number, string email)
    {
        var visitor = await Visitor(shop).OpenAsync("/orders/find");
        return await visitor.PressAsync("Send me the link", ("number", number), ("email", email));
    }

    private async Task<(Guid Id, long Number)> OrderAsync(string email)
    {
        var visitor = await AtCheckoutAsync(shop, (Goods.Mug, 1));
        await visitor.PressAsync("Place order", [.. Ada.Where(field => field.Item1 != "email"), ("email", email)]);
        var order = await shop.Http.OrderAsync(await shop.OrderAtAsync(visitor.Path));
        return (order.Id(), order.GetProperty("number").GetInt64());
    }

    private async Task<JsonElement[]> LinksAsync(Guid order) =>
        [.. (await shop.Partners.EmailsOfAsync(order)).Where(
            mail => mail.GetProperty("key").GetString()!.StartsWith("order-link/", StringComparison.Ordinal))];
}
