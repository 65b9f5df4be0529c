using System.Net;
using Storefront.Jobs.Database;
using Storefront.Tests.Pages;
using Storefront.Tests.Support;
using Storefront.Web.Identity;

namespace Storefront.Tests.BackOffice;

[Collection(BackOfficeFixture.Name)]
public sealed class OrdersPageTests(Shop shop) : IAsyncLifetime
{
    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync() => await shop.Partners.HealAsync();

    [Fact]
    public async Task An_order_is_found_by_number_id_address_product_and_mail()
    {
        var id = await BackOfficeFixture.DeliveredOrderAsync(shop);
        var order = await shop.Http.OrderAsync(id);
        var mail = (await shop.Partners.EmailsOfAsync(id)).ShouldHaveSingleItem();
        var clerk = await BackOfficeFixture.SignInAsync(shop, Roles.Viewer);

        foreach (var asked in new[] { $"{order.GetProperty("number")}", $"{id}", "ADA@example.com", Goods.Lamp.ToLowerInvariant(),
            mail.GetProperty("id").GetString()! })
            (await clerk.OpenAsync($"/admin/orders?q={Uri.EscapeDataString(asked)}")).Page.QuerySelector($"a[href='/admin/orders/{id}']")
                .ShouldNotBeNull($"Not found by {asked}.");
    }

    [Fact]
    public async Task A_search_by_day_finds_only_the_orders_of_that_day()
    {
        var id = await BackOfficeFixture.DeliveredOrderAsync(shop);
        var clerk = await BackOfficeFixture.SignInAsync(shop, Roles.Viewer);
        var day = DateOnly.FromDateTime((await shop.Get<Storefront.Jobs.Orders.OrderStore>().FindAsync(id))!.CreatedAt.UtcDateTime);

        (await clerk.OpenAsync($"/admin/orders?from={day:yyyy-MM-dd}&until={day:yyyy-MM-dd}")).Page.QuerySelector(
            $"a[href='/admin/orders/{id}']").ShouldNotBeNull();
        (await clerk.OpenAsync($"/admin/orders?until={day.AddDays(-1):yyyy-MM-dd}")).Page.QuerySelector($"a[href='/admin/orders/{id}']")
            .ShouldBeNull();
        (await clerk.OpenAsync($"/admin/orders?from={day.AddDays(1):yyyy-MM-dd}")).Page.QuerySelector($"a[href='/admin/orders/{id}']")
            .ShouldBeNull();
        (await clerk.OpenAsync("/admin/orders?until=9999-12-31")).Page.QuerySelector($"a[href='/admin/orders/{id}']").ShouldNotBeNull();
    }

    [Fact]
    public async Task A_search_without_a_match_says_so()
    {
        var clerk = await BackOfficeFixture.SignInAsync(shop, Roles.Viewer);

        (await clerk.OpenAsync("/admin/orders?q=nobody%40example.com&status=no-such-status&from=not-a-day")).Text.ShouldContain(
            "No results");
    }

    [Fact]
    public async Task Older_orders_are_on_the_next_page_and_no_order_is_on_two_pages()
    {
        for (var n = 0; n < 52; n++) await shop.Http.PlaceAsync(AnOrder.Of((Goods.Lamp, 100_000)));
        var clerk = await BackOfficeFixture.SignInAsync(shop, Roles.Viewer);

        var first = Numbers(await clerk.OpenAsync("/admin/orders"));
        var second = Numbers(await clerk.OpenAsync(clerk.Page.QuerySelector("a[rel=next]")!.GetAttribute("href")!));

        first.Length.ShouldBe(50);
        second.ShouldNotBeEmpty();
        second.Max().ShouldBe(first.Min() - 1);
    }

    [Fact]
    public async Task The_history_of_an_order_lists_each_call_with_its_status_and_the_partners_words()
    {
        var id = await BackOfficeFixture.OrderWithDeadMailAsync(shop);
        var clerk = await BackOfficeFixture.SignInAsync(shop, Roles.Viewer);
        await clerk.OpenAsync($"/admin/orders/{id}");

        var story = clerk.Page.QuerySelectorAll(".story li").Select(entry => entry.TextContent).ToList();
        story.ShouldContain(entry => entry.Contains("received"));
        story.ShouldContain(entry => entry.Contains("Inventory answered 201") && entry.Contains($"PUT /v1/reservations/{id}"));
        story.ShouldContain(entry =>
            entry.Contains("Email answered 422") && entry.Contains("order-confirmation") && entry.Contains("trace"));
        story.ShouldContain(entry => entry.Contains("order-confirmation: job failed"));
        clerk.Page.QuerySelectorAll("button")
            .ShouldNotContain(button => button.TextContent.Contains("Retry"), "A viewer is offered nothing to press.");
    }

    [Fact]
    public async Task A_partner_that_hangs_does_not_keep_the_other_partners_answers_off_the_order_page()
    {
        var id = await BackOfficeFixture.DeliveredOrderAsync(shop);
        var clerk = await BackOfficeFixture.SignInAsync(shop, Roles.Viewer);
        (await clerk.OpenAsync($"/admin/orders/{id}")).Text.ShouldContain("held: 1 × LAMP-DESK");
        Answer(clerk, "order-confirmation").ShouldContain("delivered");

        await shop.Partners.BreakAsync("inventory", new { hang = true });
        await clerk.OpenAsync($"/admin/orders/{id}");

        Answer(clerk, "reservation").ShouldContain("no answer");
        Answer(clerk, "order-confirmation").ShouldContain("delivered");
    }

    [Fact]
    public async Task A_dead_mail_can_be_retried_and_the_audit_trail_names_who_did_it()
    {
        var id = await BackOfficeFixture.OrderWithDeadMailAsync(shop);
        var clerk = await BackOfficeFixture.SignInAsync(shop);
        await clerk.OpenAsync($"/admin/orders/{id}");

        await clerk.PressAsync("Retry order-confirmation", ("note", "the address is verified now"));

        clerk.Text.ShouldContain("order-confirmation is queued again.");
        clerk.Text.ShouldContain("operator@example.com: send again order-confirmation the address is verified now");
        await shop.Http.UntilAsync(id, seen => seen.Delivery("order-confirmation") == "delivered", "the mail is sent");
        (await shop.Partners.EmailsOfAsync(id)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_delivered_mail_can_be_sent_again_and_a_delivered_event_cannot()
    {
        var id = await BackOfficeFixture.DeliveredOrderAsync(shop);
        var clerk = await BackOfficeFixture.SignInAsync(shop);
        await clerk.OpenAsync($"/admin/orders/{id}");
        clerk.Page.QuerySelectorAll("button").ShouldNotContain(button => button.TextContent.Contains("Send order-placed-event"));

        await clerk.PressAsync("Send order-confirmation again");

        await Eventually.Async(() => shop.Partners.EmailsOfAsync(id), mails => mails.Length == 2, "the second mail is accepted");
    }

    [Fact]
    public async Task An_action_that_somebody_else_has_already_done_is_not_done_twice()
    {
        var id = await BackOfficeFixture.OrderWithDeadMailAsync(shop);
        var (one, other) = (await BackOfficeFixture.SignInAsync(shop), await BackOfficeFixture.SignInAsync(shop));
        await one.OpenAsync($"/admin/orders/{id}");
        await other.OpenAsync($"/admin/orders/{id}");

        await one.PressAsync("Discard order-confirmation", ("note", "told her by telephone"));
        await other.PressAsync("Retry order-confirmation");

        one.Text.ShouldContain("order-confirmation is discarded.");
        other.Text.ShouldContain("This has changed since you opened the page");
        (await shop.Http.OrderAsync(id)).Delivery("order-confirmation").ShouldBe("cancelled");
        (await shop.Partners.EmailsOfAsync(id)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Cancelling_an_order_releases_the_stock_and_mails_the_shopper()
    {
        var id = await BackOfficeFixture.DeliveredOrderAsync(shop);
        var clerk = await BackOfficeFixture.SignInAsync(shop);
        await clerk.OpenAsync($"/admin/orders/{id}");

        await clerk.PressAsync("Yes, cancel order", ("note", "wrong colour"));

        clerk.Text.ShouldContain("operator@example.com: cancel order wrong colour");
        await shop.Http.UntilAsync(id, seen => seen.Status() == "cancelled" && seen.Delivery("order-cancellation") == "delivered",
            "the shopper is told");
        await Eventually.Async(async () => (await shop.Partners.ReservationOfAsync(id))!.Value.GetProperty("status").GetString(),
            status => status == "released", "the stock is given back");
    }

    [Fact]
    public async Task A_viewer_who_submits_an_action_is_refused()
    {
        var id = await BackOfficeFixture.OrderWithDeadMailAsync(shop);
        var clerk = await BackOfficeFixture.SignInAsync(shop, Roles.Viewer);
        await clerk.OpenAsync($"/admin/orders/{id}");

        // The sign-out form has a valid token.
        await clerk.PostAsync($"/admin/orders/{id}?handler=Send", ("effect", "order-confirmation"), ("seen", "Dead"));

        clerk.Path.ShouldStartWith("/account/denied");
        (await shop.Http.OrderAsync(id)).Delivery("order-confirmation").ShouldBe("dead");
    }

    [Fact]
    public async Task The_export_has_the_orders_found_contains_no_formula_and_is_audited()
    {
        var order = new { email = "=cmd@example.com", name = "Ada",
            address = new { line1 = "12 St James's Square", city = "London", postalCode = "SW1Y 4JH", country = "GB" },
            lines = new[] { new { sku = Goods.Mug, quantity = 1 } } };
        var id = (await (await shop.Http.PlaceAsync(order)).JsonAsync()).Id();
        var clerk = await BackOfficeFixture.SignInAsync(shop);
        await clerk.OpenAsync($"/admin/orders.csv?q={id}");

        clerk.Response.Content.Headers.ContentType!.MediaType.ShouldBe("text/csv");
        var lines = (await clerk.Response.Content.ReadAsStringAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines.Length.ShouldBe(2);
        lines[1].ShouldContain($"{id}");
        lines[1].ShouldContain("'=cmd@example.com");
        (await clerk.OpenAsync("/admin/audit?what=export")).Text.ShouldContain($"{id}");
    }

    [Fact]
    public async Task An_export_that_fails_at_a_late_row_is_an_error_page_and_no_part_of_a_file()
    {
        var email = $"{Guid.NewGuid():n}@example.com";
        await shop.Database.ExecuteAsync($"""
            insert into orders.orders (id, status, failure, email, name, currency, total, created_at, idempotency_key, request_hash,
                city, country, line1, postal_code)
            select gen_random_uuid(), 'rejected', case n when 1 then 'unreadable' end, '{email}', '', 'EUR', 1, now(), '{email}' || n, '',
                'London', 'GB', '1', '1'
            from generate_series(1, 1001) n
            """, [], TestContext.Current.CancellationToken);
        try
        {
            var clerk = await BackOfficeFixture.SignInAsync(shop);
            await clerk.OpenAsync($"/admin/orders.csv?q={email}");

            clerk.Response.StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
            clerk.Response.Content.Headers.ContentType!.MediaType.ShouldBe("text/html");
        }
        finally
        {
            await shop.Database.ExecuteAsync($"delete from orders.orders where email = '{email}'", [], CancellationToken.None);
        }
    }

    private static int[] Numbers(Visitor clerk) =>
        [.. clerk.Page.QuerySelectorAll("tbody th[scope=row]")
            .Select(cell => int.Parse(cell.TextContent, System.Globalization.CultureInfo.InvariantCulture))];

    private static string Answer(Visitor clerk, string about) =>
        clerk.Page.QuerySelectorAll("[aria-labelledby=asked] tbody tr").Single(row => row.Children[1].TextContent == about).TextContent;
}
