using Storefront.Jobs.BackOffice;
using Storefront.Jobs.Database;
using Storefront.Jobs.Queue.Gates;
using Storefront.Tests.Support;

namespace Storefront.Tests.BackOffice;

/// <summary>How long it will take to send what waits, as far as one can know before.</summary>
public sealed class DrainTimeTests(DrainTimeTests.ShopWithTwoMailWorkers shop) : IClassFixture<DrainTimeTests.ShopWithTwoMailWorkers>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_latest_accepted_calls_and_the_workers_of_the_fleet_say_how_long_it_takes()
    {
        var drain = shop.Get<DrainTime>();
        await Eventually.Async(() => shop.Database.ReadAsync("select id from hangfire.server", [], row => row.GetString(0), Cancel),
            servers => servers.Count == 1, "the server has said that it works");
        (await drain.EstimateAsync("Email", 100, Cancel)).ShouldBeNull("no call was accepted yet");
        (await drain.EstimateAsync("no such partner", 100, Cancel)).ShouldBeNull();

        await CallAsync(milliseconds: 60_000, status: 200, times: 5); // long ago
        await CallAsync(milliseconds: 300, status: 200, times: 200);
        await CallAsync(milliseconds: 10_000, status: 503, times: 300);
        await CallAsync(milliseconds: 10_000, status: null, times: 300);

        // Email has two workers in this process.
        (await drain.EstimateAsync("Email", 1000, Cancel)).ShouldBe(TimeSpan.FromSeconds(1000 * 0.3 / 2));

        // A second process halves it. One that is silent does not count.
        await shop.Database.ExecuteAsync("""
            insert into hangfire.server (id, data, lastheartbeat) select 'another', data, now() from hangfire.server
            union all select 'dead', data, now() - interval '5 minutes' from hangfire.server
            """, [], Cancel);
        (await drain.EstimateAsync("Email", 1000, Cancel)).ShouldBe(TimeSpan.FromSeconds(1000 * 0.3 / 4));

        // The workers could send faster than the partner may be called.
        await shop.Get<PartnerGates>().LimitAsync("Email", 0.5, Cancel);
        (await drain.EstimateAsync("Email", 1000, Cancel)).ShouldBe(TimeSpan.FromSeconds(2000));
    }

    private Task CallAsync(int milliseconds, int? status, int times) => shop.Database.ExecuteAsync("""
        insert into orders.calls (order_id, effect, partner, request, began_at, duration_ms, status)
        select gen_random_uuid(), 'order-confirmation', 'Email', 'POST /emails', now(), $1, $2::int::smallint from generate_series(1, $3)
        """, [milliseconds, status, times], Cancel);

    public sealed class ShopWithTwoMailWorkers : Shop
    {
        protected override IEnumerable<(string Key, string Value)> Settings => [("Partners:Email:Workers", "2")];
    }
}
