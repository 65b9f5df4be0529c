using Hangfire;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Queue;
using Storefront.Jobs.Queue.Gates;
using Storefront.Jobs.Reconciliation;

namespace Storefront.Jobs.Hosting;

/// <summary>Hangfire's server in this process. Each partner has its share of the workers: a backlog of mail delays nothing else.</summary>
public sealed class JobServer(
    JobStorage storage, JobActivator activator, Hangfire.Common.IJobFilterProvider filters, IRecurringJobManager recurring,
    IOptions<JobsOptions> options, EffectCatalogue effects, IReadOnlyList<QueueGroup> groups,
    IServiceProvider services)
    : IHostedService, IDisposable
{
    private BackgroundJobServer? server;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        EveryJob.MakeAll(services, EveryJob.Types(effects));
        if (options.Value.Workers == 0) return Task.CompletedTask;

        Schedule.Write(recurring);
        recurring.Trigger(ReconcileOrders.Id); // what the last process left half done need not wait for the minute
        server = Serve(QueueGroups.InOrder(groups), groups.Sum(group => group.Most));
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (server is null) return;
        server.SendStop();
        await server.WaitForShutdownAsync(cancellationToken);
    }

    /// <summary>
    /// Connections that a process needs at the same time: those of the job storage, if the process runs jobs, and some for everything else.
    /// </summary>
    public static int ConnectionsFor(int workers) => workers == 0 ? 2 : 8;

    /// <summary>How the servers of this process begin their names in the database and the dashboard.</summary>
    public string NamePrefix { get; } = $"{Environment.MachineName}:{Environment.ProcessId}:".ToLowerInvariant();

    public void Dispose() => server?.Dispose();

    private BackgroundJobServer Serve(string[] queues, int workers) => new(new BackgroundJobServerOptions
    {
        ServerName = NamePrefix + "jobs",
        Queues = queues,
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
