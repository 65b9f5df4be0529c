using Hangfire;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using Storefront.Jobs.Queue.Storage;

namespace Storefront.Jobs.Queue;

internal static class StorageRegistration
{
    /// <summary>Where jobs are kept, over the one data source of the process.</summary>
    public static IServiceCollection AddJobStorage(this IServiceCollection services)
    {
        services.TryAddSingleton<IAdmission, UnlimitedAdmission>(); // unless somebody says how many jobs may be taken
        services.AddSingleton<LeaseLocks>();
        services.AddSingleton(provider => new JobIds(provider.GetRequiredService<NpgsqlDataSource>()));
        services.AddSingleton(
            provider => new TransactionalJobs(
                provider.GetRequiredService<NpgsqlDataSource>(), provider.GetRequiredService<JobIds>(),
                provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<JobStorage>(provider => Create(
            provider.GetRequiredService<NpgsqlDataSource>(), provider.GetRequiredService<JobIds>(),
            provider.GetRequiredService<LeaseLocks>(), provider.GetRequiredService<TransactionalJobs>(),
            provider.GetRequiredService<IOptions<JobsOptions>>().Value, provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<FastStorage>>(), provider.GetRequiredService<IAdmission>()));
        return services;
    }

    private static FastStorage Create(
        NpgsqlDataSource database, JobIds ids, LeaseLocks locks, TransactionalJobs jobs, JobsOptions options, TimeProvider clock,
        ILogger<FastStorage> log, IAdmission admission)
    {
        var invisibility = TimeSpan.FromSeconds(options.InvisibilitySeconds);
        var poll = TimeSpan.FromMilliseconds(options.PollIntervalMilliseconds);
        var storage = new FastStorage(database, ids, locks, new(invisibility, poll), clock, log, admission);
        jobs.JobsCommitted += storage.Wake;
        return storage;
    }
}
