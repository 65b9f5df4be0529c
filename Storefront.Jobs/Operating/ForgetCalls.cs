using Npgsql;
using Storefront.Jobs.Database;

namespace Storefront.Jobs.Operating;

/// <summary>The calls of an order are of interest while somebody may ask about it, and too many to keep for ever.</summary>
internal sealed class ForgetCalls(NpgsqlDataSource database)
{
    public const string Id = "forget-calls";

    private const int Days = 90;
    private const int Step = 10_000;

    // Oldest first, by the key: a step reads no more rows than it deletes.
    public async Task RunAsync(CancellationToken cancel)
    {
        while (await StepAsync(cancel) == Step) cancel.ThrowIfCancellationRequested();
    }

    private Task<int> StepAsync(CancellationToken cancel) => database.ExecuteAsync($"""
        delete from orders.calls where id in (select id from orders.calls order by id limit {Step}) and began_at < now() - make_interval(days => $1)
        """, [Days], cancel);
}
