using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Hangfire.Storage;
using Microsoft.Extensions.Logging;
using Npgsql;
using Storefront.Jobs.Telemetry;
using static Storefront.Jobs.Queue.Storage.Parameters;

namespace Storefront.Jobs.Queue.Storage;

/// <summary>
/// Locks that at most one holder on all nodes has. A holder that was away for longer than its lease has lost the lock and does not know it
/// yet. What it writes under the lock is refused where it is written: by <see cref="JobWrite.Fences"/> for what Hangfire writes, by guards
/// on the changed rows for reconciliation.
/// </summary>
internal sealed class LeaseLocks : IDisposable
{
    public static readonly TimeSpan DefaultLease = TimeSpan.FromSeconds(30);

    public const string Table = "hangfire.storefront_lock";

    /// <summary>
    /// Unlogged, so that nobody waits for the disk: like the sessions of its holders, a lock need not survive a crash of the server.
    /// </summary>
    public const string CreateTable =
        $"create unlogged table if not exists {Table} (resource text primary key, token uuid not null, until timestamptz not null)";

    // An older version, which may run beside this one during a deploy, holds an advisory lock of its session instead. It is respected.
    private const string Take = """
        insert into hangfire.storefront_lock as held (resource, token, until)
        select $1, $2, now() + make_interval(secs => $3) where pg_try_advisory_xact_lock(hashtextextended('hangfire:' || $1, 0))
        on conflict (resource) do update set token = excluded.token, until = excluded.until where held.until < now()
        """;

    // Whoever decides on a job first waits for a write that a worker began before the lock was taken. Later writes see the lock.
    private const string AwaitWrites = "select from hangfire.job where id = $1 for share";

    private const string Renew = """
        update hangfire.storefront_lock held set until = now() + make_interval(secs => $3)
        from unnest($1::text[], $2::uuid[]) as mine(resource, token)
        where held.resource = mine.resource and held.token = mine.token
        returning held.token
        """;

    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LastRetry = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentDictionary<Guid, LeaseLock> held = new();
    private readonly HashSet<string> here = [];
    private readonly CancellationTokenSource stopping = new();
    private readonly NpgsqlDataSource database;
    private readonly ILogger log;
    private readonly TimeSpan lease;

    public LeaseLocks(NpgsqlDataSource database, ILogger<LeaseLocks> log, TimeSpan? lease = null)
    {
        (this.database, this.log, this.lease) = (database, log, lease ?? DefaultLease);
        _ = KeepRenewingAsync();
    }

    public static string OfJob(long job) => $"job:{job}:state-lock";

    /// <summary>Null: somebody else holds it.</summary>
    public LeaseLock? TryTake(string resource)
    {
        lock (here)
            if (!here.Add(resource)) return null; // somebody in this process has it, so the database need not be asked

        LeaseLock? taken = null;
        try
        {
            var wanted = new LeaseLock(this, resource);
            using var batch = database.CreateBatch();
            batch.BatchCommands.Add(new(Take) { Parameters = { Text(resource), Uuid(wanted.Token), Number(lease.TotalSeconds) } });
            if (wanted.Job is { } job) batch.BatchCommands.Add(new(AwaitWrites) { Parameters = { Bigint(job) } });
            batch.ExecuteNonQuery();
            return taken = batch.BatchCommands[0].RecordsAffected == 1 && held.TryAdd(wanted.Token, wanted) ? wanted : null;
        }
        finally
        {
            if (taken is null) Forget(resource);
        }
    }

    /// <summary>Waits for it.</summary>
    /// <exception cref="DistributedLockTimeoutException">Somebody else held it all the time.</exception>
    public LeaseLock Acquire(string resource, TimeSpan timeout)
    {
        var watch = Stopwatch.StartNew();
        for (var pause = FirstRetry; ; pause = pause * 2 < LastRetry ? pause * 2 : LastRetry)
        {
            if (TryTake(resource) is { } taken) return taken;
            var left = timeout - watch.Elapsed;
            if (left <= TimeSpan.Zero) throw new DistributedLockTimeoutException(resource);
            var wait = pause * (0.5 + Random.Shared.NextDouble());
            // Woken when somebody in this process releases the lock; other processes are asked again after the pause.
            lock (here) Monitor.Wait(here, wait < left ? wait : left);
        }
    }

    public void Release(LeaseLock released)
    {
        if (!held.TryRemove(released.Token, out _)) return;
        try
        {
            using var command = database.CreateCommand("delete from hangfire.storefront_lock where resource = $1 and token = $2");
            command.Parameters.Add(Text(released.Resource));
            command.Parameters.Add(Uuid(released.Token));
            command.ExecuteNonQuery();
        }
        catch (Exception outage) when (outage is NpgsqlException or IOException or InvalidOperationException or TimeoutException)
        {
            log.LockNotReleased(outage, released.Resource, lease.TotalSeconds);
        }
        finally
        {
            Forget(released.Resource);
        }
    }

    public void Dispose()
    {
        stopping.Cancel();
        stopping.Dispose();
    }

    private void Forget(string resource)
    {
        lock (here)
        {
            here.Remove(resource);
            Monitor.PulseAll(here);
        }
    }

    private async Task KeepRenewingAsync()
    {
        var stop = stopping.Token;
        using var timer = new PeriodicTimer(lease / 6);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
                if (!held.IsEmpty) await RenewAsync(stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The process ends. Its locks end when their leases run out.
        }
    }

    private async Task RenewAsync(CancellationToken stop)
    {
        var mine = held.Values.ToArray();
        try
        {
            await using var command = database.CreateCommand(Renew);
            command.Parameters.AddRange(
                new[] { Texts(mine, one => one.Resource), Uuids(mine, one => one.Token), Number(lease.TotalSeconds) });
            var kept = new HashSet<Guid>();
            await using (var reader = await command.ExecuteReaderAsync(stop))
                while (await reader.ReadAsync(stop)) kept.Add(reader.GetGuid(0));
            foreach (var lost in mine.Where(one => !kept.Contains(one.Token) && held.ContainsKey(one.Token))) log.LockLost(lost.Resource);
        }
        catch (Exception outage) when (outage is not OperationCanceledException || !stop.IsCancellationRequested)
        {
            log.LocksNotRenewed(outage, mine.Length);
        }
    }
}

/// <summary>A lock that is held. Each time it is taken it gets a new token, which tells this holder from earlier and later ones.</summary>
internal sealed class LeaseLock(LeaseLocks locks, string resource) : IDisposable
{
    public string Resource => resource;
    public Guid Token { get; } = Guid.NewGuid();

    /// <summary>The job whose state is decided under this lock; null: it is not the lock of a job.</summary>
    public long? Job =>
        resource.Split(':') is ["job", var id, "state-lock"] && long.TryParse(id, CultureInfo.InvariantCulture, out var job) ? job : null;

    public void Dispose() => locks.Release(this);
}

/// <summary>A lock ran out while its holder was away, and somebody else may have taken it.</summary>
internal sealed class LockLostException()
    : Exception(
        "The lock under which this was decided ran out before it was written, and somebody else may hold it now. Nothing was written.");
