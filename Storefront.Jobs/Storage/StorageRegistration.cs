using Hangfire;
using Hangfire.PostgreSql;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Storefront.Jobs.Storage;

internal static class StorageRegistration
{
    /// <summary>Where jobs are kept, over the one data source of the process.</summary>
    public static IServiceCollection AddJobStorage(this IServiceCollection services)
    {
        services.AddSingleton<TransactionalJobs>();
        services.AddSingleton<JobStorage>(provider => new PostgreSqlStorage(
            new SharedDataSource(provider.GetRequiredService<NpgsqlDataSource>()),
            new PostgreSqlStorageOptions
            {
                PrepareSchemaIfNecessary = false,
                AllowDegradedModeWithoutStorage = false,
                UseSlidingInvisibilityTimeout = true,
                InvisibilityTimeout = TimeSpan.FromSeconds(90),
                DistributedLockTimeout = TimeSpan.FromMinutes(1),
                QueuePollInterval = TimeSpan.FromMilliseconds(200),
                EnableLongPolling = false,
            }));
        return services;
    }

    private sealed class SharedDataSource(NpgsqlDataSource database) : IConnectionFactory
    {
        public NpgsqlConnection GetOrCreateConnection() => database.CreateConnection();
    }
}
