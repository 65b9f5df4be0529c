using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Hangfire.Common;
using Hangfire.States;
using Hangfire.Storage;
using Hangfire.Storage.Monitoring;
using Npgsql;
using Storefront.Jobs.Database;
using static Storefront.Jobs.Queue.Storage.Parameters;

namespace Storefront.Jobs.Queue.Storage;

/// <summary>
/// What the dashboard shows. Hangfire.PostgreSql's own answers, except where these read every row: with a million jobs waiting,
/// a page is to come as fast as with ten. Counts are exact up to <see cref="CountedExactly"/> and the planner's estimate beyond.
/// </summary>
internal sealed class FastMonitor(FastStorage storage, IMonitoringApi stock) : JobStorageMonitor
{
    public const int CountedExactly = 20_000;

    // Each step looks for the next queue behind the last one, so that of what waits only as many rows are read as there are queues.
    private const string QueueNames = """
        with recursive names as (
            (select queue from hangfire.jobqueue where fetchedat is null order by fetchedat nulls first, queue limit 1)
            union all
            select (select q.queue from hangfire.jobqueue q where q.fetchedat is null and q.queue > names.queue
                order by q.fetchedat nulls first, q.queue limit 1)
            from names where names.queue is not null)
        select queue from names where queue is not null
        union select queue from hangfire.jobqueue where fetchedat is not null
        order by queue
        """;

    // The page is cut out of the index first, so that a job is read only if it is shown.
    private const string Page = """
        (select id from hangfire.job where statename = $1 order by id desc limit $2 offset $3) page
        join hangfire.job j on j.id = page.id left join hangfire.state s on s.id = j.stateid
        """;

    public override StatisticsDto GetStatistics() => new()
    {
        Servers = storage.ReadValue<long>("select count(*) from hangfire.server"),
        Queues = storage.ReadAll(QueueNames, row => 1).Count,
        Recurring = Members("recurring-jobs"),
        Retries = Members("retries"),
        Enqueued = Jobs(EnqueuedState.StateName),
        Scheduled = Jobs(ScheduledState.StateName),
        Processing = Jobs(ProcessingState.StateName),
        Failed = Jobs(FailedState.StateName),
        Awaiting = Jobs(AwaitingState.StateName),
        Succeeded = Counter("stats:succeeded"),
        Deleted = Counter("stats:deleted"),
    };

    public override IList<QueueWithTopEnqueuedJobsDto> Queues() =>
    [
        .. storage.ReadAll(QueueNames, row => row.GetString(0)).Select(queue => new QueueWithTopEnqueuedJobsDto
        {
            Name = queue, Length = EnqueuedCount(queue), Fetched = FetchedCount(queue), FirstJobs = EnqueuedJobs(queue, 0, 5),
        }),
    ];

    public override JobList<EnqueuedJobDto> EnqueuedJobs(string queue, int from, int perPage) => new(storage.ReadAll($"""
        select s.data::text, j.id, {JobColumns.Select}
        from (select jobid from hangfire.jobqueue where queue = $1 and fetchedat is null order by fetchedat nulls first, queue, jobid
            limit $2 offset $3) q
        join hangfire.job j on j.id = q.jobid left join hangfire.state s on s.id = j.stateid
        order by j.id
        """,
        row =>
        {
            var job = JobColumns.Read(row, 1).ToJobData();
            var (enqueued, state) = (job.State == EnqueuedState.StateName, StateData(row, 0));
            return KeyValuePair.Create(row.GetInt64(1).ToString(CultureInfo.InvariantCulture), new EnqueuedJobDto
            {
                Job = job.Job, LoadException = job.LoadException, State = job.State, InEnqueuedState = enqueued, StateData = state,
                EnqueuedAt = enqueued ? Time(state, "EnqueuedAt") : null,
            });
        },
        Key(queue), Bigint(perPage), Bigint(from)));

    public override JobList<AwaitingJobDto> AwaitingJobs(int from, int count) => new(storage.ReadAll($"""
        select s.createdat, s.data::text, parent.statename, j.id, {JobColumns.Select}
        from {Page} left join hangfire.job parent on parent.id = (s.data ->> 'ParentId')::bigint order by j.id desc
        """,
        row =>
        {
            var job = JobColumns.Read(row, 3).ToJobData();
            return KeyValuePair.Create(row.GetInt64(3).ToString(CultureInfo.InvariantCulture), new AwaitingJobDto
            {
                Job = job.Job, LoadException = job.LoadException, InAwaitingState = true, StateData = StateData(row, 1),
                AwaitingAt = row.IsDBNull(0) ? null : row.GetDateTime(0), ParentStateName = row.TextOrNull(2),
            });
        },
        Text(AwaitingState.StateName), Bigint(count), Bigint(from)));

    public override JobList<ProcessingJobDto> ProcessingJobs(int from, int count) =>
        InState(ProcessingState.StateName, from, count, (job, _, state) => new ProcessingJobDto
    {
        Job = job.Job, LoadException = job.LoadException, InProcessingState = true, StateData = state,
        ServerId = state.GetValueOrDefault("ServerId") ?? state.GetValueOrDefault("ServerName"), StartedAt = Time(state, "StartedAt"),
    });

    public override JobList<ScheduledJobDto> ScheduledJobs(int from, int count) =>
        InState(ScheduledState.StateName, from, count, (job, _, state) => new ScheduledJobDto
    {
        Job = job.Job, LoadException = job.LoadException, InScheduledState = true, StateData = state,
        EnqueueAt = Time(state, "EnqueueAt") ?? default, ScheduledAt = Time(state, "ScheduledAt"),
    });

    public override JobList<SucceededJobDto> SucceededJobs(int from, int count) =>
        InState(SucceededState.StateName, from, count, (job, _, state) => new SucceededJobDto
    {
        Job = job.Job, LoadException = job.LoadException, InSucceededState = true, StateData = state,
        Result = state.GetValueOrDefault("Result"), SucceededAt = Time(state, "SucceededAt"),
        TotalDuration = state.ContainsKey("PerformanceDuration") && state.ContainsKey("Latency")
            ? Number(state, "PerformanceDuration") + Number(state, "Latency") : null,
    });

    public override JobList<FailedJobDto> FailedJobs(int from, int count) =>
        InState(FailedState.StateName, from, count, (job, reason, state) => new FailedJobDto
    {
        Job = job.Job, LoadException = job.LoadException, InFailedState = true, StateData = state, Reason = reason,
        FailedAt = Time(state, "FailedAt"),
        ExceptionType = state.GetValueOrDefault("ExceptionType"), ExceptionMessage = state.GetValueOrDefault("ExceptionMessage"),
        ExceptionDetails = state.GetValueOrDefault("ExceptionDetails"),
    });

    public override JobList<DeletedJobDto> DeletedJobs(int from, int count) =>
        InState(DeletedState.StateName, from, count, (job, _, state) => new DeletedJobDto
    {
        Job = job.Job, LoadException = job.LoadException, InDeletedState = true, StateData = state, DeletedAt = Time(state, "DeletedAt"),
    });

    public override JobDetailsDto? JobDetails(string jobId)
    {
        ArgumentNullException.ThrowIfNull(jobId);
        if (!long.TryParse(jobId, CultureInfo.InvariantCulture, out _)) return null; // somebody typed it into the address bar
        // Ids are drawn ahead by each process, so between processes it is the time that orders them.
        var details = stock.JobDetails(jobId);
        if (details is not null) details.History = [.. details.History.OrderByDescending(state => state.CreatedAt)];
        return details;
    }

    public override long EnqueuedCount(string queue) =>
        Count($"hangfire.jobqueue where fetchedat is null and queue = {Literal(queue)}");
    public override long FetchedCount(string queue) =>
        Count($"hangfire.jobqueue where fetchedat is not null and queue = {Literal(queue)}");
    public override long ScheduledCount() => Jobs(ScheduledState.StateName);
    public override long FailedCount() => Jobs(FailedState.StateName);
    public override long ProcessingCount() => Jobs(ProcessingState.StateName);
    public override long SucceededListCount() => Jobs(SucceededState.StateName);
    public override long DeletedListCount() => Jobs(DeletedState.StateName);
    public override long AwaitingCount() => Jobs(AwaitingState.StateName);

    public override IList<ServerDto> Servers() => stock.Servers();
    public override JobList<FetchedJobDto> FetchedJobs(string queue, int from, int perPage)
    {
        ArgumentNullException.ThrowIfNull(queue);
        return stock.FetchedJobs(StorableText.From(queue), from, perPage);
    }

    public override IDictionary<DateTime, long> SucceededByDatesCount() => stock.SucceededByDatesCount();
    public override IDictionary<DateTime, long> FailedByDatesCount() => stock.FailedByDatesCount();
    public override IDictionary<DateTime, long> HourlySucceededJobs() => stock.HourlySucceededJobs();
    public override IDictionary<DateTime, long> HourlyFailedJobs() => stock.HourlyFailedJobs();

    public override IDictionary<DateTime, long> DeletedByDatesCount() =>
        Timeline(Enumerable.Range(0, 7).Select(day => storage.Now.Date.AddDays(-day)), "yyyy-MM-dd");
    public override IDictionary<DateTime, long> HourlyDeletedJobs() =>
        Timeline(Enumerable.Range(0, 24).Select(hour => storage.Now.AddHours(-hour)), "yyyy-MM-dd-HH");

    private JobList<T> InState<T>(string state, int from, int count, Func<JobData, string?, Dictionary<string, string>, T> show) =>
        new(storage.ReadAll(
        $"select s.reason, s.data::text, j.id, {JobColumns.Select} from {Page} order by j.id desc",
        row => KeyValuePair.Create(row.GetInt64(2).ToString(CultureInfo.InvariantCulture),
            show(JobColumns.Read(row, 2).ToJobData(), row.TextOrNull(0), StateData(row, 1))),
        Text(state), Bigint(count), Bigint(from)));

    private static Dictionary<string, string> StateData(NpgsqlDataReader row, int column) => row.IsDBNull(column)
        ? []
        : new(SerializationHelper.Deserialize<Dictionary<string, string>>(row.GetString(column)), StringComparer.OrdinalIgnoreCase);

    private static DateTime? Time(Dictionary<string, string> state, string name) =>
        JobHelper.DeserializeNullableDateTime(state.GetValueOrDefault(name));

    private static long Number(Dictionary<string, string> state, string name) => long.Parse(state[name], CultureInfo.InvariantCulture);

    private Dictionary<DateTime, long> Timeline(IEnumerable<DateTime> times, string format) => times.ToDictionary(
        time => time, time => Counter("stats:deleted:" + time.ToString(format, CultureInfo.InvariantCulture)));

    private long Counter(string key) => storage.ReadValue<long>("""
        select (coalesce((select sum(value) from hangfire.counter where key = $1), 0)
              + coalesce((select sum(value) from hangfire.aggregatedcounter where key = $1), 0))::bigint
        """, Text(key));

    private long Members(string key) => Count($"hangfire.set where key = {Literal(key)}");

    private long Jobs(string state) => Count($"hangfire.job where statename = {Literal(state)}");

    private long Count(string what)
    {
        var counted = storage.ReadValue<long>($"select count(*) from (select from {what} limit {CountedExactly + 1}) as first");
        if (counted <= CountedExactly) return counted;
        using var plan = JsonDocument.Parse(storage.ReadValue<string>($"explain (format json) select from {what}"));
        return Math.Max(counted, plan.RootElement[0].GetProperty("Plan").GetProperty("Plan Rows").GetInt64());
    }

    // EXPLAIN takes no parameters.
    private static string Literal(string value, [CallerArgumentExpression(nameof(value))] string? name = null)
    {
        ArgumentNullException.ThrowIfNull(value, name);
        return $"'{StorableText.From(value).Replace("'", "''", StringComparison.Ordinal)}'";
    }
}
