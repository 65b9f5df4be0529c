using System.Net;
using Storefront.Tests.Support;

namespace Storefront.Tests.Telemetry;

/// <summary>The metrics that Prometheus reads.</summary>
public sealed class MetricsTests(ObservedShop shop) : IClassFixture<ObservedShop>
{
    [Fact]
    public async Task Every_metric_has_a_name_with_its_unit()
    {
        await shop.WorkAsync();
        var metrics = await Eventually.Async(shop.MetricsAsync, text => text.Contains("storefront_queue_depth", StringComparison.Ordinal),
            "the queues were looked at");

        foreach (var name in new[]
                 {
                     """storefront_checkout_duration_seconds_count{otel_scope_name="Storefront",storefront_outcome="placed"}""",
                     """storefront_checkout_duration_seconds_count{otel_scope_name="Storefront",storefront_outcome="unavailable"}""",
                     """storefront_inventory_reserve_duration_seconds_count{otel_scope_name="Storefront","""
                         + """storefront_caller="checkout",storefront_outcome="held"}""",
                     """storefront_job_duration_seconds_count{otel_scope_name="Storefront","""
                         + """storefront_job="SendOrderConfirmation",storefront_outcome="succeeded",storefront_queue="email"}""",
                     """storefront_job_wait_seconds_count{otel_scope_name="Storefront","""
                         + """storefront_job="SendOrderConfirmation",storefront_queue="email"}""",
                     """storefront_deliveries_total{otel_scope_name="Storefront","""
                         + """storefront_effect="order-confirmation",storefront_state="delivered"}""",
                     """storefront_deliveries_total{otel_scope_name="Storefront","""
                         + """storefront_effect="order-confirmation",storefront_state="dead"}""",
                     """storefront_repairs_total{otel_scope_name="Storefront",storefront_kind="delivery-without-job"}""",
                     """storefront_storage_batch_count{otel_scope_name="Storefront",storefront_operation="write"}""",
                     """storefront_storage_batch_count{otel_scope_name="Storefront",storefront_operation="fetch"}""",
                     """storefront_queue_depth{otel_scope_name="Storefront",storefront_queue="critical"}""",
                     """storefront_queue_age_seconds{otel_scope_name="Storefront",storefront_queue="email"}""",
                     """storefront_deliveries_troubled{otel_scope_name="Storefront",storefront_state="dead"}""",
                     """storefront_circuit_state{otel_scope_name="Storefront","""
                         + """storefront_endpoint="checkout",storefront_partner="Inventory"}""",
                     """storefront_hold_age_seconds{otel_scope_name="Storefront"}""",
                     """storefront_reconciliation_age_seconds{otel_scope_name="Storefront"}""",
                     "http_server_request_duration_seconds_count{",
                     "http_client_request_duration_seconds_count{",
                     "dotnet_gc_collections_total{",
                 })
            metrics.ShouldContain(name);
    }

    [Fact]
    public async Task The_shops_port_serves_no_metrics_and_the_metrics_port_nothing_else()
    {
        (await shop.Http.GetAsync("/metrics", TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        using var http = new HttpClient { BaseAddress = shop.MetricsUrl };
        (await http.GetAsync("/metrics", TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.OK);
        foreach (var path in new[] { "/", "/admin", "/health/ready", "/api/v1/products" })
            (await http.GetAsync(path, TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }
}
