using System.Diagnostics;
using Hangfire.Storage;
using Npgsql;
using Storefront.Jobs.Database;
using static Storefront.Jobs.Storage.Parameters;

namespace Storefront.Jobs.Storage;

/// <summary>
/// Hangfire's distributed locks as Postgres advisory locks of one session a process: they end with the process that holds them, whatever
/// becomes of it, and leave no rows behind. Within the process the session cannot tell its own callers apart, so that is done here.
/// </summary>
internal sealed class SessionLocks(NpgsqlDataSource database) : IDisposable
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LastRetry = TimeSpan.FromMilliseconds(500);

    private readonly Dictionary<string, Held> locks = [];
    private readonly Lock session = new();
    private NpgsqlConnection? connection;

    /// <summary>The same owner may take a lock again; it is free when all were released.</summary>
    public IDisposable Acquire(object owner, string resource, TimeSpan timeout)
    {
        var watch = Stopwatch.StartNew();
        for (var pause = FirstRetry; !TryTake(owner, resource); pause = pause * 2 < LastRetry ? pause * 2 : LastRetry)
        {
            var left = timeout - watch.Elapsed;
            if (left <= TimeSpan.Zero) throw new DistributedLockTimeoutException(resource);
            lock (locks) Monitor.Wait(locks, pause < left ? pause : left); // woken when somebody here releases; others are asked again
        }

        return new Release(this, owner, resource);
    }

    public void ReleaseAll(object owner)
    {
        string[] left;
        lock (locks) left = [.. locks.Where(one => one.Value.Owner == owner).Select(one => one.Key)];
        foreach (var resource in left) Free(owner, resource, all: true);
    }

    public void Dispose() => database.End(connection);

    private bool TryTake(object owner, string resource)
    {
        lock (locks)
        {
            if (locks.TryGetValue(resource, out var held))
            {
                if (held.Owner != owner) return false;
                held.Count++;
                return true;
            }

            locks.Add(resource, new Held(owner)); // ours within the process; now among the processes
        }

        var taken = false;
        try
        {
            return taken = OnSession("select pg_try_advisory_lock(hashtextextended($1, 0))", resource);
        }
        finally
        {
            if (!taken) Forget(resource);
        }
    }

    private void Free(object owner, string resource, bool all)
    {
        lock (locks)
        {
            if (!locks.TryGetValue(resource, out var held) || held.Owner != owner) return;
            if (!all && --held.Count > 0) return;
        }

        try
        {
            OnSession("select pg_advisory_unlock(hashtextextended($1, 0))", resource);
        }
        catch (Exception gone) when (gone is NpgsqlException or IOException or InvalidOperationException)
        {
            // The session is dead, and the lock with it.
        }
        finally
        {
            Forget(resource);
        }
    }

    private void Forget(string resource)
    {
        lock (locks)
        {
            locks.Remove(resource);
            Monitor.PulseAll(locks);
        }
    }

    private bool OnSession(string sql, string resource)
    {
        lock (session)
        {
            try
            {
                connection ??= database.OpenConnection();
                using var command = new NpgsqlCommand(sql, connection) { Parameters = { Text($"{JobSchema.Name}:{resource}") } };
                return (bool)command.ExecuteScalar()!;
            }
            catch
            {
                database.End(connection); // also lets go of what else it held: better two holders guarded by their writes than none for ever
                connection = null;
                throw;
            }
        }
    }

    private sealed class Held(object owner)
    {
        public object Owner => owner;
        public int Count { get; set; } = 1;
    }

    private sealed class Release(SessionLocks locks, object owner, string resource) : IDisposable
    {
        private int done;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref done, 1) == 0) locks.Free(owner, resource, all: false);
        }
    }
}
