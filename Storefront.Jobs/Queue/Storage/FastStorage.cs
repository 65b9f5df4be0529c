using System.Collections.Concurrent;
using Hangfire.PostgreSql;
using Hangfire.Server;
using Hangfire.Storage;
using Microsoft.Extensions.Logging;
using Npgsql;
using static Storefront.Jobs.Queue.Storage.Parameters;

namespace Storefront.Jobs.Queue.Storage;

/// <summary>
/// Hangfire on Postgres, on the tables of Hangfire.PostgreSql, with one fetcher, one writer and one keeper of leases a process
/// where the original has every worker do all of it for itself. What always holds here is in docs/architecture.md, "Job storage".
/// </summary>
internal sealed class FastStorage : PostgreSqlStorage, IDisposable
{
    private static readonly HashSet<string> Features =
    [
        JobStorageFeatures.ExtendedApi, JobStorageFeatures.JobQueueProperty, JobStorageFeatures.ProcessesInsteadOfComponents,
        JobStorageFeatures.Connection.BatchedGetFirstByLowest, JobStorageFeatures.Connection.GetSetContains,
        JobStorageFeatures.Connection.GetUtcDateTime, JobStorageFeatures.Connection.LimitedGetSetCount,
        JobStorageFeatures.Transaction.AcquireDistributedLock, JobStorageFeatures.Transaction.CreateJob,
        JobStorageFeatures.Monitoring.AwaitingJobs, JobStorageFeatures.Monitoring.DeletedStateGraphs,
        JobStorageFeatures.Transaction.SetJobParameter, JobStorageFeatures.Transaction.RemoveFromQueue(typeof(LeasedJob)),
    ];

    private readonly NpgsqlDataSource database;
    private readonly TimeProvider clock;
    private readonly ConcurrentDictionary<string, QueueFetcher> queues = new();

    public FastStorage(
        NpgsqlDataSource database, JobIds ids, LeaseLocks locks, FastStorageOptions options, TimeProvider clock, ILogger<FastStorage> log,
        IAdmission? admission = null)
        : base(new SharedDataSource(database), OnTheSameTables(options))
    {
        (this.database, this.clock, Ids, Locks, Settings, Journal) = (database, clock, ids, locks, options, log);
        Admission = admission ?? new UnlimitedAdmission();
        Admission.Freed += () => Wake([]);
        Writer = new JobWriter(database, ids, options.Invisibility, log);
        Leases = new Leases(database, options.Invisibility, log);
    }

    public FastStorageOptions Settings { get; }
    public IAdmission Admission { get; }
    public ILogger Journal { get; }
    public JobIds Ids { get; }
    public JobWriter Writer { get; }
    public LeaseLocks Locks { get; }
    public Leases Leases { get; }
    public DateTime Now => clock.GetUtcNow().UtcDateTime;

    /// <summary>Reads never see less than what was committed before them.</summary>
    public override bool LinearizableReads => true;

    public override bool HasFeature(string featureId) => Features.Contains(featureId);

    public override IStorageConnection GetConnection() => new FastConnection(this);

    public override IMonitoringApi GetMonitoringApi() => new FastMonitor(this, base.GetMonitoringApi());

    public override IEnumerable<IBackgroundProcess> GetStorageWideProcesses() => [new Sweeper(database)];

    /// <param name="names">The queues that there are new jobs in; none: it may be any.</param>
    public void Wake(IReadOnlyCollection<string> names)
    {
        foreach (var one in queues.Values)
            if (names.Count == 0 || one.Queues.Any(names.Contains)) one.Wake();
    }

    public QueueFetcher QueuesOf(string[] names) =>
        queues.GetOrAdd(string.Join(',', names), static (_, made) => new QueueFetcher(made.storage.database, made.storage, made.names),
            (storage: this, names));

    public JobRow? Read(long job) => ReadOne(job).Row;

    /// <summary>Looks again at a job that somebody else changed while a worker held it.</summary>
    public void Reread(LeasedJob held)
    {
        var (row, leased) = ReadOne(held.Id, held.QueueId, held.LeaseNumber);
        var expected = held.Unwritten?.Changes[held.Id].Guard?.SeenState ?? held.Row?.StateId;
        held.Stale = false;

        if (!leased || row is null || held.Started && row.StateId != expected)
            held.Row = null; // taken over, or no longer in the state this worker brought it into: not ours to decide on
        else
            held.Row = held.Started ? row with { StateId = held.Row!.StateId, StateName = held.Row.StateName } : row;
    }

    public T ReadValue<T>(string sql, params NpgsqlParameter[] parameters)
    {
        using var command = database.CreateCommand(sql);
        command.Parameters.AddRange(parameters);
        return (T)command.ExecuteScalar()!;
    }

    public List<T> ReadAll<T>(string sql, Func<NpgsqlDataReader, T> read, params NpgsqlParameter[] parameters)
    {
        using var command = database.CreateCommand(sql);
        command.Parameters.AddRange(parameters);
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read()) rows.Add(read(reader));
        return rows;
    }

    public override string ToString() => $"Postgres, schema {JobSchema.Name}";

    public void Dispose()
    {
        foreach (var one in queues.Values) one.Dispose();
        Leases.Dispose();
        Writer.Dispose();
    }

    /// <summary>
    /// The settings of Hangfire.PostgreSql, whose code to read the tables is inherited. A benchmark compares with it
    /// under the same settings.
    /// </summary>
    internal static PostgreSqlStorageOptions OnTheSameTables(FastStorageOptions options) => new()
    {
        SchemaName = JobSchema.Name,
        PrepareSchemaIfNecessary = false,
        AllowDegradedModeWithoutStorage = false,
        UseSlidingInvisibilityTimeout = true,
        InvisibilityTimeout = options.Invisibility,
        DistributedLockTimeout = TimeSpan.FromMinutes(1),
        QueuePollInterval = options.PollInterval,
        EnableLongPolling = false,
    };

    private (JobRow? Row, bool Leased) ReadOne(long job, long queueId = 0, int leaseNumber = 0) => ReadAll($"""
        select exists (select from hangfire.jobqueue q where q.id = $2 and q.updatecount = $3 and q.fetchedat is not null),
               j.id, {JobColumns.Select}
        from hangfire.job j where j.id = $1
        """, row => ((JobRow?)JobColumns.Read(row, 1), row.GetBoolean(0)), Bigint(job), Bigint(queueId), Bigint(leaseNumber))
        .SingleOrDefault();
}

internal sealed record FastStorageOptions(TimeSpan Invisibility, TimeSpan PollInterval);

/// <summary>Connections of the one data source that the whole program shares.</summary>
internal sealed class SharedDataSource(NpgsqlDataSource database) : IConnectionFactory
{
    public NpgsqlConnection GetOrCreateConnection() => database.CreateConnection();
}
