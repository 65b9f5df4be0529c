using System.Diagnostics;
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Storefront.Jobs.Database;

/// <summary>
/// Changes the database while another version works on it. One process at a time does this; others wait for it. No statement that others
/// queue behind waits for a lock longer than <see cref="LockTimeout"/>, and each is repeated until it gets its locks. What is interrupted
/// is done by the next run.
/// </summary>
/// <remarks>It needs one session from begin to end: no connection pooler in transaction mode may stand between.</remarks>
public sealed class SchemaUpdate : IAsyncDisposable
{
    /// <summary>Whoever uses a table queues behind a statement that waits to lock it: nobody waits longer than this.</summary>
    public static readonly TimeSpan LockTimeout = TimeSpan.FromSeconds(2);

    /// <summary>A step that did not get its locks within this time is given up.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private const long LockKey = 0x53_46_10;

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly NpgsqlDataSource database;
    private readonly NpgsqlConnection session;
    private readonly TextWriter console;

    private SchemaUpdate(NpgsqlDataSource database, NpgsqlConnection session, TextWriter console) =>
        (this.database, this.session, this.console) = (database, session, console);

    /// <summary>Waits until no other process changes the database.</summary>
    /// <param name="console">Gets a line for each step that changes something, with the time it took.</param>
    public static async Task<SchemaUpdate> BeginAsync(NpgsqlDataSource database, TextWriter console, CancellationToken cancel)
    {
        var update = new SchemaUpdate(database, await database.OpenConnectionAsync(cancel), console);
        try
        {
            // Asked again and again: a session that waited inside Postgres would hold a snapshot, and an index that is built concurrently
            // waits for all snapshots.
            for (var waited = false; !await update.AskAsync($"select pg_try_advisory_lock({LockKey})", cancel); waited = true)
            {
                if (!waited)
                    await console.WriteLineAsync("Another process is bringing this database up to date: waiting until it has ended.");
                await Task.Delay(Poll, cancel);
            }

            return update;
        }
        catch
        {
            await update.DisposeAsync();
            throw;
        }
    }

    /// <summary>Applies each migration that is missing, one after the other.</summary>
    /// <param name="schema">Begins the lines on the console.</param>
    public async Task MigrateAsync(DbContext db, string schema, CancellationToken cancel)
    {
        db.Database.SetDbConnection(session);
        db.Database.SetCommandTimeout(0);
        foreach (var migration in await db.Database.GetPendingMigrationsAsync(cancel))
            await StepAsync(schema, MigrationSteps.Sentence(db, migration), () => db.Database.MigrateAsync(migration, cancel), cancel);
    }

    /// <summary>Does one thing; several times, where others hold the locks it needs.</summary>
    /// <param name="sentence">For the console: <c>adding an index on deliveries that are due</c>.</param>
    /// <param name="change">Must do no harm when it is repeated after it was broken off.</param>
    public async Task StepAsync(string schema, string sentence, Func<Task> change, CancellationToken cancel)
    {
        var watch = Stopwatch.StartNew();
        await console.WriteAsync($"{schema}: {sentence} … ");
        try
        {
            await RepeatAsync(change, $"{schema}: {sentence}", cancel);
            await console.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{watch.Elapsed.TotalSeconds:0.0} s"));
        }
        catch
        {
            await console.WriteLineAsync("not done");
            throw;
        }
    }

    /// <summary>A step without a line, for what usually has nothing to change.</summary>
    internal async Task RepeatAsync(Func<Task> change, string name, CancellationToken cancel)
    {
        var began = Stopwatch.GetTimestamp();
        for (var pause = TimeSpan.FromMilliseconds(200); ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                await ExecuteAsync($"set lock_timeout = '{LockTimeout.TotalMilliseconds:0}ms'", cancel);
                await DropUnfinishedIndexesAsync(cancel);
                await change();
                return;
            }
            catch (PostgresException busy) when (IsBusy(busy) && Stopwatch.GetElapsedTime(began) < Patience)
            {
                await Task.Delay(pause, cancel); // lets those through who queued behind us
            }
            catch (PostgresException busy) when (IsBusy(busy))
            {
                throw new SchemaUpdateFault(
                    $"\"{name}\" did not get its locks within {Patience.TotalMinutes:0} minutes: some transaction stays open. "
                    + "Find it in pg_stat_activity, end it, and run --migrate again.", busy);
            }
        }
    }

    internal async Task<bool> AskAsync(string sql, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(sql, session);
        return await command.ExecuteScalarAsync(cancel) is true;
    }

    /// <summary>For what brings its own statements; the session is this update's.</summary>
    internal NpgsqlConnection Session => session;

    public ValueTask DisposeAsync()
    {
        database.End(session);
        return ValueTask.CompletedTask;
    }

    // An index whose building was interrupted stays behind: it answers nothing, every write pays for it, and "if not exists" takes it for
    // the real one.
    private async Task DropUnfinishedIndexesAsync(CancellationToken cancel)
    {
        var drops = new List<string>();
        await using (var ask = new NpgsqlCommand("""
            select format('drop index concurrently if exists %I.%I', n.nspname, c.relname)
            from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
            where not i.indisvalid and n.nspname in ('shop', 'orders', 'hangfire')
              and not exists (select from pg_stat_progress_create_index being_built where being_built.index_relid = i.indexrelid)
            """, session))
        await using (var reader = await ask.ExecuteReaderAsync(cancel))
            while (await reader.ReadAsync(cancel)) drops.Add(reader.GetString(0));

        foreach (var drop in drops) await ExecuteAsync(drop, cancel);
    }

    private async Task ExecuteAsync(string sql, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(sql, session) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancel);
    }

    private static bool IsBusy(PostgresException refused) => refused.SqlState
        is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure;
}

/// <summary>The database could not be brought up to date. The message says what to do.</summary>
public sealed class SchemaUpdateFault(string message, Exception inner) : Exception(message, inner);
