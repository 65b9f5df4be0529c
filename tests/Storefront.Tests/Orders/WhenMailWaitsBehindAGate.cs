using Storefront.Jobs.Queue.Gates;
using Storefront.Jobs.Reconciliation;
using Storefront.Tests.Support;

namespace Storefront.Tests.Orders;

/// <summary>Email is down, and what happens to an order while its mail waits ends right when Email is back.</summary>
public sealed class WhenMailWaitsBehindAGate(Shop shop) : IClassFixture<Shop>, IAsyncDisposable
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await shop.Partners.HealAsync();
        foreach (var partner in new[] { "Email", "Inventory" }) await shop.Get<PartnerGates>().OpenAsync(partner, CancellationToken.None);
        // What waits here would be tried first in the next test.
        await using var waiting = shop.Database.CreateCommand(
            "select count(*) from orders.deliveries where state = 'pending' and effect <> 'review-request'");
        await Eventually.Async(async () => (long)(await waiting.ExecuteScalarAsync())!, left => left == 0, "nothing waits any more");
    }

    [Fact]
    public async Task After_an_outage_longer_than_all_retries_and_than_the_key_life_every_mail_is_sent_once()
    {
        await shop.Partners.BreakAsync("email", new { status = 503, retryAfterSeconds = 1 });
        var orders = new List<Guid>();
        for (var n = 0; n < 6; n++) orders.Add(await PlaceAsync());
        await Eventually.Async(
            () => CountAsync(orders, "first_attempt_at is not null and last_error is not null"), tried => tried > 0, "a mail was tried");
        await CloseGateAsync();
        (await CountAsync(orders, "first_attempt_at is null")).ShouldBePositive("the others wait, and were never sent");

        await AgeAsync(days: 3);
        (await shop.Get<PendingDeliveries>().RepairAsync(Cancel)).ShouldBe(0, "their jobs live");
        (await CountAsync(orders, "state = 'pending'")).ShouldBe(orders.Count);

        await shop.Partners.HealAsync();
        await shop.Get<PartnerGates>().ProbeNowAsync("Email", Cancel);
        foreach (var id in orders)
        {
            await shop.Http.UntilAsync(id, seen => seen.Delivery("order-confirmation") == "delivered", "the mail is sent");
            (await shop.Partners.EmailsOfAsync(id)).ShouldHaveSingleItem();
        }
    }

    [Fact]
    public async Task However_often_Email_is_tried_the_same_few_mails_try_it()
    {
        await CloseGateAsync();
        await shop.Partners.BreakAsync("email", new { status = 503 });
        var orders = new List<Guid>();
        for (var n = 0; n < 8; n++) orders.Add(await PlaceAsync());

        for (var tried = 1; tried <= 6; tried++)
        {
            await shop.Get<PartnerGates>().ProbeNowAsync("Email", Cancel);
            await Eventually.Async(() => CallsAsync(orders), calls => calls >= tried, "a mail was tried");
            await Eventually.Async(
                () => CountAsync(orders, "job_id in (select jobid from hangfire.jobqueue where queue = 'email-urgent')"),
                urgent => urgent > 0, "it is the next to be tried");
        }

        // The gate tries by itself too, and then the first may not be due yet.
        (await CountAsync(orders, "first_attempt_at is not null")).ShouldBeLessThanOrEqualTo(3);
    }

    [Theory]
    [InlineData("try now")]
    [InlineData("open")]
    public async Task A_mail_that_was_tried_in_vain_for_days_is_sent_at_once_when_a_person_asks_for_it(string command)
    {
        await shop.Partners.BreakAsync("email", new { status = 503 });
        await CloseGateAsync();
        var id = await PlaceAsync();
        await ProbedInVainAsync(tries: 1);
        await AgeAsync(days: 3);
        await ProbedInVainAsync(tries: 2);
        await shop.Partners.HealAsync();

        if (command == "open") await shop.Get<PartnerGates>().OpenAsync("Email", Cancel);
        else await shop.Get<PartnerGates>().ProbeNowAsync("Email", Cancel);

        await shop.Http.UntilAsync(id, seen => seen.Delivery("order-confirmation") == "delivered", "the mail is sent");
        (await shop.Partners.EmailsOfAsync(id)).ShouldHaveSingleItem();

        async Task ProbedInVainAsync(int tries)
        {
            await shop.Get<PartnerGates>().ProbeNowAsync("Email", Cancel);
            await Eventually.Async(() => CallsAsync([id]), calls => calls >= tries, "it was tried");
            await Eventually.Async(
                () => CountAsync([id], "next_attempt_at is not null and job_id not in (select jobid from hangfire.jobqueue)"),
                waiting => waiting == 1, "it waits for another time");
        }
    }

    [Fact]
    public async Task A_mail_of_a_version_with_one_queue_for_all_partners_waits_too_and_is_sent_once()
    {
        await CloseGateAsync();
        var id = await PlaceAsync();

        await using (var former = shop.Database.CreateCommand($"""
            update hangfire.job set invocationdata = invocationdata - 'Queue' where id = {JobOf(id)};
            update hangfire.jobqueue set queue = 'default' where jobid = {JobOf(id)}
            """))
            await former.ExecuteNonQueryAsync(Cancel);

        await Eventually.Async(
            () => CountAsync([id], "job_id in (select jobid from hangfire.jobqueue where queue = 'email')"),
            waiting => waiting == 1, "it waits in the queue of its partner");
        (await CountAsync([id], "attempts = 0")).ShouldBe(1);

        await shop.Get<PartnerGates>().ProbeNowAsync("Email", Cancel);
        await shop.Http.UntilAsync(id, seen => seen.Delivery("order-confirmation") == "delivered", "the mail is sent");
        (await shop.Partners.EmailsOfAsync(id)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task An_order_cancelled_while_its_mail_waits_is_confirmed_and_then_cancelled_once_each()
    {
        await CloseGateAsync();
        var id = await PlaceAsync();
        (await shop.Http.PostAsync($"/api/v1/orders/{AnOrder.KeyOf(id)}/cancel", null, Cancel)).EnsureSuccessStatusCode();

        // What does not need Email does not wait for it.
        await shop.Http.UntilAsync(id,
            seen => seen.Delivery("stock-release") == "delivered" && seen.Delivery("order-cancelled-event") == "delivered",
            "the stock is released and the event sent");
        var seen = await shop.Http.OrderAsync(id);
        (seen.Status(), seen.Delivery("order-confirmation"), seen.Delivery("order-cancellation"), seen.Delivery("review-request"))
            .ShouldBe(("cancelled", "pending", "pending", "cancelled"));

        await shop.Get<PartnerGates>().ProbeNowAsync("Email", Cancel);
        await shop.Http.UntilAsync(id, seen => seen.Delivery("order-cancellation") == "delivered", "both mails are sent");
        (await shop.Partners.EmailsOfAsync(id)).OrderBy(mail => mail.GetProperty("acceptedAt").GetDateTimeOffset())
            .Select(mail => mail.GetProperty("key").GetString()!.Split('/')[0])
            .ShouldBe(["order-confirmation", "order-cancellation"]);
    }

    [Fact]
    public async Task A_mail_that_is_given_up_without_a_call_says_nothing_about_Email_and_its_gate_stays_closed()
    {
        await shop.Partners.BreakAsync("email", new { status = 503 });
        await CloseGateAsync();
        var id = await PlaceAsync();
        await using (var doubt = shop.Database.CreateCommand($"""
            update orders.deliveries set first_attempt_at = now() - interval '30 hours', in_doubt_since = now() - interval '30 hours',
                attempts = 1 where order_id = '{id}' and effect = 'order-confirmation'
            """))
            await doubt.ExecuteNonQueryAsync(Cancel);

        await shop.Get<PartnerGates>().ProbeNowAsync("Email", Cancel);

        await shop.Http.UntilAsync(id, seen => seen.Delivery("order-confirmation") == "dead", "nobody knows, so a person decides");
        shop.Get<PartnerGates>().IsOpen("Email").ShouldBeFalse();
    }

    [Fact]
    public async Task Inventorys_gate_opens_when_a_shoppers_call_is_answered_although_no_job_waits_to_be_the_probe()
    {
        await new GateTable(shop.Database).CloseAsync("Inventory", "Inventory could not be reached.", null, Cancel);
        await Eventually.Async(() => Task.FromResult(shop.Get<PartnerGates>().IsOpen("Inventory")), open => !open, "this process knows");

        await Eventually.Async(
            async () =>
            {
                await PlaceAsync();
                return shop.Get<PartnerGates>().IsOpen("Inventory");
            }, open => open, "its gate is open");
    }

    [Fact]
    public async Task A_shoppers_call_that_Inventory_asks_to_wait_closes_its_gate()
    {
        await shop.Partners.BreakAsync("inventory", new { status = 429, retryAfterSeconds = 300 });

        await shop.Http.PlaceAsync(AnOrder.Of((Goods.Mug, 1)));

        shop.Get<PartnerGates>().IsOpen("Inventory").ShouldBeFalse();
    }

    // For long enough that nothing is tried meanwhile.
    private async Task CloseGateAsync()
    {
        await new GateTable(shop.Database).CloseAsync("Email", "Email answered 503.", TimeSpan.FromMinutes(15), Cancel);
        await Eventually.Async(() => Task.FromResult(shop.Get<PartnerGates>().IsOpen("Email")), open => !open, "this process knows");
    }

    private async Task<Guid> PlaceAsync()
    {
        await shop.Partners.SetStockAsync(Goods.Mug, 1000);
        return (await (await shop.Http.PlaceAsync(AnOrder.Of((Goods.Mug, 1)))).JsonAsync()).Id();
    }

    private static string JobOf(Guid order) =>
        $"(select job_id from orders.deliveries where order_id = '{order}' and effect = 'order-confirmation')";

    private Task<long> CountAsync(IEnumerable<Guid> orders, string condition) =>
        CountAsync(orders, "deliveries", $"effect = 'order-confirmation' and {condition}");

    private Task<long> CallsAsync(IEnumerable<Guid> orders) => CountAsync(orders, "calls", "partner = 'Email'");

    private async Task<long> CountAsync(IEnumerable<Guid> orders, string table, string condition)
    {
        await using var count = shop.Database.CreateCommand(
            $"select count(*) from orders.{table} where order_id = any($1) and {condition}");
        count.Parameters.Add(new() { Value = orders.ToArray() });
        return (long)(await count.ExecuteScalarAsync(Cancel))!;
    }

    private async Task AgeAsync(int days)
    {
        await using var age = shop.Database.CreateCommand($"""
            update orders.orders set created_at = created_at - interval '{days} days', placed_at = placed_at - interval '{days} days';
            update orders.deliveries set due_at = due_at - interval '{days} days',
                first_attempt_at = first_attempt_at - interval '{days} days' where effect = 'order-confirmation';
            update hangfire.job set createdat = createdat - interval '{days} days';
            update {GateTable.Incidents} set began_at = began_at - interval '{days} days' where ended_at is null
            """);
        await age.ExecuteNonQueryAsync(Cancel);
    }
}
