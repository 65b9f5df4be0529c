using Storefront.Jobs.Database;

namespace Storefront.Jobs.Queue.Storage;

/// <summary>What this program adds to the schema of Hangfire.PostgreSql, which has migrations of its own.</summary>
public sealed class JobsDb() : SqlSchema(JobSchema.Name, History)
{
    public const string History = "storefront_migrations";
}
