using System.Text.Json;

namespace Storefront.Sandbox.Partners;

/// <summary>Something a partner accepted, once, under a key.</summary>
/// <param name="Deliveries">How often it was received under its key, the repeats included.</param>
internal sealed record Accepted(string Key, string Id, JsonElement Body, int Deliveries, DateTimeOffset AcceptedAt);

/// <summary>What a partner accepted, by key, kept in its journal.</summary>
internal sealed class AcceptedOnce : IAsyncDisposable
{
    private readonly Lock guard = new();
    private readonly Dictionary<string, Accepted> byKey = new(StringComparer.Ordinal);
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

    /// <summary>Takes it in, or counts the repeat. Null: the key is known with another body.</summary>
    public async Task<Accepted?> TakeAsync(string key, JsonElement body)
    {
        Task written;
        lock (guard)
        {
            var now = clock.GetUtcNow();
            if (byKey.TryGetValue(key, out var known) && (keyLife is null || now - known.AcceptedAt < keyLife))
            {
                if (!JsonElement.DeepEquals(known.Body, body)) return null;
                written = DoAsync(new("again", key, now));
            }
            else
            {
                // A key that was forgotten makes a second one, as it would at the real partner.
                if (known is not null) Rename(key, known);
                written = DoAsync(new("accept", key, now, body.Clone(), Guid.NewGuid().ToString()));
            }
        }

        await written;
        lock (guard) return byKey.GetValueOrDefault(key);
    }

    /// <summary>As <see cref="TakeAsync"/>, where a repeat is told by its key alone.</summary>
    public async Task<Accepted> TakeByKeyAsync(string key, JsonElement body)
    {
        Task written;
        lock (guard) written = DoAsync(byKey.ContainsKey(key) ? new("again", key, clock.GetUtcNow()) : new("accept", key, clock.GetUtcNow(), body.Clone(), key));
        await written;
        lock (guard) return byKey[key];
    }

    /// <summary>Newest first.</summary>
    public IReadOnlyList<Accepted> All()
    {
        lock (guard) return [.. Enumerable.Reverse(order).Select(key => byKey[key])];
    }

    public Accepted? FindById(string id)
    {
        lock (guard) return byKey.Values.FirstOrDefault(one => one.Id == id);
    }

    public Task ClearAsync()
    {
        lock (guard)
        {
            byKey.Clear();
            order.Clear();
            return journal.ClearAsync();
        }
    }

    public ValueTask DisposeAsync() => journal.DisposeAsync();

    private void Rename(string key, Accepted known) => DoAsync(new("expire", key, clock.GetUtcNow(), Id: $"{key} (expired {known.Id})"));

    private Task DoAsync(JournalLine line)
    {
        Replay(line);
        return journal.AppendAsync(line);
    }

    private void Replay(JournalLine line)
    {
        switch (line.What)
        {
            case "accept":
                byKey[line.Key] = new(line.Key, line.Id!, line.Body!.Value, 1, line.At);
                order.Add(line.Key);
                break;
            case "again":
                byKey[line.Key] = byKey[line.Key] with { Deliveries = byKey[line.Key].Deliveries + 1 };
                break;
            case "expire":
                byKey.Remove(line.Key, out var old);
                byKey[line.Id!] = old!;
                order[order.IndexOf(line.Key)] = line.Id!;
                break;
        }
    }
}
