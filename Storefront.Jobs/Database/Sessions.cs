using System.Data;
using Npgsql;

namespace Storefront.Jobs.Database;

/// <summary>
/// Connections whose session somebody has changed. The pool hands connections on as they are, since to reset one takes seven statements
/// each time: whoever takes locks or changes settings ends the session here.
/// </summary>
public static class Sessions
{
    // A power cut or a lost network ends no connection, and Postgres would ask for two hours whether the holder of a lock is still there.
    // Not as parameters of the start: poolers refuse those. What somebody has set, for this session or for the server, is kept.
    private const string NoticeVanishedHolder = """
        select set_config(name, bound, false)
        from (values ('tcp_keepalives_idle', '15'), ('tcp_keepalives_interval', '10'), ('tcp_keepalives_count', '3'),
            ('tcp_user_timeout', '30s'), ('idle_in_transaction_session_timeout', '50s')) bounds(name, bound)
        join pg_catalog.pg_settings using (name) where source = 'default'
        """;

    /// <summary>A holder that vanishes, or stands still within a transaction, keeps its locks for less than a minute.</summary>
    public static NpgsqlDataSourceBuilder EndWithTheirHolders(this NpgsqlDataSourceBuilder database) =>
        database.UsePhysicalConnectionInitializer(
            session =>
            {
                using var set = new NpgsqlCommand(NoticeVanishedHolder, session);
                set.ExecuteNonQuery();
            },
            async session =>
            {
                await using var set = new NpgsqlCommand(NoticeVanishedHolder, session);
                await set.ExecuteNonQueryAsync();
            });

    /// <summary>Lets go of what the session holds, and returns the connection to the pool.</summary>
    internal static void End(this NpgsqlDataSource database, NpgsqlConnection? session)
    {
        if (session is null) return;
        try
        {
            using var reset = new NpgsqlCommand($"select pg_advisory_unlock_all(); reset all; {NoticeVanishedHolder}", session);
            if (session.FullState.HasFlag(ConnectionState.Open)) reset.ExecuteNonQuery();
        }
        catch (Exception lost) when (lost is NpgsqlException or IOException or InvalidOperationException or TimeoutException)
        {
            database.Clear(); // what is still in use is closed on its return, and this one with it
        }
        finally
        {
            session.Dispose();
        }
    }
}
