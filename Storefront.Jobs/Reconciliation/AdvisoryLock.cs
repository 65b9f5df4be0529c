using Npgsql;

namespace Storefront.Jobs.Reconciliation;

/// <summary>At most one holder on all nodes. It is the session's: it dies with its holder, and no clock is involved.</summary>
internal sealed class AdvisoryLock : IAsyncDisposable
{
    private readonly NpgsqlConnection session;
    private readonly long key;

    private AdvisoryLock(NpgsqlConnection session, long key) => (this.session, this.key) = (session, key);

    /// <summary>Null: somebody else holds it.</summary>
    public static async Task<AdvisoryLock?> TryTakeAsync(NpgsqlDataSource database, long key, CancellationToken cancel)
    {
        var session = await database.OpenConnectionAsync(cancel);
        await using var take = new NpgsqlCommand("select pg_try_advisory_lock($1)", session) { Parameters = { new() { Value = key } } };
        if (await take.ExecuteScalarAsync(cancel) is true) return new(session, key);
        await session.DisposeAsync();
        return null;
    }

    public async ValueTask DisposeAsync()
    {
        // The pool resets a returned session with DISCARD ALL, which would free it too; but only when it is taken again.
        await using (session)
        await using (var free = new NpgsqlCommand("select pg_advisory_unlock($1)", session) { Parameters = { new() { Value = key } } })
            if (session.FullState.HasFlag(System.Data.ConnectionState.Open)) await free.ExecuteNonQueryAsync();
    }
}
