using Microsoft.Playwright;
using Storefront.Browser.Tests.Support;
using Storefront.Jobs.Queue.Gates;
using Storefront.Tests.BackOffice;
using Storefront.Tests.Support;
using Storefront.Web.Identity;
using static Microsoft.Playwright.Assertions;

namespace Storefront.Browser.Tests.Operating;

/// <summary>An operator finds failures, sees why they happened, and repairs them.</summary>
public sealed class OperatingTests(Chromium chromium, BrowsedShop shop) : IClassFixture<BrowsedShop>
{
    // In the colour of an incident, --rust-wash.
    private const string ShadedPixels = """
        () => {
            const canvas = document.querySelector('.chart canvas');
            const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
            let count = 0;
            for (let at = 0; at < data.length; at += 4)
                if (data[at] === 0xf5 && data[at + 1] === 0xe0 && data[at + 2] === 0xd0) count++;
            return count;
        }
        """;

    [Theory, MemberData(nameof(Devices.All), MemberType = typeof(Devices))]
    public async Task When_Email_fails_an_operator_finds_the_dead_mails_and_their_error_and_retries_them_all(Device device)
    {
        await using var visit = await SignInAsync(device, Roles.Operator);
        await shop.Partners.SetStockAsync(Goods.Lamp, 1000);
        var orders = new List<Guid>();
        try
        {
            await shop.Partners.BreakAsync("email", new { status = 422 });
            for (var n = 0; n < 3; n++) orders.Add((await (await shop.Http.PlaceAsync(AnOrder.Of((Goods.Lamp, 1)))).JsonAsync()).Id());
            foreach (var id in orders)
                await shop.Http.UntilAsync(id, seen => seen.Delivery("order-confirmation") == "dead", "its mail is given up");

            await visit.OpenAsync("/admin");
            await Expect(visit.Page.Locator(".tally-ill a")).ToHaveTextAsync("3");
            await visit.InspectAsync();
            await visit.FollowAsync("Failures");
            await visit.SeesAsync("A fault was switched on in the sandbox.");
            await visit.InspectAsync();
            await visit.FollowAsync("view email");
            await Expect(visit.Page.FrameLocator("iframe").Locator("body")).ToContainTextAsync("Desk Lamp");
            // axe cannot inspect this frame, because no script runs in it.
        }
        finally
        {
            await shop.Partners.HealAsync();
        }

        await visit.OpenAsync("/admin/failures");
        await visit.FollowAsync("Retry all 3");
        await visit.SeesAsync("Retry 3 deliveries?");
        await visit.InspectAsync();
        await visit.PressAsync("Retry 3 deliveries");
        await visit.UntilAsync("Finished: 3 retried");
        await visit.InspectAsync();

        await visit.FollowAsync("Overview");
        foreach (var id in orders)
            await shop.Http.UntilAsync(id, seen => seen.Delivery("order-confirmation") == "delivered", "its mail is sent");
        if (!device.RunsScripts()) await visit.OpenAsync("/admin");
        await Expect(visit.Page.Locator("#today dd a[href='/admin/failures']")).ToHaveTextAsync("0", new() { Timeout = 30_000 });
        await visit.OpenAsync($"/admin/orders/{orders[0]}");
        await visit.SeesAsync("Email answered 422");
        await visit.SeesAsync("Email answered 200");
        await visit.InspectAsync();
    }

    [Theory, MemberData(nameof(Devices.All), MemberType = typeof(Devices))]
    public async Task An_operator_finds_and_cancels_an_order_and_the_audit_trail_names_the_operator(Device device)
    {
        var id = await BackOfficeFixture.DeliveredOrderAsync(shop);
        await using var visit = await SignInAsync(device, Roles.Operator);

        await visit.OpenAsync("/admin/orders");
        await visit.FillAsync(("Order number or ID", $"{id}"));
        await visit.PressAsync("Search");
        await visit.InspectAsync();
        await visit.Page.Locator("tbody th a").ClickAsync();
        await visit.Page.GetByText("Cancel this order").ClickAsync();
        await visit.Page.Locator(".act-order").GetByLabel("Note").FillAsync("she telephoned");
        await visit.InspectAsync();
        await visit.PressAsync("Yes, cancel order");

        await visit.SeesAsync("The order is cancelled");
        await visit.InspectAsync();
        await visit.OpenAsync("/admin/audit");
        await visit.SeesAsync("she telephoned");
        await visit.InspectAsync();
    }

    [Theory, MemberData(nameof(Devices.All), MemberType = typeof(Devices))]
    public async Task An_admin_invites_an_operator_and_makes_and_revokes_an_API_key(Device device)
    {
        var email = $"{Guid.NewGuid():n}@example.com";
        await using var visit = await SignInAsync(device, Roles.Admin);

        await visit.FollowAsync("Staff");
        await visit.InspectAsync();
        await visit.FillAsync(("Email", email));
        await visit.Page.Locator("form.act-panel select").SelectOptionAsync(Roles.Operator);
        await visit.PressAsync("Invite");
        await visit.SeesAsync($"{email} is invited as operator.");
        await visit.InspectAsync();

        await visit.FollowAsync("API keys");
        await visit.FillAsync(("Name of the program", device.ToString()));
        await visit.PressAsync("Make");
        await visit.SeesAsync("Copy it now: it is not shown again.");
        await visit.InspectAsync();
        await visit.PressAsync($"Revoke {device}");
        await visit.SeesAsync("The key is revoked.");
    }

    [Theory, MemberData(nameof(Devices.All), MemberType = typeof(Devices))]
    public async Task An_admin_pauses_a_queue_and_resumes_it_and_every_page_says_that_it_is_paused(Device device)
    {
        await using var visit = await SignInAsync(device, Roles.Admin);
        await visit.OpenAsync("/admin/partners");
        await SetAsync(visit, "Pause", "a look at the disk");
        await visit.SeesAsync("Deliveries to Analytics: paused");
        await visit.InspectAsync();

        foreach (var page in new[] { "/admin/reconciliation", "/admin/schedule" })
        {
            await visit.OpenAsync(page);
            await visit.SeesAsync("a look at the disk");
            await visit.InspectAsync();
        }

        await visit.OpenAsync("/admin/partners");
        await SetAsync(visit, "Resume", "it was nothing");
        await visit.SeesAsync("Deliveries to Analytics: running");
        await visit.SeesNotAsync("a look at the disk");
    }

    [Theory, MemberData(nameof(Devices.All), MemberType = typeof(Devices))]
    public async Task An_outage_is_on_the_overview_as_text_and_as_a_span_of_its_chart(Device device)
    {
        await BackOfficeFixture.DeliveredOrderAsync(shop);
        await using var visit = await SignInAsync(device, Roles.Operator);
        try
        {
            await ExecuteAsync("""
                insert into hangfire.storefront_incident (partner, cause, began_at, ended_at, delayed)
                values ('Analytics', 'Analytics answered 503.', now() - interval '40 minutes', now() - interval '20 minutes', 12),
                       ('Email', 'Email does not answer.', now() - interval '5 minutes', null, null);
                insert into hangfire.storefront_gate (name, position, reason, since, breaks, probe_at)
                values ('Email', 'closed', 'Email does not answer.', now() - interval '5 minutes', 9, now() + interval '1 hour')
                on conflict (name) do update set position = 'closed', reason = excluded.reason, since = excluded.since,
                    probe_at = excluded.probe_at
                """);
            var gates = shop.Get<PartnerGates>();
            await Eventually.Async(
                () => Task.FromResult(gates.RowOf("Email")?.Gate), gate => gate is { Position: GateState.Closed },
                "the process has seen that the gate is closed");
            await visit.OpenAsync("/admin");
            await visit.SeesAsync("Email is down");
            await visit.SeesAsync("Analytics was down");
            await visit.SeesAsync("Deliveries delayed: 12.");
            await Expect(visit.Page.Locator("[aria-labelledby=partners] tbody .mood-ill")).ToHaveTextAsync("Email");
            if (device.RunsScripts())
                (await visit.Page.EvaluateAsync<int>(ShadedPixels)).ShouldBeGreaterThan(1000, "a third of the chart is shaded");
            await visit.InspectAsync();

            await visit.OpenAsync("/admin/failures");
            await visit.SeesAsync("Email is down");
            await visit.InspectAsync();
            await visit.FollowAsync("See since when and why");
            await visit.SeesAsync("Next try in");
        }
        finally
        {
            await ExecuteAsync("delete from hangfire.storefront_incident where partner = 'Analytics'");
            await shop.Get<PartnerGates>().OpenAsync("Email", CancellationToken.None);
        }
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var command = shop.Database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    private static async Task SetAsync(Visit visit, string button, string why)
    {
        var lever = visit.Page.GetByRole(AriaRole.Row).Filter(new() { HasText = "Deliveries to Analytics" });
        await lever.Locator("summary").ClickAsync();
        await lever.GetByLabel("Reason").FillAsync(why);
        await lever.GetByRole(AriaRole.Button, new() { Name = button }).ClickAsync();
    }

    private async Task<Visit> SignInAsync(Device device, string role)
    {
        var visit = await Visit.BeginAsync(chromium, shop, device);
        var (email, password) = await BackOfficeFixture.HireAsync(shop, role);
        await visit.OpenAsync("/account/sign-in?returnUrl=/admin");
        await visit.FillAsync(("Email", email), ("Password", password));
        await visit.Main.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await visit.SeesAsync("Last hour");
        return visit;
    }
}
