using System.Text.Json;

namespace Storefront.Sandbox.Partners;

/// <summary>Something a partner accepted, once, under a key.</summary>
/// <param name="Deliveries">How often it was received under its key, the repeats included.</param>
internal sealed record Accepted(string Key, string Id, JsonElement Body, int Deliveries, DateTimeOffset AcceptedAt);

/// <summary>What a partner accepted, by key, kept in its journal.</summary>
internal sealed class AcceptedOnce : IAsyncDisposable
{
    private readonly Lock guard = new();
    private readonly Dictionary<string, Accepted> byId = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> idOfKey = new(StringComparer.Ordinal);
    private readonly List<string> order = [];
    private readonly TimeProvider clock;
    private readonly TimeSpan? keyLife;
    private readonly Journal journal;

    /// <param name="keyLife">How long a key is remembered; null: for ever.</param>
    public AcceptedOnce(string path, TimeProvider clock, TimeSpan? keyLife = null)
    {
        (this.clock, this.keyLife) = (clock, keyLife);
        journal = Journal.Open(path, Replay);
    }

    /// <summary>When everything that can be read here is on disk.</summary>
    public Task Settled => journal.Settled;

    /// <summary>Takes it in, or counts the repeat. Null: the key is known with another body.</summary>
    public Task<Accepted?> TakeAsync(string key, JsonElement body) => TakeAsync(key, body, compare: true);

    /// <summary>As <see cref="TakeAsync(string, JsonElement)"/>, where a repeat is told by its key alone.</summary>
    public async Task<Accepted> TakeByKeyAsync(string key, JsonElement body) => (await TakeAsync(key, body, compare: false))!;

    /// <summary>Newest first.</summary>
    public IReadOnlyList<Accepted> All()
    {
        lock (guard) return [.. Enumerable.Reverse(order).Select(id => byId[id])];
    }

    public Accepted? FindById(string id)
    {
        lock (guard) return byId.GetValueOrDefault(id);
    }

    public Task ClearAsync()
    {
        lock (guard)
        {
            byId.Clear();
            idOfKey.Clear();
            order.Clear();
            return journal.ClearAsync();
        }
    }

    public ValueTask DisposeAsync() => journal.DisposeAsync();

    private async Task<Accepted?> TakeAsync(string key, JsonElement body, bool compare)
    {
        Accepted taken;
        Task written;
        lock (guard)
        {
            var now = clock.GetUtcNow();
            // A key that was forgotten makes a second one under the same key, as it would at the real partner.
            if (Known(key, now) is not { } known)
                written = DoAsync(new("accept", key, now, body.Clone(), Guid.NewGuid().ToString()));
            else if (compare && !JsonElement.DeepEquals(known.Body, body))
                return null;
            else
                written = DoAsync(new("again", key, now));
            taken = byId[idOfKey[key]];
        }

        await written;
        return taken;
    }

    private Accepted? Known(string key, DateTimeOffset now) =>
        idOfKey.TryGetValue(key, out var id) && byId[id] is var known && (keyLife is null || now - known.AcceptedAt < keyLife) ? known : null;

    private Task DoAsync(JournalLine line)
    {
        Replay(line);
        return journal.AppendAsync(line);
    }

    // The one place where anything changes, now and when the journal is read again.
    private void Replay(JournalLine line)
    {
        if (line.What == "accept")
        {
            byId[line.Id!] = new(line.Key, line.Id!, line.Body!.Value, 1, line.At);
            idOfKey[line.Key] = line.Id!;
            order.Add(line.Id!);
        }
        else
        {
            var known = byId[idOfKey[line.Key]];
            byId[known.Id] = known with { Deliveries = known.Deliveries + 1 };
        }
    }
}
