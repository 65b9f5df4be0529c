using Hangfire;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Queue;
using Storefront.Jobs.Reconciliation;

namespace Storefront.Jobs.Hosting;

/// <summary>Hangfire's servers in this process: critical jobs have workers of their own, so that no backlog of mail delays them.</summary>
public sealed class JobServer(
    JobStorage storage, JobActivator activator, Hangfire.Common.IJobFilterProvider filters, IRecurringJobManager recurring,
    IOptions<JobsOptions> options, EffectCatalogue effects, IServiceProvider services)
    : IHostedService, IDisposable
{
    private readonly List<BackgroundJobServer> servers = [];

    public Task StartAsync(CancellationToken cancellationToken)
    {
        EveryJob.MakeAll(services, EveryJob.Types(effects));
        var workers = options.Value.Workers;
        if (workers == 0) return Task.CompletedTask;

        Schedule.Write(recurring);
        recurring.Trigger(ReconcileOrders.Id); // what the last process left half done need not wait for the minute
        servers.Add(Serve(Queues.Critical, Math.Max(1, workers / 5)));
        servers.Add(Serve(Queues.Default, Math.Max(1, workers - workers / 5)));
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        foreach (var server in servers) server.SendStop();
        foreach (var server in servers) await server.WaitForShutdownAsync(cancellationToken);
    }

    /// <summary>
    /// Connections that a process needs at the same time: those of the job storage, if the process runs jobs, and some for everything else.
    /// </summary>
    public static int ConnectionsFor(int workers) => workers == 0 ? 2 : 8;

    /// <summary>How the servers of this process begin their names in the database and the dashboard.</summary>
    public string NamePrefix { get; } = $"{Environment.MachineName}:{Environment.ProcessId}:".ToLowerInvariant();

    public void Dispose()
    {
        foreach (var server in servers) server.Dispose();
    }

    private BackgroundJobServer Serve(string queue, int workers) => new(new BackgroundJobServerOptions
    {
        ServerName = NamePrefix + queue,
        Queues = [queue],
        WorkerCount = workers,
        Activator = activator,
        FilterProvider = filters,
        SchedulePollingInterval = TimeSpan.FromSeconds(options.Value.SchedulePollSeconds),
        StopTimeout = TimeSpan.FromSeconds(5),
        ShutdownTimeout = TimeSpan.FromSeconds(25),
        HeartbeatInterval = TimeSpan.FromSeconds(10),
        ServerCheckInterval = TimeSpan.FromSeconds(30),
        ServerTimeout = TimeSpan.FromMinutes(1),
    }, storage);
}
