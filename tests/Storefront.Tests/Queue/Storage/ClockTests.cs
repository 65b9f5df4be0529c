using Hangfire.Common;
using Microsoft.Extensions.Time.Testing;
using Storefront.Jobs.Queue;

namespace Storefront.Tests.Queue.Storage;

/// <summary>A node with a wrong clock makes no job due earlier or later.</summary>
public sealed class ClockTests : IAsyncLifetime
{
    private readonly FakeTimeProvider fast = new(TimeProvider.System.GetUtcNow().AddHours(3));
    private JobStore store = null!;

    public async ValueTask InitializeAsync() => store = await JobStore.CreateAsync(JobStorageKind.Fast);

    public ValueTask DisposeAsync() => store.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_retry_is_due_by_the_databases_clock(bool afterStatements)
    {
        using var connection = store.FastProcess(clock: fast).GetConnection();
        using var transaction = connection.CreateWriteTransaction();
        if (afterStatements) transaction.InsertToList("list", "value");
        transaction.AddToSet("schedule", "default:1", JobHelper.ToTimestamp(fast.GetUtcNow().UtcDateTime.AddMinutes(10)));
        transaction.AddToSet("other", "default:1", 7);
        transaction.Commit();

        await IsDueInTenMinutesAsync();
        (await store.ReadAsync<double>("select score from hangfire.set where key = 'other'")).ShouldBe([7]);
    }

    [Fact]
    public async Task A_job_for_later_is_due_by_the_databases_clock()
    {
        await using var batch = store.Postgres.CreateBatch();
        await new TransactionalJobs(store.Postgres, store.Ids, fast).EnqueueInAsync(
            batch, [Probe.Job("") with { RunAt = fast.GetUtcNow().AddMinutes(10) }], TestContext.Current.CancellationToken);
        await batch.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        await IsDueInTenMinutesAsync();
    }

    private async Task IsDueInTenMinutesAsync() =>
        (await store.ReadAsync<double>("select (score - extract(epoch from now()))::float8 from hangfire.set where key = 'schedule'"))
            .Single().ShouldBeInRange(9 * 60, 11 * 60);
}
