using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Runtime.ExceptionServices;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Storefront.Tests.Pages;
using Storefront.Tests.Support;

namespace Storefront.Tests.Security;

/// <summary>
/// A person with a unique name, e-mail and address orders in every way, successfully and not. Afterwards the test
/// searches for them everywhere: only the order, its mail and Email's answers may contain them.
/// </summary>
public sealed class CanaryTests(CanaryTests.ShopWithRecordedOutput shop) : IClassFixture<CanaryTests.ShopWithRecordedOutput>
{
    private const string Canary = "zyxcanary";

    // The letters hold the link to the order's page.
    private static readonly string[] MayKnowKeys = ["orders.orders", "orders.deliveries.payload"];

    private static readonly string[] MayKnow = ["orders.orders", "orders.deliveries.payload", "orders.deliveries.last_error"];

    [Fact]
    public async Task A_forged_cookie_writes_no_stack_trace_into_the_log()
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = shop.Http.BaseAddress };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/account/sign-in");
        request.Headers.Add("Cookie",
            string.Join("; ", new[] { "form", "once", "session", "device", "cart" }.Select(name => $"storefront-{name}=x")));

        (await http.SendAsync(request)).StatusCode.ShouldBe(HttpStatusCode.OK);

        shop.Heard.Where(line => line.StartsWith("log Microsoft.AspNetCore.", StringComparison.Ordinal)
            && line.Contains("   at ", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Personal_data_and_the_key_to_the_order_are_only_with_the_order_and_in_its_mail()
    {
        await shop.Partners.SetStockAsync(Goods.Mug, 10_000);
        await shop.Partners.SetStockAsync(Goods.Lamp, 1);
        var orders = new List<Guid> { await PlacedAsync(Order(Goods.Mug, 1), HttpStatusCode.Created) };
        await WellAndBadlyAsync(orders);
        await WithPartnersInTroubleAsync(orders);
        foreach (var id in orders)
            await shop.Http.UntilAsync(id,
                order => order.Status() != "reserving" && order.Delivery("order-confirmation") is null or "delivered" or "dead",
                "every mail is settled");

        var heard = shop.Heard.ToList(); // Looking around is heard too, so this comes first.
        var keys = orders.ConvertAll(id => AnOrder.KeyOf(id).ToString());
        // The test's own requests are heard too.
        heard.Where(line => !line.Contains($"[url.full, {shop.Http.BaseAddress}", StringComparison.Ordinal)
            && keys.Exists(key => line.Contains(key, StringComparison.OrdinalIgnoreCase))).ShouldBeEmpty();
        (await shop.Partners.EventsAsync()).ShouldAllBe(tracked => !keys.Exists(tracked.ToString().Contains));
        (await shop.Partners.ReservationsAsync()).ShouldAllBe(reservation => !keys.Exists(reservation.ToString().Contains));
        (await TablesAsync(keys[0])).ShouldBe(MayKnowKeys, ignoreOrder: true);

        var knowing = await TablesAsync(Canary);
        knowing.ShouldBeSubsetOf(MayKnow);
        knowing.ShouldContain("orders.orders");
        (await shop.Partners.EventsAsync()).ShouldAllBe(tracked => !Knows(tracked.ToString()));
        (await shop.Partners.ReservationsAsync()).ShouldAllBe(reservation => !Knows(reservation.ToString()));
        (await shop.Partners.EmailsAsync()).ShouldContain(mail => Knows(mail.ToString()));
        heard.Where(Knows).ShouldBeEmpty();
        heard.ShouldContain(line => line.StartsWith("log ", StringComparison.Ordinal));
        heard.ShouldContain(line => line.StartsWith("metric storefront.job.duration ", StringComparison.Ordinal));
        heard.ShouldContain(line => line.StartsWith("span deliver order-confirmation ", StringComparison.Ordinal));
        heard.ShouldContain(line => line.StartsWith("span ", StringComparison.Ordinal));
        heard.ShouldContain(line => line.StartsWith("exception ", StringComparison.Ordinal));
    }

    private async Task WellAndBadlyAsync(List<Guid> orders)
    {
        var visitor = await ShopperSuite.AtCheckoutAsync(shop, (Goods.Mug, 2));
        await visitor.PressAsync("Place order",
            [.. ShopperSuite.Ada.Select(
                field => (field.Item1, field.Item1 is "email"
                    ? $"{Canary}@example.com"
                    : field.Item1 is "address.country" or "address.postalCode" ? field.Item2 : $"{Canary} {field.Item2}"))]);
        orders.Add(await shop.OrderAtAsync(visitor.Path));
        await visitor.OpenAsync(visitor.Path);
        (await shop.Http.GetAsync($"{visitor.Path}x")).StatusCode.ShouldBe(HttpStatusCode.NotFound);

        await PlacedAsync(Order(Goods.Lamp, 500), HttpStatusCode.Conflict);
        await PlacedAsync(Order($"{Canary}-sku", 1), HttpStatusCode.UnprocessableEntity);
        await PlacedAsync(Order(Goods.Mug, -1), HttpStatusCode.UnprocessableEntity);
        await PlacedAsync(Order(Goods.Mug, 1, email: $"{Canary} is no address"), HttpStatusCode.UnprocessableEntity);
        var key = Guid.NewGuid().ToString();
        orders.Add(await PlacedAsync(Order(Goods.Mug, 3), HttpStatusCode.Created, key));
        await PlacedAsync(Order(Goods.Mug, 4), HttpStatusCode.UnprocessableEntity, key);
        using var broken = new StringContent($$"""{"email":"{{Canary}}@example.com","name":"{{Canary}}",""", Encoding.UTF8,
            "application/json");
        (await shop.Http.PostAsync("/api/v1/orders", broken)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        var cancelled = await PlacedAsync(Order(Goods.Mug, 1), HttpStatusCode.Created);
        (await shop.Http.PostAsync($"/api/v1/orders/{AnOrder.KeyOf(cancelled)}/cancel", null)).StatusCode.ShouldBe(HttpStatusCode.OK);
        using var browser = shop.Browser();
        await Staff.TryAsync(browser, $"{Canary}@example.com", $"{Canary}-password");
    }

    private async Task WithPartnersInTroubleAsync(List<Guid> orders)
    {
        await shop.Partners.BreakAsync("inventory", new { hang = true });
        orders.Add(await PlacedAsync(Order(Goods.Mug, 1), HttpStatusCode.Accepted));
        await shop.Partners.HealAsync();
        foreach (var fault in new object[] { new { status = 422 }, new { status = 500 }, new { dropAfterAccept = 1.0 } })
        {
            await shop.Partners.BreakAsync("email", fault);
            var id = await PlacedAsync(Order(Goods.Mug, 1), HttpStatusCode.Created);
            await shop.Http.UntilAsync(
                id, order => order.GetProperty("deliveries").EnumerateArray()
                    .Any(delivery => delivery.GetProperty("effect").GetString() == "order-confirmation"
                        && delivery.GetProperty("attempts").GetInt32() > 0), "the mail was tried");
            await shop.Partners.HealAsync();
            orders.Add(id);
        }
    }

    private async Task<Guid> PlacedAsync(object order, HttpStatusCode expected, string? key = null)
    {
        var answer = await shop.Http.PlaceAsync(order, key);
        answer.StatusCode.ShouldBe(expected, await answer.Content.ReadAsStringAsync());
        return answer.IsSuccessStatusCode ? (await answer.JsonAsync()).Id() : Guid.Empty;
    }

    private static object Order(string sku, int quantity, string? email = null) => new
    {
        email = email ?? $"{Canary}@example.com",
        name = $"Ada {Canary}",
        address = new { line1 = $"1 {Canary} Street", line2 = $"c/o {Canary}", city = $"{Canary}ville", postalCode = "SW1Y 4JH",
            country = "GB" },
        lines = new[] { new { sku, quantity } },
    };

    private static bool Knows(string text) => text.Contains(Canary, StringComparison.OrdinalIgnoreCase);

    /// <summary>Every table of the database that has personal data. For the ledger: its columns.</summary>
    private async Task<List<string>> TablesAsync(string text)
    {
        var found = new List<string>();
        await using var list = shop.Database.CreateCommand("""
            select table_schema || '.' || table_name, format('%I.%I', table_schema, table_name), format('%I', column_name)
            from information_schema.columns where table_schema not in ('pg_catalog', 'information_schema') order by 1
            """);
        await using var rows = await list.ExecuteReaderAsync();
        while (await rows.ReadAsync())
        {
            await using var look = shop.Database.CreateCommand(
                $"""select exists (select from {rows.GetString(1)} where {rows.GetString(2)}::text ilike '%{text}%')""");
            if (await look.ExecuteScalarAsync() is true)
                found.Add(rows.GetString(0) == "orders.deliveries" ? $"orders.deliveries.{rows.GetString(2)}" : rows.GetString(0));
        }

        return [.. found.Distinct()];
    }

    /// <summary>
    /// A shop that logs more than in Production. It records its log, its traces, its measurements and the exceptions that are thrown
    /// in it.
    /// </summary>
    public sealed class ShopWithRecordedOutput : Shop, ILoggerProvider
    {
        private readonly MeterListener meters =
            new() { InstrumentPublished = (instrument, listener) => listener.EnableMeasurementEvents(instrument) };
        private ActivityListener? listener;

        public ConcurrentBag<string> Heard { get; } = [];

        protected override IEnumerable<(string Key, string Value)> Settings =>
        [
            ("Logging:LogLevel:Default", "Debug"), ("Logging:LogLevel:Microsoft", "Information"),
            ("Logging:LogLevel:System", "Information"),
            ("Logging:LogLevel:Microsoft.EntityFrameworkCore.Database", "Information"), ("Logging:LogLevel:Polly", "Information"),
            ("Logging:LogLevel:Hangfire", "Debug"),
            ("Logging:Console:LogLevel:Default", "None"),
        ];

        public override async ValueTask InitializeAsync()
        {
            await base.InitializeAsync();
            Services.GetRequiredService<ILoggerFactory>().AddProvider(this);
            listener = new ActivityListener
            {
                ShouldListenTo = _ => true,
                Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
                ActivityStopped = span => Heard.Add(
                    $"span {span.DisplayName} {span.StatusDescription} "
                        + $"{string.Join(' ', span.TagObjects.Concat(span.Events.SelectMany(spanEvent => spanEvent.Tags)))} "
                        + $"{string.Join(' ', span.Baggage)}"),
            };
            ActivitySource.AddActivityListener(listener);
            meters.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Hear(instrument, tags));
            meters.SetMeasurementEventCallback<long>((instrument, _, tags, _) => Hear(instrument, tags));
            meters.Start();
            AppDomain.CurrentDomain.FirstChanceException += Hear;
        }

        public override async ValueTask DisposeAsync()
        {
            AppDomain.CurrentDomain.FirstChanceException -= Hear;
            listener?.Dispose();
            meters.Dispose();
            await base.DisposeAsync();
        }

        public ILogger CreateLogger(string categoryName) => new Ear(categoryName, Heard);

        public void Dispose() => GC.SuppressFinalize(this);

        private void Hear(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
            Heard.Add($"metric {instrument.Name} {string.Join(' ', tags.ToArray())}");

        private void Hear(object? sender, FirstChanceExceptionEventArgs thrown)
        {
            // A failed assertion may quote the text that it looked for.
            if (thrown.Exception is not ShouldAssertException)
                Heard.Add($"exception {thrown.Exception.GetType().Name} {thrown.Exception.Message}");
        }

        private sealed class Ear(string category, ConcurrentBag<string> heard) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state) where TState : notnull
            {
                heard.Add($"log {category} in {state}");
                return null;
            }

            public bool IsEnabled(LogLevel logLevel) => true;

            public void Log<TState>(
                LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
                heard.Add($"log {category} {formatter(state, exception)} {exception}");
        }
    }
}
