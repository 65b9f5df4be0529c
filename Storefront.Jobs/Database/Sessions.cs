using System.Data;
using Npgsql;

namespace Storefront.Jobs.Database;

/// <summary>
/// Connections whose session somebody has changed. The pool hands connections on as they are, since to reset one takes seven statements
/// each time: whoever takes locks or changes settings ends the session here.
/// </summary>
internal static class Sessions
{
    /// <summary>Lets go of what the session holds, and returns the connection to the pool.</summary>
    public static void End(this NpgsqlDataSource database, NpgsqlConnection? session)
    {
        if (session is null) return;
        try
        {
            using var reset = new NpgsqlCommand("select pg_advisory_unlock_all(); reset all", session);
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
