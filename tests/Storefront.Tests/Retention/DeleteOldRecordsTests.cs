using Microsoft.Extensions.DependencyInjection;
using Storefront.Jobs.Database;
using Storefront.Jobs.Queue.Storage;
using Storefront.Jobs.Retention;
using Storefront.Tests.Support;

namespace Storefront.Tests.Retention;

/// <summary>Old records are deleted. Of each kind there is one older and one younger than the limit.</summary>
public sealed class DeleteOldRecordsTests(Shop shop) : IClassFixture<Shop>
{
    [Fact]
    public async Task Failed_jobs_are_deleted_with_their_arguments_after_ninety_days()
    {
        await AddJobAsync(id: -1, "Failed", days: 91);
        await AddJobAsync(id: -2, "Failed", days: 89);
        await AddJobAsync(id: -3, "Scheduled", days: 91);

        await RunAsync();
        await shop.Database.ExecuteAsync(Sweeper.Expire("job"), [], default); // Every process does this twice a minute.

        (await ReadAsync("select id from hangfire.job where id < 0 order by id")).ShouldBe([-3, -2]);
        (await ReadAsync("select jobid from hangfire.state where jobid < 0 order by jobid")).ShouldBe([-3, -2]);
    }

    [Fact]
    public async Task Audit_rows_are_deleted_after_four_hundred_days_however_many_there_are()
    {
        await shop.Database.ExecuteAsync("""
            insert into orders.audit (at, who, action, subject)
            select now() - (case when n <= 1200 then 401 else 399 end) * interval '1 day', 'old@example.com', 'send-again', 'order'
            from generate_series(1, 1205) n
            """, [], default);
        await RunAsync();
        (await ReadAsync("select count(*) from orders.audit where who = 'old@example.com'")).ShouldBe([5]);
    }

    [Fact]
    public async Task Bulk_operations_are_deleted_after_four_hundred_days_unless_they_are_running()
    {
        await shop.Database.ExecuteAsync("""
            insert into orders.bulks (id, at, who, action, filter, note, total, finished_at)
            select gen_random_uuid(), now() - days * interval '1 day', 'old@example.com', 'retry', '{}', '', total,
                   case when total > 0 then now() end
            from (values (401, 1), (399, 2), (401, 0)) as bulk(days, total)
            """, [], default);
        await RunAsync();
        (await ReadAsync("select total::bigint from orders.bulks where who = 'old@example.com' order by total")).ShouldBe([0, 2]);
    }

    private Task<int> AddJobAsync(long id, string state, int days) => shop.Database.ExecuteAsync("""
        with job as (
            insert into hangfire.job (id, stateid, statename, invocationdata, arguments, createdat)
            values ($1, $1, $2, '{}', '[]', now() - make_interval(days => $3)) returning id)
        insert into hangfire.state (id, jobid, name, createdat, data) select $1, id, $2, now() - make_interval(days => $3), '{}' from job
        """, [id, state, days], default);

    private Task<List<long>> ReadAsync(string sql) => shop.Database.ReadAsync(sql, [], row => row.GetInt64(0), default);

    private async Task RunAsync() =>
        await ActivatorUtilities.CreateInstance<DeleteOldRecords>(shop.Services).RunAsync(TestContext.Current.CancellationToken);
}
