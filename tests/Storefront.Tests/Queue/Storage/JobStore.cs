using Hangfire;
using Hangfire.Common;
using Hangfire.PostgreSql;
using Hangfire.States;
using Hangfire.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Storefront.Jobs.Queue;
using Storefront.Jobs.Queue.Storage;
using Storefront.Tests.Support;

namespace Storefront.Tests.Queue.Storage;

/// <summary>The shop's storage, or Hangfire.PostgreSql's own, which shows what Hangfire expects of either.</summary>
public enum JobStorageKind { Fast, Stock }

/// <summary>A job storage on a database of its own.</summary>
public sealed class JobStore : IAsyncDisposable
{
    private static readonly FastStorageOptions Options = new(TimeSpan.FromSeconds(90), TimeSpan.FromMilliseconds(50));
    private static readonly JobFilterCollection Filters = new() { new StatisticsHistoryAttribute(), new ContinuationsSupportAttribute() };

    private readonly TestDatabase database;
    private readonly List<IDisposable> open = [];

    private JobStore(TestDatabase database, JobStorageKind kind)
    {
        this.database = database;
        Kind = kind;
        Postgres = NpgsqlDataSource.Create(database.ConnectionString);
        Ids = new JobIds(Postgres);
        Jobs = new TransactionalJobs(Postgres, Ids, TimeProvider.System);
        Storage = Process();
        Client = new BackgroundJobClient(Storage, Filters);
        Recurring = new RecurringJobManager(Storage, Filters);
    }

    public JobStorageKind Kind { get; }
    public string Address => database.ConnectionString;
    public NpgsqlDataSource Postgres { get; }
    internal JobIds Ids { get; }
    public TransactionalJobs Jobs { get; }
    public JobStorage Storage { get; }
    internal FastStorage Fast => (FastStorage)Storage;
    public BackgroundJobClient Client { get; }
    public RecurringJobManager Recurring { get; }

    public static Task<JobStore> CreateAsync(JobStorageKind kind) => CreateAsync(kind, async address =>
    {
        await using var empty = NpgsqlDataSource.Create(address);
        // Two installations at the same time must do no harm.
        await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => JobSchema.InstallAsync(empty, CancellationToken.None)));
    }, "hangfire");

    /// <summary>The same, on a database that <paramref name="migrate"/> makes.</summary>
    public static async Task<JobStore> CreateAsync(JobStorageKind kind, Func<string, Task> migrate, string templateName) =>
        new(await TestDatabase.CreateAsync(migrate, templateName), kind);

    /// <summary>The storage of another process.</summary>
    public JobStorage Process()
    {
        if (Kind == JobStorageKind.Fast) return FastProcess();
        return new PostgreSqlStorage(new SharedDataSource(Postgres), FastStorage.OnTheSameTables(Options));
    }

    /// <param name="over">Its connections to the database. If null, the test's own.</param>
    internal FastStorage FastProcess(
        NpgsqlDataSource? over = null, TimeSpan? invisibility = null, TimeSpan? lockLease = null, TimeProvider? clock = null,
        ILogger<FastStorage>? log = null, IAdmission? admission = null, TimeSpan? pollInterval = null)
    {
        var way = over ?? Postgres;
        var locks = new LeaseLocks(way, NullLogger<LeaseLocks>.Instance, lockLease);
        var options = Options with
        {
            Invisibility = invisibility ?? Options.Invisibility, PollInterval = pollInterval ?? Options.PollInterval,
        };
        var storage = new FastStorage(way, new JobIds(way), locks, options,
            clock ?? TimeProvider.System, log ?? NullLogger<FastStorage>.Instance, admission);
        Jobs.JobsCommitted += storage.Wake;
        open.Insert(0, locks);
        open.Insert(0, storage);
        return storage;
    }

    public BackgroundJobServer Serve(int workers = 4, JobStorage? by = null, params string[] queues) =>
        ServeWith(Filters, workers, by, queues);

    /// <summary>Jobs run with these filters beside Hangfire's own.</summary>
    public BackgroundJobServer ServeFiltered(object filter, int workers = 4) =>
        ServeWith(new() { new StatisticsHistoryAttribute(), new ContinuationsSupportAttribute(), filter }, workers, null, []);

    private BackgroundJobServer ServeWith(JobFilterCollection filters, int workers, JobStorage? by, string[] queues)
    {
        var server = new BackgroundJobServer(new BackgroundJobServerOptions
        {
            WorkerCount = workers,
            Queues = queues.Length == 0 ? ["default"] : queues,
            Activator = new JobActivator(),
            FilterProvider = filters,
            SchedulePollingInterval = TimeSpan.FromMilliseconds(100),
            CancellationCheckInterval = TimeSpan.FromMilliseconds(100),
            StopTimeout = TimeSpan.FromMilliseconds(200),
            ShutdownTimeout = TimeSpan.FromSeconds(20),
        }, by ?? Storage);
        open.Insert(0, server);
        return server;
    }

    public async Task<IReadOnlyList<long>> EnqueueAsync(params NewJob[] jobs)
    {
        await using var batch = Postgres.CreateBatch();
        var ids = await Jobs.EnqueueInAsync(batch, jobs, TestContext.Current.CancellationToken);
        await batch.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        Jobs.Committed();
        return ids;
    }

    public async Task<string?> StateAsync(string job) =>
        (await ReadAsync<string?>($"select statename from hangfire.job where id = {job}")).SingleOrDefault();

    public Task<List<string>> HistoryAsync(string job) =>
        ReadAsync<string>($"select name from hangfire.state where jobid = {job} order by createdat, id");

    public Task<string?> UntilStateAsync(string job, string state) =>
        Eventually.Async(() => StateAsync(job), found => found == state, $"job {job} is {state}");

    public Task<long> UntilAsync(string count, long expected) =>
        Eventually.Async(async () => (await ReadAsync<long>(count)).Single(), found => found == expected, $"{count} is {expected}");

    public Task<long> UntilQueuesAreEmptyAsync() => UntilAsync("select count(*) from hangfire.jobqueue", 0);

    public async Task<List<T>> ReadAsync<T>(string sql)
    {
        await using var command = Postgres.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<T>();
        while (await reader.ReadAsync()) rows.Add(reader.IsDBNull(0) ? default! : reader.GetFieldValue<T>(0));
        return rows;
    }

    public async Task RunAsync(string sql)
    {
        await using var command = Postgres.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Changes the state with Hangfire's own state machine. Returns null if the job was in none of the expected states.</summary>
    public IState? Change(IStorageConnection connection, string job, IState to, params string[] from) =>
        new BackgroundJobStateChanger(Filters).ChangeState(new StateChangeContext(Storage, connection, job, to, from));

    /// <summary>Ends a job as a worker does: one transaction changes its state and removes it from the queue.</summary>
    public static void Finish(IStorageConnection connection, IFetchedJob job)
    {
        using var transaction = (JobStorageTransaction)connection.CreateWriteTransaction();
        transaction.SetJobState(job.JobId, new SucceededState(null, 0, 0));
        transaction.RemoveFromQueue(job);
        transaction.Commit();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var resource in open) resource.Dispose();
        await Postgres.DisposeAsync();
        await database.DisposeAsync();
    }
}
