using Hangfire.PostgreSql;
using Npgsql;

namespace Storefront.Jobs.Storage;

/// <summary>Hangfire.PostgreSql as it comes, with the settings that keep it safe.</summary>
internal static class StockStorage
{
    public static PostgreSqlStorage Create(NpgsqlDataSource database, TimeSpan invisibility, TimeSpan poll) =>
        new(new SharedDataSource(database), Options(invisibility, poll));

    public static PostgreSqlStorageOptions Options(TimeSpan invisibility, TimeSpan poll) => new()
    {
        SchemaName = JobSchema.Name,
        PrepareSchemaIfNecessary = false,
        AllowDegradedModeWithoutStorage = false,
        UseSlidingInvisibilityTimeout = true,
        InvisibilityTimeout = invisibility,
        DistributedLockTimeout = TimeSpan.FromMinutes(1),
        QueuePollInterval = poll,
        EnableLongPolling = false,
    };
}

/// <summary>Connections of the one data source that the whole program shares.</summary>
internal sealed class SharedDataSource(NpgsqlDataSource database) : IConnectionFactory
{
    public NpgsqlConnection GetOrCreateConnection() => database.CreateConnection();
}
