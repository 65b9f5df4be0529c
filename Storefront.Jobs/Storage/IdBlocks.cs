using Npgsql;
using Storefront.Jobs.Database;

namespace Storefront.Jobs.Storage;

/// <summary>Ids drawn ahead from a sequence, so that a row and what refers to it can be written without asking in between.</summary>
/// <remarks>
/// Postgres flushes a drawn value before it hands it out, so no id comes twice, not even after a crash of the server.
/// A process that ends wastes the rest of its block, as a rolled-back insert wastes its id: sequences have gaps.
/// </remarks>
internal sealed class IdBlocks(NpgsqlDataSource database, string sequence)
{
    private const int BlockSize = 2000;

    private readonly Lock gate = new();
    private readonly Queue<long> drawn = new();
    private Task? drawing;

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

    private bool TryTake(int count, out long[]? ids, out Task draw)
    {
        lock (gate)
        {
            // The next block is drawn before this one is used up, so that nobody waits for it.
            if (drawn.Count - count < BlockSize / 4) drawing ??= Task.Run(() => DrawAsync(Math.Max(BlockSize, count)));
            draw = drawing ?? Task.CompletedTask;
            ids = null;
            if (drawn.Count < count) return false;
            ids = new long[count];
            for (var i = 0; i < count; i++) ids[i] = drawn.Dequeue();
            return true;
        }
    }

    private async Task DrawAsync(int count)
    {
        try
        {
            var ids = await database.ReadAsync(
                "select nextval($1::regclass) from generate_series(1, $2)", [sequence, count], row => row.GetInt64(0), CancellationToken.None);
            lock (gate) ids.ForEach(drawn.Enqueue);
        }
        finally
        {
            lock (gate) drawing = null; // a failure is not remembered: whoever comes next draws again
        }
    }
}
