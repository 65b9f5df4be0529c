using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Hangfire;
using Hangfire.Common;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Storefront.Jobs.Hosting;
using Storefront.Jobs.Storage;

namespace Storefront.Benchmarks.Jobs;

/// <summary>Hangfire on one of the two storages, as the shop sets it up.</summary>
internal sealed class HangfireJobs : IAsyncDisposable
{
    private readonly ServiceProvider services;

    public HangfireJobs(NpgsqlConnectionStringBuilder database, JobStorageKind kind)
    {
        var collection = new ServiceCollection().AddLogging().AddSingleton(TimeProvider.System);
        collection.AddSingleton(_ => NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database.ConnectionString) { MaxAutoPrepare = 100, AutoPrepareMinUsages = 2 }.ConnectionString));
        collection.Configure<JobsOptions>(options => options.Storage = kind);
        collection.AddJobStorage();
        services = collection.BuildServiceProvider();
        GlobalConfiguration.Configuration
            .SetDataCompatibilityLevel(CompatibilityLevel.Version_180).UseSimpleAssemblyNameTypeSerializer()
            .UseDefaultCulture(CultureInfo.InvariantCulture, captureDefault: false);
    }

    public NpgsqlDataSource Database => services.GetRequiredService<NpgsqlDataSource>();
    public TransactionalJobs Transactional => services.GetRequiredService<TransactionalJobs>();

    public Task InstallAsync() => JobSchema.InstallAsync(Database, CancellationToken.None);

    public static NewJob NoOp { get; } = new(Job.FromExpression<Work>(work => work.NoOp()), "default");

    public async Task FillAsync(int count)
    {
        for (var left = count; left > 0; left -= 1000)
        {
            await using var batch = Database.CreateBatch();
            await Transactional.EnqueueInAsync(batch, [.. Enumerable.Repeat(NoOp, Math.Min(1000, left))], CancellationToken.None);
            await batch.ExecuteNonQueryAsync();
        }
    }

    /// <summary>Works off everything and prints how long it took, with the CPU time and memory of this process.</summary>
    public async Task WorkAsync(int count, int workers)
    {
        var watch = Stopwatch.StartNew();
        using var server = new BackgroundJobServer(new BackgroundJobServerOptions
        {
            WorkerCount = workers,
            FilterProvider = new JobFilterCollection { new StatisticsHistoryAttribute(), new ContinuationsSupportAttribute() },
        }, services.GetRequiredService<JobStorage>());

        while (Volatile.Read(ref Work.Done) < count) await Task.Delay(5);
        await using (var left = Database.CreateCommand("select exists (select from hangfire.jobqueue)"))
            while (await left.ExecuteScalarAsync() is true) await Task.Delay(2);
        var seconds = watch.Elapsed.TotalSeconds;
        using var process = Process.GetCurrentProcess();
        Console.WriteLine(JsonSerializer.Serialize(new Worked(seconds, process.TotalProcessorTime.TotalSeconds, process.WorkingSet64 / 1048576.0), JsonSerializerOptions.Web));
    }

    public ValueTask DisposeAsync() => services.DisposeAsync();
}

internal sealed record Worked(double Seconds, double CpuSeconds, double RssMegabytes);

/// <summary>Jobs that do nothing, so that what is measured is the queue.</summary>
public sealed class Work
{
    internal static int Done;

    private readonly int one = 1; // a job is a method of an instance, as the shop's are

    public void NoOp() => Interlocked.Add(ref Done, one);

    public void For(Guid orderId) => Interlocked.Add(ref Done, orderId == Guid.Empty ? 0 : one);
}
