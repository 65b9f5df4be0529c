using Npgsql;
using Storefront.Jobs.Database;

namespace Storefront.Jobs.Storage;

/// <summary>Ids drawn ahead from a sequence, so that a row and what refers to it can be written without asking in between.</summary>
/// <remarks>A process that ends wastes the rest of its block, as a rolled-back insert wastes its id: sequences have gaps.</remarks>
internal sealed class IdBlocks(NpgsqlDataSource database, string sequence) : IDisposable
{
    private const int BlockSize = 1000;

    private readonly SemaphoreSlim drawing = new(1, 1);
    private readonly Queue<long> drawn = new();

    public async ValueTask<long[]> NextAsync(int count, CancellationToken cancel)
    {
        await drawing.WaitAsync(cancel);
        try
        {
            if (drawn.Count < count) await DrawAsync(Math.Max(BlockSize, count), cancel);
            var ids = new long[count];
            for (var i = 0; i < count; i++) ids[i] = drawn.Dequeue();
            return ids;
        }
        finally
        {
            drawing.Release();
        }
    }

    private async Task DrawAsync(int count, CancellationToken cancel)
    {
        var ids = await database.ReadAsync("select nextval($1::regclass) from generate_series(1, $2)", [sequence, count], row => row.GetInt64(0), cancel);
        ids.ForEach(drawn.Enqueue);
    }

    public void Dispose() => drawing.Dispose();
}
