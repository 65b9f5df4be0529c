using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Storefront.Jobs.Alerts;
using Storefront.Jobs.BackOffice;
using Storefront.Jobs.Telemetry;
using Storefront.Tests.Support;
using Storefront.Tests.Telemetry;

namespace Storefront.Tests.Alerts;

/// <summary>Alerts reach a person, once, and without personal data.</summary>
public sealed class AlertTests(AlertTests.ShopWithAlertReceiver shop) : IClassFixture<AlertTests.ShopWithAlertReceiver>
{
    [Fact]
    public async Task Many_dead_deliveries_make_one_alert_that_is_retried_until_its_receiver_is_up()
    {
        await shop.Partners.SetStockAsync(Goods.Mug, 100);
        await shop.Partners.BreakAsync("email", new { status = 422 });
        shop.FailNext = 1;
        var orders = new List<Guid>();
        for (var n = 0; n < 3; n++) orders.Add(await PlaceAsync());

        foreach (var order in orders)
            await shop.Http.UntilAsync(order, seen => seen.Delivery("order-confirmation") == "dead", "the mail is dead");
        var message = (await shop.MessagesAsync("DeadDelivery")).ShouldHaveSingleItem();
        // This alarm is another node's, which has not sent that alert.
        await ActivatorUtilities.CreateInstance<Alarm>(shop.Services).RaiseAsync(AlertKind.DeadDelivery, "again");

        var text = message.GetProperty("text").GetString()!;
        text.ShouldMatch("order-confirmation of order [0-9a-f-]{36} is dead and needs attention. Email answered 422");
        File.Exists(Repository.File(message.GetProperty("runbook").GetString()!)).ShouldBeTrue();
        shop.Received.ShouldAllBe(
            body => !body.Contains("Ada", StringComparison.Ordinal) && !body.Contains("ada@", StringComparison.Ordinal));
        (await JobsAsync("dead-delivery")).ShouldBe(1);
        await shop.Partners.HealAsync();
    }

    [Fact]
    public async Task The_same_alert_is_sent_again_after_the_quiet_time()
    {
        await RaiseAsync("the first");
        await RaiseAsync("the second, at once");
        (await JobsAsync("many-repairs")).ShouldBe(1);

        await using var later = shop.Database.CreateCommand(
            "update orders.alerts set raised_at = raised_at - interval '16 minutes' where kind = 'many-repairs'");
        await later.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        await RaiseAsync("the third, a quarter of an hour later");

        (await JobsAsync("many-repairs")).ShouldBe(2);
        (await shop.MessagesAsync("ManyRepairs", count: 2)).Select(message => message.GetProperty("id").GetGuid()).Distinct().Count()
            .ShouldBe(2);

        Task RaiseAsync(string what) => ActivatorUtilities.CreateInstance<Alarm>(shop.Services).RaiseAsync(AlertKind.ManyRepairs, what);
    }

    [Fact]
    public async Task An_unreachable_Inventory_raises_an_alert_and_no_trace_contains_the_webhooks_secret()
    {
        await shop.Partners.SetStockAsync(Goods.Mug, 100);
        await shop.CircuitAsync(Switches.Open, HttpStatusCode.ServiceUnavailable);
        await shop.CircuitAsync(Switches.Closed, HttpStatusCode.Created);

        (await shop.MessagesAsync("InventoryUnavailable")).ShouldHaveSingleItem().GetProperty("severity").GetString().ShouldBe("critical");
        var spans = await Eventually.Async(() => Task.FromResult(shop.Collector.Spans.ToList()),
            spans => spans.Exists(span => span.Name == "send alert"), "its job was exported");
        // The receiver runs in this process too, and its own spans have the address.
        spans.Where(span => span.Kind != Span.Server).SelectMany(span => span.Tags.Values)
            .ShouldAllBe(value => !value.Contains(ShopWithAlertReceiver.Secret, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_kind_of_alert_has_a_runbook() =>
        Enum.GetNames<AlertKind>().Where(name => !File.Exists(Repository.File($"ops/runbooks/{name}.md"))).ShouldBeEmpty();

    private async Task<Guid> PlaceAsync() => (await (await shop.Http.PlaceAsync(AnOrder.Of((Goods.Mug, 1)))).JsonAsync()).Id();

    private async Task<long> JobsAsync(string kind)
    {
        await using var count = shop.Database.CreateCommand(
            $"select count(*) from hangfire.job where invocationdata ->> 'Type' like '%SendAlert%' and arguments::text like '%{kind}%'");
        return (long)(await count.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }

    /// <summary>A shop that exports its traces, with a receiver of alerts.</summary>
    public sealed class ShopWithAlertReceiver : ObservedShop
    {
        public const string Secret = "T00/B00/secret-of-the-receiver";

        private WebApplication receiver = null!;
        private int failNext;

        public ConcurrentQueue<string> Received { get; } = [];

        /// <summary>The number of calls that the receiver answers with 500.</summary>
        public int FailNext { set => failNext = value; }

        protected override IEnumerable<(string Key, string Value)> Settings =>
            [.. base.Settings, ("Alerts:Webhook:Url", $"{receiver.Urls.First()}/{Secret}")];

        public Task<List<JsonElement>> MessagesAsync(string alert, int count = 1) => Eventually.Async(
            () => Task.FromResult(
                Received.Select(body => JsonDocument.Parse(body).RootElement)
                    .Where(message => message.GetProperty("alert").GetString() == alert).ToList()),
            messages => messages.Count >= count, $"{alert} was told");

        public override async ValueTask InitializeAsync()
        {
            var builder = WebApplication.CreateEmptyBuilder(new());
            builder.Logging.ClearProviders();
            builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
            receiver = builder.Build();
            receiver.Run(ReceiveAsync);
            await receiver.StartAsync();
            await base.InitializeAsync();
        }

        public override async ValueTask DisposeAsync()
        {
            await base.DisposeAsync();
            await receiver.DisposeAsync();
        }

        private async Task ReceiveAsync(HttpContext http)
        {
            using var reader = new StreamReader(http.Request.Body);
            var body = await reader.ReadToEndAsync();
            if (http.Request.Path != $"/{Secret}") http.Response.StatusCode = 404;
            else if (Interlocked.Decrement(ref failNext) >= 0) http.Response.StatusCode = 500;
            else Received.Enqueue(body);
        }
    }
}
