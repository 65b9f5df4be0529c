using System.Net.Http.Json;
using System.Text.Json;
using Storefront.Jobs.Alerts;
using Storefront.Jobs.Queue.Gates;
using Storefront.Tests.Pages;
using Storefront.Tests.Support;
using Storefront.Web.Identity;

namespace Storefront.Tests.BackOffice;

/// <summary>Email is down for a while: what shoppers and staff see, what they can do, and what is left of it.</summary>
public sealed class IncidentTests(IncidentTests.ShopWithWebhook shop) : IClassFixture<IncidentTests.ShopWithWebhook>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_outage_of_Email_is_seen_where_people_look_delays_no_event_and_ends_when_somebody_tries()
    {
        var admin = await BackOfficeFixture.SignInAsync(shop, Roles.Admin);
        await BackOfficeFixture.DeliveredOrderAsync(shop); // from it the shop knows how long a mail takes
        await shop.Partners.BreakAsync("email", new { status = 503 });
        var orders = new List<Guid>();
        for (var n = 0; n < 8; n++) orders.Add((await (await shop.Http.PlaceAsync(AnOrder.Of((Goods.Lamp, 1)))).JsonAsync()).Id());
        await Eventually.Async(() => Task.FromResult(shop.Get<PartnerGates>().IsOpen("Email")), open => !open, "the gate is closed");

        await Eventually.Async(
            () => ReadAsync($"select count(*) from {GateTable.Incidents}"), count => count is 1L, "the incident is written");

        // The other partner is not delayed.
        foreach (var id in orders)
            await shop.Http.UntilAsync(id, seen => seen.Delivery("order-placed-event") == "delivered", "the event is sent");

        // The shopper.
        (await new Visitor(shop.Browser()).OpenAsync($"/orders/{AnOrder.KeyOf(orders[^1])}")).Text
            .ShouldContain("Confirmation email: will be sent as soon as our email service is back");

        // Staff: an incident of some seconds is not shown yet, one of a minute is.
        (await admin.OpenAsync("/admin")).Text.ShouldNotContain("Email is down");
        await RunAsync($"update {GateTable.Incidents} set began_at = now() - interval '1 minute'");
        await admin.OpenAsync("/admin");
        admin.Text.ShouldContain("Email is down");
        admin.Text.ShouldContain("Email answered 503.");
        admin.Text.ShouldContain("deliveries wait, the oldest for");
        admin.Text.ShouldContain("They use up no attempt, and are sent automatically when Email answers again.");
        admin.Text.ShouldContain("Once it is back, sending them takes less than a minute.");
        Spans(admin).ShouldHaveSingleItem().ShouldMatch(@"^Email is down since .+ \(.+\)\. Email answered 503.$");
        admin.Page.QuerySelector("[data-chart]")!.GetAttribute("data-spans").ShouldBe("minutes-spans");

        // The failures page has nothing to show, and leads there.
        await admin.OpenAsync("/admin/failures");
        admin.Text.ShouldMatch("No failed deliveries. Email is down: [1-8] of its deliveries wait. They have not failed");
        var there = admin.Page.QuerySelector("main .held a")!.GetAttribute("href")!;
        (await admin.OpenAsync(there)).Page.QuerySelector($"#{there.Split('#')[1]} h2")!.TextContent.ShouldBe("Email is down");
        (await admin.OpenAsync("/admin/failures?partner=Analytics")).Text.ShouldNotContain("Email is down");
        await Eventually.Async(
            async () => (await shop.Http.GetFromJsonAsync<JsonElement>("/health/ready")).GetProperty("checks").GetProperty("partners")
                .GetRawText(),
            partners => partners.Contains("Email answered 503.", StringComparison.Ordinal), "health says it");

        // One alert when it begins.
        await shop.Get<IncidentAlerts>().RaiseAsync(Cancel);
        await shop.Get<IncidentAlerts>().RaiseAsync(Cancel);
        (await ReadAsync("select count(*) from orders.alerts where kind like 'partner-down/%/begin'")).ShouldBe(1L);

        await shop.Partners.HealAsync();
        await admin.OpenAsync("/admin/partners");
        await admin.PressAsync("Try now Email");
        foreach (var id in orders)
            await shop.Http.UntilAsync(id, seen => seen.Delivery("order-confirmation") == "delivered", "the mail is sent");

        // What is left of it: a row in the history, the audit, and one alert at the end.
        (await admin.OpenAsync("/admin")).Text.ShouldNotContain("Email is down");
        Spans(admin).ShouldHaveSingleItem().ShouldMatch(
            @"^Email was down from .* to .* \(.+\)\. Deliveries delayed: [1-8]\. Email answered 503\.$");
        (await admin.OpenAsync("/admin/failures")).Text.ShouldNotContain("deliveries wait");
        (await admin.OpenAsync("/admin/partners")).Text.ShouldContain("Deliveries delayed");
        (await admin.OpenAsync("/admin/audit")).Text.ShouldContain("gate/Email try now");
        await shop.Get<IncidentAlerts>().RaiseAsync(Cancel);
        (await ReadAsync("select count(*) from orders.alerts where kind like 'partner-down/%/end'")).ShouldBe(0L, "it may fail again");
        await RunAsync($"update {GateTable.Incidents} set ended_at = ended_at - interval '1 minute'");
        await shop.Get<IncidentAlerts>().RaiseAsync(Cancel);
        (await ReadAsync("select count(*) from orders.alerts where kind like 'partner-down/%/end'")).ShouldBe(1L);
        foreach (var id in orders) (await shop.Partners.EmailsOfAsync(id)).Length.ShouldBe(1);
    }

    /// <summary>The incidents of the last hour, which the chart shows too.</summary>
    private static IEnumerable<string> Spans(Visitor admin) => admin.Page.QuerySelectorAll("#minutes-spans [data-span]")
        .Select(incident => string.Join(' ', incident.TextContent.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));

    private Task RunAsync(string sql) => ReadAsync(sql);

    private async Task<object?> ReadAsync(string sql)
    {
        await using var command = shop.Database.CreateCommand(sql);
        return await command.ExecuteScalarAsync(Cancel);
    }

    public sealed class ShopWithWebhook : Shop
    {
        protected override IEnumerable<(string Key, string Value)> Settings => [("Alerts:Webhook:Url", Partners.Url + "nowhere")];
    }
}
