using Npgsql;

namespace Storefront.Jobs.Storage;

/// <summary>The ids of jobs and of their states, drawn ahead once a process.</summary>
internal sealed class JobIds(NpgsqlDataSource database)
{
    public IdBlocks Jobs { get; } = new(database, "hangfire.job_id_seq");

    public IdBlocks States { get; } = new(database, "hangfire.state_id_seq");
}
