using Npgsql;
using Storefront.Jobs.Database;

namespace Storefront.Jobs.Reconciliation;

/// <summary>At most one holder on all nodes. It is the session's: it dies with its holder, and no clock is involved.</summary>
internal sealed class AdvisoryLock : IDisposable
{
    private readonly NpgsqlDataSource database;
    private readonly NpgsqlConnection session;

    private AdvisoryLock(NpgsqlDataSource database, NpgsqlConnection session) => (this.database, this.session) = (database, session);

    /// <summary>Null: somebody else holds it.</summary>
    public static async Task<AdvisoryLock?> TryTakeAsync(NpgsqlDataSource database, long key, CancellationToken cancel)
    {
        var session = await database.OpenConnectionAsync(cancel);
        var taken = false;
        try
        {
            await using var take = new NpgsqlCommand("select pg_try_advisory_lock($1)", session) { Parameters = { new() { Value = key } } };
            taken = await take.ExecuteScalarAsync(cancel) is true;
            return taken ? new(database, session) : null;
        }
        finally
        {
            if (!taken) database.End(session);
        }
    }

    public void Dispose() => database.End(session);
}
