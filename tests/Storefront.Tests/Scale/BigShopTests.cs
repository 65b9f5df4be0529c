using Hangfire;
using Npgsql;
using Storefront.Jobs.BackOffice;
using Storefront.Tests.BackOffice;
using Storefront.Tests.Support;
using Storefront.Web.Identity;

namespace Storefront.Tests.Scale;

/// <summary>
/// With 200,000 orders, the cost of recurring work depends on what is left to do, and not on what was done in two
/// years.
/// </summary>
public sealed class BigShopTests(BigShop shop) : IClassFixture<BigShop>
{
    // Each kind of recurring work is recognized by a part of its SQL.
    private static readonly string[] Marks =
    [
        "state = 'dead'", "orders.rounds", "orders.switches", "delete from hangfire.counter", "delete from hangfire.job ", "'forget-mails'",
        "delete from orders.calls", "delete from orders.audit", "Failed to change state%", "hangfire.server", "orders.repairs",
        "from hangfire.jobqueue", "job.is_lost",
    ];

    [Theory]
    [InlineData("auto")]
    [InlineData("force_generic_plan")] // A cached plan is made without the values.
    public async Task Recurring_work_reads_no_large_table_sequentially(string planning)
    {
        using var statements = new Statements(shop.Name);
        IReadOnlyList<Reads> before = [], after = [];
        await shop.RestartAsync(async () =>
        {
            await shop.ExecuteAsync($"alter database \"{shop.Name}\" set plan_cache_mode = {planning}");
            before = await Reads.CountAsync(shop, "storefront");
        });

        await RunAllThatRunsByItselfAsync();
        await Eventually.Async(
            () => Task.FromResult(string.Join(" | ", Marks.Where(
                mark => !statements.Seen.Any(sql => sql.Contains(mark, StringComparison.Ordinal))))),
            missing => missing.Length == 0, "nothing is left of what has to run by itself");

        await shop.RestartAsync(async () => after = await Reads.CountAsync(shop, "storefront"));
        var reads = Reads.Between(before, after);
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join('\n', reads));
        reads.Count.ShouldBeGreaterThanOrEqualTo(9);
        foreach (var table in reads)
        {
            if (table.Scans > 0)
                Assert.Fail(
                    $"{table.Table} was read from end to end {table.Scans} times ({table.RowsScanned} rows). An index is missing, or "
                    + "a bound that one can serve, in one of these:\n\n"
                    + string.Join("\n\n", await statements.ScanningAsync(shop, table.Table)));
            table.RowsByIndex.ShouldBeLessThan(table.Rows / 4, $"{table}: what is finished is read again and again");
        }
    }

    [Theory]
    [InlineData("POPULAR", 25)]
    [InlineData("OLD", 25)]
    [InlineData("SKU-1", 25)]
    [InlineData("rare", 1)]
    [InlineData("UNKNOWN", 0)]
    public async Task Orders_are_found_by_a_SKU_without_reading_all_of_them(string sku, int found)
    {
        foreach (var from in new DateTimeOffset?[] { null, TimeProvider.System.GetUtcNow().AddDays(-1000) })
        {
            var before = await Reads.CountAsync(shop, "search");
            await using (var database = NpgsqlDataSource.Create(shop.ConnectionString + ";Application Name=search"))
            {
                var page = await new OrderSearch(database).PageAsync(new(sku, From: from), null, 25, TestContext.Current.CancellationToken);
                page.Count.ShouldBe(found);
            }

            var reads = Reads.Between(before, await Reads.CountAsync(shop, "search"));
            reads.Sum(table => table.RowsScanned + table.RowsByIndex).ShouldBeLessThan(90_000);
        }
    }

    private async Task RunAllThatRunsByItselfAsync()
    {
        using var connection = shop.Get<JobStorage>().GetConnection();
        var jobs = await shop.ReadAsync("select value from hangfire.set where key = 'recurring-jobs'", row => row.GetString(0));
        jobs.Remove("compare-inventory"); // It asks Inventory about each order, and has tests of its own.
        foreach (var name in Enumerable.Repeat(jobs, 3).SelectMany(job => job))
        {
            var id = ((IRecurringJobManagerV2)shop.Get<IRecurringJobManager>()).TriggerJob(name);
            await Eventually.Async(
                () => Task.FromResult(connection.GetStateData(id)?.Name), state => state == "Succeeded", $"{name} has run");
        }

        await BackOfficeFixture.DeliveredOrderAsync(shop);
        await (await BackOfficeFixture.SignInAsync(shop, Roles.Viewer)).OpenAsync("/admin");
        (await shop.Http.GetAsync("/health/ready")).EnsureSuccessStatusCode();
    }
}
