using Hangfire;
using Hangfire.PostgreSql;
using Npgsql;

namespace Storefront.Fault.Tests.Rig;

/// <summary>An operator who uses Hangfire's dashboard, through the API that its buttons call, and psql.</summary>
internal sealed class Operator(ShopRig rig) : IDisposable
{
    private readonly NpgsqlDataSource database = NpgsqlDataSource.Create(rig.Postgres.Address);
    private PostgreSqlStorage? storage;

    private PostgreSqlStorage Storage =>
        storage ??= new PostgreSqlStorage(new Connections(database), new PostgreSqlStorageOptions { PrepareSchemaIfNecessary = false });

    public void Reconcile() => Trigger("reconcile-orders");

    /// <summary>Starts the nightly comparison with Inventory now.</summary>
    public void CompareInventory() => Trigger("compare-inventory");

    public async Task<int> RequeueSucceededAsync() =>
        Each(await JobsAsync("statename = 'Succeeded'", 20), (client, job) => client.Requeue(job));

    /// <summary>Deletes a job that was stopped because it kills its process.</summary>
    public async Task<int> DeleteFailedAsync() => Each(await JobsAsync("statename = 'Failed'", 20), (client, job) => client.Delete(job));

    public async Task<int> DeleteWaitingAsync() =>
        Each(await JobsAsync("statename in ('Enqueued', 'Processing')", 2), (client, job) => client.Delete(job));

    /// <summary>Deletes the jobs of effects that are not delivered yet.</summary>
    public async Task<long> LoseJobsAsync() => (long)(await database.CreateCommand("""
        with lost as (delete from hangfire.job j using orders.deliveries d where d.job_id = j.id and d.state = 'pending'
            and d.due_at < now() returning j.id),
             queued as (delete from hangfire.jobqueue q using lost where q.jobid = lost.id)
        select count(*) from lost
        """).ExecuteScalarAsync())!;

    /// <summary>Makes pending deliveries a minute older, because reconciliation leaves new ones alone.</summary>
    public Task LetTimePassAsync() => database.CreateCommand("""
        update orders.deliveries set due_at = due_at - interval '1 minute', next_attempt_at = next_attempt_at - interval '1 minute'
        where state = 'pending' and due_at < now()
        """).ExecuteNonQueryAsync();

    public void Dispose() => database.Dispose();

    private void Trigger(string job) => new RecurringJobManager(Storage).Trigger(job);

    private int Each(List<string> jobs, Func<BackgroundJobClient, string, bool> press)
    {
        var client = new BackgroundJobClient(Storage);
        return jobs.Count(job => press(client, job));
    }

    private async Task<List<string>> JobsAsync(string which, int most)
    {
        await using var command = database.CreateCommand($"select id::text from hangfire.job where {which} order by id desc limit {most}");
        await using var reader = await command.ExecuteReaderAsync();
        var jobs = new List<string>();
        while (await reader.ReadAsync()) jobs.Add(reader.GetString(0));
        return jobs;
    }

    private sealed class Connections(NpgsqlDataSource database) : IConnectionFactory
    {
        public NpgsqlConnection GetOrCreateConnection() => database.CreateConnection();
    }
}
