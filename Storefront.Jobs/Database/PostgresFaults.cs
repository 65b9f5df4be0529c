using System.Net.Sockets;
using Npgsql;

namespace Storefront.Jobs.Database;

/// <summary>What a fault of the database says about whatever was being written.</summary>
internal static class PostgresFaults
{
    /// <summary>The server has ended the session, since nothing came for too long within a transaction: <see cref="Sessions"/>.</summary>
    public const string TransactionStoodStill = "25P03";

    /// <summary>
    /// Postgres is away or cannot write now: the connection was lost or refused, the server shuts down or fails over, or memory or disk is
    /// full. The same statement may work in a moment. Where the connection was lost, nobody knows whether it took effect.
    /// </summary>
    public static bool IsOutage(Exception fault) => fault switch
    {
        PostgresException { SqlState: var state } =>
            state is PostgresErrorCodes.ReadOnlySqlTransaction or TransactionStoodStill
            || state.Length == 5 && state[..2] is "08" or "53"
            || state.StartsWith("57P", StringComparison.Ordinal),
        NpgsqlException or IOException or SocketException or TimeoutException => true,
        _ => false,
    };

    /// <summary>A deadlock or a serialisation failure. The transaction was rolled back, and may succeed when it is repeated.</summary>
    public static bool IsConflict(Exception fault) =>
        fault is PostgresException { SqlState: PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure };

    /// <summary>Somebody else has held a lock for longer than we wait. Nothing happened.</summary>
    public static bool IsLocked(Exception fault) => fault is PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable };

    /// <summary>
    /// This can never be written: a value does not fit its column, or breaks a constraint. A unique violation may pass with another id.
    /// </summary>
    public static bool IsPermanent(Exception fault) => fault switch
    {
        PostgresException { SqlState: PostgresErrorCodes.UniqueViolation } => false,
        PostgresException { SqlState: var state } => state.Length == 5 && state[..2] is "22" or "23" or "54",
        ArgumentException or FormatException or InvalidCastException or OverflowException => true,
        _ => false,
    };
}
