using System.Net;
using Hangfire;
using Storefront.Tests.Support;
using Storefront.Tests.Pages;

namespace Storefront.Tests.Telemetry;

/// <summary>All work for an order is one trace, as a collector receives it.</summary>
public sealed class TraceTests(ObservedShop shop) : IClassFixture<ObservedShop>
{
    [Fact]
    public async Task One_trace_spans_the_page_the_jobs_and_the_calls_to_partners()
    {
        await shop.Partners.SetStockAsync(Goods.Mug, 100);
        var visitor = await ShopperSuite.AtCheckoutAsync(shop, (Goods.Mug, 1));
        await visitor.PressAsync("Place order", ShopperSuite.Ada);
        var order = await shop.OrderAtAsync(visitor.Path);

        var trace = await shop.TraceAsync(
            order,
            spans => spans.Exists(span => span.Name == "checkout" && spans.Exists(page => page.Id == span.Parent))
                && spans.Exists(span => span.Name == "deliver order-confirmation")
                && spans.Exists(span => span.Name == "deliver order-placed-event"),
            "the way to the partners is there");

        var checkout = trace.Single(span => span.Name == "checkout");
        var page = trace.Single(span => span.Id == checkout.Parent);
        page.Kind.ShouldBe(Span.Server);
        page.Tags["http.route"].ShouldBe("checkout", StringCompareShould.IgnoreCase);
        checkout.Tags["storefront.outcome"].ShouldBe("placed");
        Called(Below(checkout, "inventory.reserve")).Tags["url.full"].ShouldEndWith($"/v1/reservations/{order}");
        var commit = Below(checkout, "commit order", Span.Producer);
        var mail = Below(commit, "deliver order-confirmation", Span.Consumer);
        mail.Tags["storefront.order.id"].ShouldBe(order.ToString());
        mail.Tags["storefront.outcome"].ShouldBe("succeeded");
        Called(mail).Tags["url.full"].ShouldEndWith("/emails");
        Called(Below(commit, "deliver order-placed-event", Span.Consumer)).Tags["url.full"].ShouldEndWith("/v1/batch");

        Span Below(Span parent, string name, int? kind = null) =>
            trace.Single(span => span.Parent == parent.Id && span.Name == name && (kind is null || span.Kind == kind));

        Span Called(Span by) => trace.Single(span => span.Parent == by.Id && span.Kind == Span.Client);
    }

    [Fact]
    public async Task A_retry_belongs_to_the_same_trace_and_links_to_the_earlier_run()
    {
        await shop.Partners.SetStockAsync(Goods.Mug, 100);
        await shop.Partners.BreakAsync("email", new { status = 503, retryAfterSeconds = 1 });
        var order = await PlaceAsync();
        await shop.TraceAsync(order, spans => Runs(spans).Count > 0, "the first run has failed");
        await shop.Partners.HealAsync();

        var trace = await shop.TraceAsync(order, spans => Runs(spans).Exists(run => run.Tags["storefront.outcome"] == "succeeded"),
            "a later run has sent it");

        var runs = Runs(trace);
        var last = runs.Single(run => run.Tags["storefront.outcome"] == "succeeded");
        var first = runs.Single(run => run.Links.Count == 0);
        first.Tags["storefront.outcome"].ShouldBe("deferred");
        first.Tags["error.type"].ShouldBe("PartnerDeferred");
        last.Parent.ShouldBe(first.Parent);
        runs.Count(run => run.Id == last.Links.Single()).ShouldBe(1);
        runs.Count(run => run.Links.Contains(first.Id)).ShouldBe(1);
    }

    [Fact]
    public async Task A_repair_by_reconciliation_belongs_to_the_trace_of_its_order()
    {
        await shop.Partners.SetStockAsync(Goods.Mug, 100);
        var order = await PlaceAsync();
        await shop.TraceAsync(order, spans => Events(spans).Count == 1, "the event was delivered");
        await using var lose = shop.Database.CreateCommand($"""
            update orders.deliveries set state = 'pending', job_id = null, due_at = now() - interval '1 minute'
            where order_id = '{order}' and effect = 'order-placed-event'
            """);
        await lose.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        shop.Get<IRecurringJobManager>().Trigger("reconcile-orders");

        await shop.TraceAsync(order, spans => Events(spans).Count == 2, "the lost delivery was made again");
    }

    [Fact]
    public async Task A_job_stores_no_trace_context_when_the_trace_is_not_sampled()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post,
            "/api/v1/orders") { Content = System.Net.Http.Json.JsonContent.Create(AnOrder.Of((Goods.Mug, 1))) };
        request.Headers.Add("Idempotency-Key", Guid.NewGuid().ToString());
        request.Headers.Add("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00");
        var order = (await (await shop.Http.SendAsync(request, TestContext.Current.CancellationToken)).JsonAsync()).Id();

        await using var ask = shop.Database.CreateCommand($"""
            select count(*) from orders.deliveries d join hangfire.jobparameter p on p.jobid = d.job_id where d.order_id = '{order}'
                and p.name = 'traceparent'
            """);
        (await ask.ExecuteScalarAsync(TestContext.Current.CancellationToken)).ShouldBe(0L);
    }

    private static List<Span> Runs(List<Span> trace) => trace.FindAll(span => span.Name == "deliver order-confirmation");

    private static List<Span> Events(List<Span> trace) => trace.FindAll(span => span.Name == "deliver order-placed-event");

    private async Task<Guid> PlaceAsync()
    {
        var answer = await shop.Http.PlaceAsync(AnOrder.Of((Goods.Mug, 1)));
        answer.StatusCode.ShouldBe(HttpStatusCode.Created);
        return (await answer.JsonAsync()).Id();
    }
}
