using Hangfire;
using Storefront.Tests.Support;

namespace Storefront.Tests.Orders;

/// <summary>Open orders wait for Inventory, each with a worker; what has nothing to do with Inventory does not wait with them.</summary>
public sealed class WhenInventoryHangs(WhenInventoryHangs.PatientShop shop) : IClassFixture<WhenInventoryHangs.PatientShop>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Reconciliation_runs_while_more_orders_are_open_than_there_are_workers_for_them()
    {
        await shop.Partners.BreakAsync("inventory", new { hang = true });
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => shop.Http.PlaceAsync(AnOrder.Of((Goods.Mug, 1)))));
        await Eventually.Async(() => OpenOrdersAsync("is not null"), asking => asking > 0, "Inventory is asked about one of them");
        await Eventually.Async(() => OpenOrdersAsync("is null"), waiting => waiting > 0, "another waits for its worker");

        var id = ((IRecurringJobManagerV2)shop.Get<IRecurringJobManager>()).TriggerJob("reconcile-orders");

        using var connection = shop.Get<JobStorage>().GetConnection();
        await Eventually.Async(
            () => Task.FromResult(connection.GetStateData(id)?.Name), state => state == "Succeeded", "reconciliation has run");
        (await OpenOrdersAsync("is not null")).ShouldBePositive("Inventory still hangs");
    }

    private async Task<long> OpenOrdersAsync(string taken)
    {
        await using var count = shop.Database.CreateCommand($"""
            select count(*) from hangfire.jobqueue q join orders.orders o on o.finish_job_id = q.jobid where q.fetchedat {taken}
            """);
        return (long)(await count.ExecuteScalarAsync(Cancel))!;
    }

    public sealed class PatientShop : Shop
    {
        protected override IEnumerable<(string Key, string Value)> Settings =>
        [
            ("Partners:Inventory:TotalTimeoutSeconds", "0.5"), ("Partners:Inventory:AttemptTimeoutSeconds", "0.4"),
            ("Partners:Inventory:JobTimeoutSeconds", "300"),
        ];
    }
}
