using Microsoft.Extensions.DependencyInjection;
using Storefront.Jobs.BackOffice;
using Storefront.Jobs.Queue.Gates;
using Storefront.Tests.Pages;
using Storefront.Tests.Support;
using Storefront.Web.Identity;

namespace Storefront.Tests.BackOffice;

/// <summary>A switch affects all tests of a shop, so these tests have their own shop.</summary>
public sealed class SwitchesTests(Shop shop) : IClassFixture<Shop>
{
    [Fact]
    public async Task A_paused_partner_is_not_called_and_gets_everything_when_it_is_resumed()
    {
        var admin = await BackOfficeFixture.SignInAsync(shop, Roles.Admin);
        await SetAsync(admin, "/admin/partners", "Pause deliveries to Email", "they asked us to");
        admin.Text.ShouldContain("Deliveries to Email: paused");
        admin.Text.ShouldContain("they asked us to");
        admin.Page.QuerySelectorAll("#gates tbody tr").Single(row => row.TextContent.Contains("Email", StringComparison.Ordinal))
            .TextContent.ShouldContain("paused by hand");

        await shop.Partners.SetStockAsync(Goods.Lamp, 100);
        var id = (await (await shop.Http.PlaceAsync(AnOrder.Of((Goods.Lamp, 1)))).JsonAsync()).Id();
        await shop.Http.UntilAsync(id, seen => seen.Delivery("order-placed-event") == "delivered", "the event is sent");
        // It stays in its queue, and nothing is written about it.
        await using var states = shop.Database.CreateCommand("""
            select string_agg(s.name, ' ') from hangfire.state s join orders.deliveries d on d.job_id = s.jobid
            where d.order_id = $1 and d.effect = 'order-confirmation'
            """);
        states.Parameters.Add(new() { Value = id });
        (await states.ExecuteScalarAsync(TestContext.Current.CancellationToken)).ShouldBe("Enqueued");
        (await shop.Http.OrderAsync(id)).Delivery("order-confirmation").ShouldBe("pending");
        (await shop.Partners.EmailsOfAsync(id)).ShouldBeEmpty();
        (await new Visitor(shop.Browser()).OpenAsync($"/orders/{AnOrder.KeyOf(id)}")).Text
            .ShouldContain("Confirmation email: will be sent as soon as our email service is back");
        (await shop.Http.GetStringAsync("/health/ready", TestContext.Current.CancellationToken))
            .ShouldContain("paused by staff. Its deliveries wait.");

        await SetAsync(admin, "/admin/partners", "Resume deliveries to Email", "they are done");
        await shop.Http.UntilAsync(id, seen => seen.Delivery("order-confirmation") == "delivered", "the mail is sent");
    }

    [Fact]
    public async Task A_circuit_held_open_stops_all_calls_until_it_is_closed()
    {
        var admin = await BackOfficeFixture.SignInAsync(shop, Roles.Admin);
        await shop.Partners.SetStockAsync(Goods.Mug, 100);
        await SetAsync(admin, "/admin/partners", "Stop calls to Inventory", "a stocktaking");
        await Eventually.Async(async () => (await shop.Http.PlaceAsync(AnOrder.Of((Goods.Mug, 1)))).StatusCode,
            status => status == System.Net.HttpStatusCode.ServiceUnavailable, "no order gets through");

        await SetAsync(admin, "/admin/partners", "Allow calls to Inventory", "counted");

        await Eventually.Async(async () => (await shop.Http.PlaceAsync(AnOrder.Of((Goods.Mug, 1)))).StatusCode,
            status => status == System.Net.HttpStatusCode.Created, "orders get through");
    }

    [Fact]
    public async Task Calls_that_are_allowed_again_begin_at_once_and_a_process_that_starts_later_opens_no_gate_because_of_it()
    {
        var admin = await BackOfficeFixture.SignInAsync(shop, Roles.Admin);
        var gates = shop.Get<PartnerGates>();
        await CloseGateAsync();
        await SetAsync(admin, "/admin/partners", "Allow calls to Analytics", "they are well");
        gates.IsOpen("Analytics").ShouldBeTrue();

        await CloseGateAsync();
        using var later = ActivatorUtilities.CreateInstance<SwitchWatch>(shop.Services);
        await later.StartAsync(TestContext.Current.CancellationToken);
        var looked = gates.Looks;
        await Eventually.Async(() => Task.FromResult(gates.Looks), looks => looks > looked + 2, "two seconds have passed");
        await later.StopAsync(TestContext.Current.CancellationToken);
        gates.IsOpen("Analytics").ShouldBeFalse();
        await gates.OpenAsync("Analytics", TestContext.Current.CancellationToken);

        async Task CloseGateAsync()
        {
            await new GateTable(shop.Database).CloseAsync(
                "Analytics", "Analytics answered 503.", TimeSpan.FromMinutes(15), TestContext.Current.CancellationToken);
            await Eventually.Async(() => Task.FromResult(gates.IsOpen("Analytics")), open => !open, "this process knows");
        }
    }

    [Fact]
    public async Task A_rate_limit_set_by_staff_holds_at_once_is_in_the_audit_and_can_be_removed()
    {
        var admin = await BackOfficeFixture.SignInAsync(shop, Roles.Admin);
        await admin.OpenAsync("/admin/partners");
        await admin.PressAsync("Set limit of Analytics", ("perSecond", "2.5"), ("reason", "they asked us to"));
        admin.Text.ShouldContain("2.5 requests/s, set by staff");
        shop.Get<PartnerGates>().LimitOf("Analytics").ShouldBe(2.5);

        foreach (var wrong in new[] { "0", "-1", "1e3", "many", "10001" })
        {
            await admin.PressAsync("Set limit of Analytics", ("perSecond", wrong), ("reason", "a slip"));
            admin.Text.ShouldContain("Enter a number from 0.01 to 10000, or nothing.");
        }

        shop.Get<PartnerGates>().LimitOf("Analytics").ShouldBe(2.5);
        await admin.PressAsync("Set limit of Analytics", ("perSecond", ""), ("reason", "they can take more"));
        shop.Get<PartnerGates>().LimitOf("Analytics").ShouldBeNull();
        await admin.OpenAsync("/admin/audit");
        admin.Text.ShouldContain("gate/Analytics limit 2.5/s");
        admin.Text.ShouldContain("gate/Analytics limit removed");
    }

    [Fact]
    public async Task A_paused_recurring_job_shows_who_paused_it_and_cannot_be_started_by_hand()
    {
        var admin = await BackOfficeFixture.SignInAsync(shop, Roles.Admin);
        await SetAsync(admin, "/admin/schedule", "Pause compare-inventory", "Inventory is being moved");
        admin.Text.ShouldContain("by admin@example.com");

        await admin.PressAsync("Run now compare-inventory");
        admin.Text.ShouldContain("compare-inventory is paused. Resume it first.");

        await SetAsync(admin, "/admin/schedule", "Resume compare-inventory", "moved");
        await admin.PressAsync("Run now compare-inventory");
        admin.Text.ShouldContain("compare-inventory was started.");
    }

    [Fact]
    public async Task An_operator_sees_the_switches_and_cannot_change_them()
    {
        var clerk = await BackOfficeFixture.SignInAsync(shop, Roles.Operator);
        await clerk.OpenAsync("/admin/partners");
        clerk.Page.QuerySelectorAll("button[name=position]").ShouldBeEmpty();

        await clerk.PostAsync("/admin/partners", ("target", "queue/critical"), ("position", "paused"), ("reason", "mine"));

        clerk.Path.ShouldStartWith("/account/denied");
        (await shop.Get<Switches>().AllAsync(default)).ShouldNotContain(position => position.Target == "queue/critical");
    }

    [Fact]
    public async Task An_unknown_switch_and_a_change_without_a_reason_are_refused()
    {
        var admin = await BackOfficeFixture.SignInAsync(shop, Roles.Admin);
        await admin.OpenAsync("/admin/partners");

        (await admin.PostAsync("/admin/partners", ("target", "queue/no-such"), ("position", "paused"),
            ("reason", "why not"))).Text.ShouldContain("There is no such switch.");
        (await admin.PostAsync("/admin/partners", ("target", "queue/default"), ("position", "paused"), ("reason", " "))).Text.ShouldContain(
            "Enter a reason");
    }

    private static async Task SetAsync(Visitor admin, string page, string button, string reason)
    {
        await admin.OpenAsync(page);
        await admin.PressAsync(button, ("reason", reason));
    }
}
