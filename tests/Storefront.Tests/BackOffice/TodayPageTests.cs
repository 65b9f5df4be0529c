using Microsoft.Extensions.DependencyInjection;
using Storefront.Jobs.Database;
using Storefront.Jobs.Retention;
using Storefront.Tests.Pages;
using Storefront.Tests.Support;
using Storefront.Web.Identity;

namespace Storefront.Tests.BackOffice;

[Collection(BackOfficeFixture.Name)]
public sealed class TodayPageTests(Shop shop) : IAsyncLifetime
{
    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync() => await shop.Partners.HealAsync();

    [Fact]
    public async Task The_last_hour_counts_orders_deliveries_and_failures_minute_by_minute()
    {
        var clerk = await BackOfficeFixture.SignInAsync(shop, Roles.Viewer);
        var before = await HourAsync(clerk);
        await BackOfficeFixture.OrderWithDeadMailAsync(shop);
        await BackOfficeFixture.DeliveredOrderAsync(shop);

        var after = await HourAsync(clerk);

        clerk.Page.QuerySelectorAll("#minutes tbody tr").Length.ShouldBeInRange(60, 61);
        (after.Orders - before.Orders).ShouldBe(2);
        (after.Deliveries - before.Deliveries).ShouldBeGreaterThanOrEqualTo(2);
        (after.Failures - before.Failures).ShouldBeGreaterThanOrEqualTo(1);
    }

    [Fact]
    public async Task The_page_shows_what_waits_for_a_person_and_the_state_of_each_partner()
    {
        await BackOfficeFixture.OrderWithDeadMailAsync(shop);
        var clerk = await BackOfficeFixture.SignInAsync(shop, Roles.Viewer);
        await clerk.OpenAsync("/admin");

        int.Parse(clerk.Page.QuerySelector(".tally-ill a[href='/admin/failures']")!.TextContent,
            System.Globalization.CultureInfo.InvariantCulture).ShouldBePositive();
        clerk.Page.QuerySelectorAll("[aria-labelledby=partners] tbody th").Select(cell => cell.TextContent)
            .ShouldBe(["Analytics", "Email", "Inventory"], ignoreOrder: true);
        clerk.Text.ShouldContain("Queue critical");
        clerk.Text.ShouldContain("checkout closed");
    }

    [Fact]
    public async Task The_audit_trail_can_be_filtered_by_person_and_by_action()
    {
        await shop.Database.ExecuteAsync(
            "insert into orders.audit (who, action, subject, note) values ('grace@example.com', 'switch', 'queue/default paused', 'a look "
                + "at the disk')", [], default);
        var clerk = await BackOfficeFixture.SignInAsync(shop, Roles.Viewer);

        (await clerk.OpenAsync("/admin/audit?who=Grace%40example.com&what=switch")).Page.QuerySelectorAll("tbody tr")
            .ShouldHaveSingleItem().TextContent.ShouldContain("a look at the disk");
        (await clerk.OpenAsync("/admin/audit?who=grace%40example.com&what=cancel")).Text.ShouldContain("No results");
    }

    [Fact]
    public async Task Commands_given_on_the_job_dashboard_are_in_the_audit_trail()
    {
        var id = await BackOfficeFixture.DeliveredOrderAsync(shop);
        using var browser = shop.Browser();
        await BackOfficeFixture.SignInAsync(shop, browser, Roles.Operator);
        var page = new AngleSharp.Html.Parser.HtmlParser().ParseDocument(await browser.GetStringAsync("/admin/jobs/recurring"));
        string Meta(string name) => page.QuerySelector($"meta[name={name}]")!.GetAttribute("content")!;
        var job =
            (await shop.Database.ReadAsync("select job_id from orders.deliveries where order_id = $1 and effect = 'order-confirmation'",
                [id], row => row.GetInt64(0), default)).Single();

        foreach (var (path, body) in new (string, HttpContent?)[] { ("recurring/trigger",
            new FormUrlEncodedContent([new("jobs[]", "forget-calls")])), ($"jobs/actions/requeue/{job}", null) })
        {
            using var command = new HttpRequestMessage(HttpMethod.Post, $"/admin/jobs/{path}") { Content = body };
            command.Headers.Add(Meta("csrf-header"), Meta("csrf-token"));
            (await browser.SendAsync(command)).EnsureSuccessStatusCode();
        }

        var clerk = await BackOfficeFixture.SignInAsync(shop, Roles.Viewer);
        (await clerk.OpenAsync("/admin/audit?what=dashboard")).Text.ShouldContain(
            "operator@example.com dashboard recurring/trigger forget-calls");
        clerk.Text.ShouldContain($"jobs/actions/requeue/{job}");
    }

    [Fact]
    public async Task Calls_to_partners_are_deleted_after_ninety_days()
    {
        var (old, young) = (Guid.NewGuid(), Guid.NewGuid());
        foreach (var (order, days) in new[] { (old, 91), (young, 89) })
            await shop.Database.ExecuteAsync(
                "insert into orders.calls (order_id, effect, partner, request, began_at, duration_ms) values ($1, 'review-request', "
                    + "'Email', 'POST /emails', now() - make_interval(days => $2), 1)", [order, days], default);

        await ActivatorUtilities.CreateInstance<ForgetCalls>(shop.Services).RunAsync(default);

        (await shop.Database.ReadAsync("select order_id from orders.calls where order_id in ($1, $2)", [old, young], row => row.GetGuid(0),
            default)).ShouldBe([young]);
    }

    [Fact]
    public async Task A_repair_left_to_a_person_is_marked_as_handled_with_a_note()
    {
        await shop.Database.ExecuteAsync(
            "insert into orders.repairs (kind, subject, found, done) values ('reservation-differs', $1, 'Inventory holds 2, the order has "
                + "1', 'nothing: for a human')", [$"{Guid.NewGuid()}"], default);
        var clerk = await BackOfficeFixture.SignInAsync(shop);
        await clerk.OpenAsync("/admin/reconciliation?open=true");

        await clerk.PressAsync("Mark as resolved", ("note", "counted the shelf"));

        clerk.Text.ShouldContain("The finding is marked as resolved.");
        clerk.Text.ShouldContain("No findings need attention.");
        (await clerk.OpenAsync("/admin/reconciliation")).Text.ShouldContain("counted the shelf");
    }

    [Fact]
    public async Task Reconciliation_can_be_started_by_hand()
    {
        var clerk = await BackOfficeFixture.SignInAsync(shop);
        await clerk.OpenAsync("/admin/reconciliation");

        await clerk.PressAsync("Run now compare-inventory");

        clerk.Text.ShouldContain("compare-inventory was started.");
        await Eventually.Async(
            async () => (await clerk.OpenAsync("/admin/reconciliation")).Page.QuerySelectorAll("[aria-labelledby=runs] tbody tr")
                .Single(row => row.TextContent.Contains("compare-inventory", StringComparison.Ordinal)).TextContent,
            row => row.Contains("succeeded", StringComparison.Ordinal), "it has run");
    }

    private static async Task<(int Orders, int Deliveries, int Failures)> HourAsync(Visitor clerk)
    {
        await clerk.OpenAsync("/admin");
        int Sum(int column) =>
            clerk.Page.QuerySelectorAll("#minutes tbody tr")
                .Sum(row => int.Parse(row.Children[column].TextContent, System.Globalization.CultureInfo.InvariantCulture));
        return (Sum(1), Sum(2), Sum(3));
    }
}
