using Npgsql;
using Storefront.Jobs.Database;

namespace Storefront.Jobs.Queue.Storage;

/// <summary>The ids of jobs and of their states, drawn ahead once a process.</summary>
internal sealed class JobIds(NpgsqlDataSource database)
{
    public IdBlocks Jobs { get; } = new(database, "job");

    public IdBlocks States { get; } = new(database, "state");

    /// <summary>
    /// Draws new ids, higher than every id in the tables: a promoted standby or a restored backup continues its sequence from an older
    /// value, and others draw again what this process drew before.
    /// </summary>
    public void DrawAnew()
    {
        Jobs.DrawAnew();
        States.DrawAnew();
    }

    /// <summary>The statement failed because one of its ids is already taken by somebody else's row.</summary>
    public static bool AreTaken(PostgresException fault) =>
        fault is { SqlState: PostgresErrorCodes.UniqueViolation, SchemaName: JobSchema.Name, ConstraintName: "job_pkey" or "state_pkey" };
}

/// <summary>Ids drawn ahead from a table's sequence: a row and those that refer to it can be written without asking in between.</summary>
/// <remarks>
/// Postgres flushes a drawn value before it hands it out, so no id comes twice, not even after a crash of the server.
/// A process that ends wastes the rest of its block, as a rolled-back insert wastes its id: sequences have gaps.
/// </remarks>
internal sealed class IdBlocks(NpgsqlDataSource database, string table)
{
    private const int BlockSize = 2000;

    // Where the sequence is behind the highest id in the table, all its values up to that id are skipped.
    private readonly string draw = $"""
        with newest as materialized (select coalesce(max(id), 0) as id from hangfire.{table}),
        behind as materialized (select greatest(0, newest.id - last_value) as ids from newest, hangfire.{table}_id_seq)
        select drawn.id
        from (select nextval('hangfire.{table}_id_seq') as id from generate_series(1, $1 + (select ids from behind))) drawn, newest
        where drawn.id > newest.id
        """;

    private readonly Lock gate = new();
    private readonly Queue<long> drawn = new();
    private Task? drawing;
    private int generation;

    public async ValueTask<long[]> NextAsync(int count, CancellationToken cancel)
    {
        long[]? ids;
        while (!TryTake(count, out ids, out var draw)) await draw.WaitAsync(cancel);
        return ids!;
    }

    /// <summary>For threads that must not depend on the thread pool's mood.</summary>
    public long Next()
    {
        long[]? ids;
        while (!TryTake(1, out ids, out var draw)) draw.GetAwaiter().GetResult();
        return ids![0];
    }

    public void DrawAnew()
    {
        lock (gate)
        {
            generation++;
            drawn.Clear();
        }
    }

    private bool TryTake(int count, out long[]? ids, out Task draw)
    {
        lock (gate)
        {
            // The next block is drawn before this one is used up, so that nobody waits for it.
            if (drawn.Count - count < BlockSize / 4) drawing ??= Task.Run(() => DrawAsync(Math.Max(BlockSize, count), generation));
            draw = drawing ?? Task.CompletedTask;
            ids = null;
            if (drawn.Count < count) return false;
            ids = new long[count];
            for (var i = 0; i < count; i++) ids[i] = drawn.Dequeue();
            return true;
        }
    }

    private async Task DrawAsync(int count, int asOf)
    {
        try
        {
            var ids = await database.ReadAsync(draw, [count], row => row.GetInt64(0), CancellationToken.None);
            lock (gate)
                if (asOf == generation) ids.ForEach(drawn.Enqueue);
        }
        finally
        {
            lock (gate) drawing = null; // a failure is not remembered: whoever comes next draws again
        }
    }
}
