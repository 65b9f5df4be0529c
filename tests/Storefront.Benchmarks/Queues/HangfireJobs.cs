using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Hangfire;
using Hangfire.Common;
using Hangfire.PostgreSql;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Storefront.Jobs.Queue;
using Storefront.Jobs.Queue.Storage;

namespace Storefront.Benchmarks.Queues;

/// <summary>The shop's storage, or Hangfire.PostgreSql's own on the same tables.</summary>
internal enum JobStorageKind { Fast, Stock }

/// <summary>Hangfire on one of the two storages, as the shop sets it up.</summary>
internal sealed class HangfireJobs : IAsyncDisposable
{
    private readonly ServiceProvider services;

    public HangfireJobs(NpgsqlConnectionStringBuilder database, JobStorageKind kind)
    {
        var collection = new ServiceCollection().AddLogging().AddSingleton(TimeProvider.System);
        collection.AddSingleton(
            _ => NpgsqlDataSource.Create(
                new NpgsqlConnectionStringBuilder(database.ConnectionString) { MaxAutoPrepare = 100,
                    AutoPrepareMinUsages = 2 }.ConnectionString));
        collection.AddOptions<JobsOptions>();
        collection.AddJobStorage();
        if (kind == JobStorageKind.Stock)
            collection.AddSingleton<JobStorage>(provider => Stock(provider.GetRequiredService<NpgsqlDataSource>()));
        services = collection.BuildServiceProvider();
        GlobalConfiguration.Configuration
            .SetDataCompatibilityLevel(CompatibilityLevel.Version_180).UseSimpleAssemblyNameTypeSerializer()
            .UseDefaultCulture(CultureInfo.InvariantCulture, captureDefault: false);
    }

    /// <summary>Hangfire.PostgreSql as it comes, with the settings that keep it safe.</summary>
    public static PostgreSqlStorage Stock(NpgsqlDataSource database)
    {
        var options = new JobsOptions();
        return new(new SharedDataSource(database), FastStorage.OnTheSameTables(new(
            TimeSpan.FromSeconds(options.InvisibilitySeconds), TimeSpan.FromMilliseconds(options.PollIntervalMilliseconds))));
    }

    public NpgsqlDataSource Database => services.GetRequiredService<NpgsqlDataSource>();
    public JobStorage Storage => services.GetRequiredService<JobStorage>();
    public TransactionalJobs Transactional => services.GetRequiredService<TransactionalJobs>();

    public Task InstallAsync() => JobSchema.InstallAsync(Database, CancellationToken.None);

    /// <summary>One job as the shop would add it, and copies of its rows.</summary>
    public async Task FillAsync(string task, int jobs)
    {
        var job = new NewJob(task == "noop"
            ? Job.FromExpression<Work>(work => work.NoOp()) : Job.FromExpression<Work>(work => work.AskPartnerAsync()), "default");
        await using var batch = Database.CreateBatch();
        var original = (await Transactional.EnqueueInAsync(batch, [job], CancellationToken.None))[0];
        await batch.ExecuteNonQueryAsync();

        for (var left = jobs - 1; left > 0; left -= 50_000)
        {
            await using var copy = Database.CreateCommand("""
                with original as (
                    select j.invocationdata, j.arguments, s.data from hangfire.job j join hangfire.state s on s.id = j.stateid
                        where j.id = $1),
                copy as materialized (
                    select nextval('hangfire.job_id_seq') as job, nextval('hangfire.state_id_seq') as state from generate_series(1, $2)),
                job as (
                    insert into hangfire.job (id, stateid, statename, invocationdata, arguments, createdat)
                    select job, state, 'Enqueued', invocationdata, arguments, now() from copy, original),
                state as (
                    insert into hangfire.state (id, jobid, name, createdat, data) select state, job, 'Enqueued', now(), data from copy,
                        original)
                insert into hangfire.jobqueue (jobid, queue) select job, 'default' from copy
                """);
            copy.Parameters.AddRange(new NpgsqlParameter[] { new() { Value = original }, new() { Value = Math.Min(50_000, left) } });
            copy.CommandTimeout = 0;
            await copy.ExecuteNonQueryAsync();
        }
    }

    /// <summary>Works off as many jobs as told, of which the first warm up, and prints what the others took.</summary>
    public async Task WorkAsync(int jobs, int warm, int workers)
    {
        using var process = Process.GetCurrentProcess();
        using var server = Serve(workers);
        await Work.UntilAsync(warm);
        var (first, began, cpu) = (Work.Done, Stopwatch.GetTimestamp(), process.TotalProcessorTime);
        Console.WriteLine("warm");

        await Work.UntilAsync(jobs);
        // When more jobs are waiting than were asked for, more are done, and there is no end to wait for.
        await using (var running = Database.CreateCommand("select exists (select from hangfire.jobqueue where fetchedat is not null)"))
            while (Work.Done <= jobs && await running.ExecuteScalarAsync() is true) await Task.Delay(2);
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        process.Refresh();
        var counted = Work.Done - first;
        Print(new Worked(counted, seconds, (process.TotalProcessorTime - cpu).TotalSeconds, process.WorkingSet64 / 1048576.0));
    }

    private BackgroundJobServer Serve(int workers) => new(new BackgroundJobServerOptions
    {
        WorkerCount = workers,
        FilterProvider = new JobFilterCollection { new StatisticsHistoryAttribute(), new ContinuationsSupportAttribute() },
    }, Storage);

    /// <summary>
    /// Adds one job after another to an idle queue, committed like the shop's, and prints how long each took to start. The first fifth
    /// warms up.
    /// </summary>
    public async Task MeasureLatencyAsync(int samples)
    {
        using var server = Serve(workers: 20);
        var times = new List<double>();
        for (var n = -samples / 5; n < samples; n++)
        {
            await Task.Delay(Random.Shared.Next(5, 15));
            var started = Work.NextStart = new(TaskCreationOptions.RunContinuationsAsynchronously);
            var committed = await AddAsync();
            var took = Stopwatch.GetElapsedTime(committed, await started.Task).TotalMilliseconds;
            if (n >= 0) times.Add(Math.Max(0, took)); // A job may start before this process knows of the commit.
        }

        times.Sort();
        Print(new Latency(times[samples / 2], times[samples * 99 / 100]));
    }

    /// <summary>As each storage has it added. Returns when it was committed.</summary>
    private async Task<long> AddAsync()
    {
        if (Storage is FastStorage)
        {
            await FillAsync("noop", 1);
            var committed = Stopwatch.GetTimestamp();
            Transactional.Committed();
            return committed;
        }

        new BackgroundJobClient(Storage).Enqueue<Work>(work => work.NoOp());
        return Stopwatch.GetTimestamp();
    }

    private static void Print<T>(T answer) => Console.WriteLine(JsonSerializer.Serialize(answer, JsonSerializerOptions.Web));

    public ValueTask DisposeAsync() => services.DisposeAsync();
}

/// <summary>Jobs that do nothing, or nothing but wait, so that what is measured is the queue.</summary>
public sealed class Work
{
    private static readonly ConcurrentDictionary<int, TaskCompletionSource> Awaited = new();

    private static int done;

    internal static int Done => Volatile.Read(ref done);

    internal static TaskCompletionSource<long>? NextStart { get; set; }

    /// <summary>Ends with the job of that number. Asking again and again would cost more than the jobs.</summary>
    internal static Task UntilAsync(int count)
    {
        var reached = Awaited.GetOrAdd(count, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
        if (Done >= count) reached.TrySetResult();
        return reached.Task;
    }

    private readonly int one = 1; // A job is an instance method, as in the shop.

    public void NoOp()
    {
        NextStart?.TrySetResult(Stopwatch.GetTimestamp());
        Count();
    }

    public async Task AskPartnerAsync()
    {
        await Task.Delay(20);
        Count();
    }

    public void For(Guid orderId)
    {
        if (orderId != Guid.Empty) Count();
    }

    private void Count()
    {
        if (Awaited.TryGetValue(Interlocked.Add(ref done, one), out var reached)) reached.TrySetResult();
    }
}
