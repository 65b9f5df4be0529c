using Hangfire;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
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
        services.AddSingleton<JobIds>();
        services.AddSingleton(
            provider => new TransactionalJobs(
                provider.GetRequiredService<NpgsqlDataSource>(), provider.GetRequiredService<JobIds>(),
                provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<JobStorage>(provider =>
        {
            var options = provider.GetRequiredService<IOptions<JobsOptions>>().Value;
            var (invisibility, poll) =
                (TimeSpan.FromSeconds(options.InvisibilitySeconds), TimeSpan.FromMilliseconds(options.PollIntervalMilliseconds));
            var storage = ActivatorUtilities.CreateInstance<FastStorage>(provider, new FastStorageOptions(invisibility, poll));
            provider.GetRequiredService<TransactionalJobs>().JobsCommitted += storage.Wake;
            return storage;
        });
        return services;
    }
}
