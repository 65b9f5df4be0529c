using Microsoft.Extensions.Options;
using Npgsql;
using Storefront.Jobs.Database;

namespace Storefront.Jobs.Retention;

/// <summary>The calls of an order are of interest while somebody may ask about it, and too many to keep for ever.</summary>
internal class ForgetCalls(NpgsqlDataSource database, IOptions<RetentionOptions> options)
{
    public const string Id = "forget-calls";

    private const int Step = 2000;

    // Oldest first, by the key: a step reads no more rows than it deletes, and nothing of what the steps before it deleted.
    public async Task RunAsync(CancellationToken cancel)
    {
        var last = 0L;
        await Batches.RunAsync(async () =>
        {
            var (deleted, reached) = await StepAsync(last, cancel);
            last = reached;
            return deleted == Step;
        }, cancel);
    }

    private async Task<(long Deleted, long Reached)> StepAsync(long after, CancellationToken cancel) => (await database.ReadAsync($"""
        with oldest as (select id, began_at from orders.calls where id > $2 order by id limit {Step}),
        gone as (
            delete from orders.calls where id = any(array(select id from oldest where began_at < now() - make_interval(days => $1)))
            returning id)
        select count(*), coalesce(max(id), 0) from gone
        """, [options.Value.CallsDays, after], row => (row.GetInt64(0), row.GetInt64(1)), cancel)).Single();
}
