using System.Net.Http.Json;
using System.Text.Json;
using Hangfire;
using Storefront.Jobs.Queue.Gates;
using Storefront.Tests.Support;

namespace Storefront.Tests.Queue;

/// <summary>When a job fails by a bug of the shop, a person is told.</summary>
public sealed class BrokenJobTests(BrokenJobTests.ShopWithAlerts shop) : IClassFixture<BrokenJobTests.ShopWithAlerts>
{
    [Fact]
    public async Task A_job_with_a_bug_degrades_health_and_raises_an_alert()
    {
        await shop.Partners.SetStockAsync(Goods.Lamp, 10);
        await shop.Partners.BreakAsync("email", new { status = 503, retryAfterSeconds = 3600 });
        var order = (await (await shop.Http.PlaceAsync(AnOrder.Of((Goods.Lamp, 1)))).JsonAsync()).Id();
        await Eventually.Async(
            () => ScalarAsync($"""
                select exists (select from {GateTable.Gates} where name = 'Email' and position = 'closed')
                    and exists (select from hangfire.job j join orders.deliveries d on d.job_id = j.id
                        where d.order_id = $1 and d.effect = 'order-confirmation' and j.statename = 'Scheduled')
                """, order), isSo => isSo is true, "the mail is put off, and the gate is closed");
        await ScalarAsync("""
            update orders.deliveries set payload = null, first_attempt_at = now(), in_doubt_since = now(), last_error = null
            where order_id = $1 and effect = 'order-confirmation'
            """, order);
        await shop.Partners.HealAsync();

        // The shop never deletes the stored mail of a delivery. Without it, and in doubt, the job throws, as a job with a
        // bug does.
        await shop.Get<PartnerGates>().OpenAsync("Email", TestContext.Current.CancellationToken);
        shop.Get<IBackgroundJobClient>().Requeue($"{await MailAsync("job_id", order)}");

        await Eventually.Async(() => MailAsync("last_error", order),
            error => error is string text && text.Contains("Exception", StringComparison.Ordinal), "the delivery says what its job met");
        var health = await Eventually.Async(() => shop.Http.GetFromJsonAsync<JsonElement>("/health/ready"),
            report => report.GetProperty("status").GetString() == "Degraded", "health says that a job fails");
        health.GetProperty("checks").GetProperty("jobs").GetProperty("description").GetString()!.ShouldContain("SendOrderConfirmation");
        await Eventually.Async(
            () => ScalarAsync("select count(*) from orders.alerts where kind = 'jobs-failing'"), count => count is 1L, "a person is told");
    }

    private Task<object?> MailAsync(string column, Guid order) =>
        ScalarAsync($"select {column} from orders.deliveries where order_id = $1 and effect = 'order-confirmation'", order);

    private async Task<object?> ScalarAsync(string sql, params object[] values)
    {
        await using var command = shop.Database.CreateCommand(sql);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return await command.ExecuteScalarAsync();
    }

    public sealed class ShopWithAlerts : Shop
    {
        protected override IEnumerable<(string Key, string Value)> Settings => [("Alerts:Webhook:Url", Partners.Url + "nowhere")];
    }
}
