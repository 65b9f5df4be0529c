using System.Text.Json;
using System.Text.Json.Serialization;

namespace Storefront.Sandbox.Partners;

/// <summary>Something a partner accepted, once, under a key.</summary>
/// <param name="Deliveries">How often it was received under its key, the repeats included.</param>
/// <param name="DueAt">When it is due, as it said itself or somebody changed it; null: at once.</param>
/// <param name="Canceled">Canceled before it was due.</param>
internal sealed record Accepted(
    string Key, string Id, JsonElement Body, int Deliveries, DateTimeOffset AcceptedAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? DueAt = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Canceled = false);

/// <summary>What a partner accepted, by key, kept in its journal.</summary>
internal sealed class AcceptedOnce : IAsyncDisposable
{
    private readonly Lock guard = new();
    private readonly Dictionary<string, Accepted> byId = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Call> calls = new(StringComparer.Ordinal);
    private readonly List<string> order = [];
    private readonly TimeSpan? keyLife;
    private readonly Func<JsonElement, DateTimeOffset, DateTimeOffset?>? dueAt;
    private readonly Journal journal;

    /// <param name="keyLife">How long a key is remembered; null: for ever.</param>
    /// <param name="dueAt">When a body that was accepted at a time is due; null: at once.</param>
    public AcceptedOnce(
        string path, TimeProvider clock, TimeSpan? keyLife = null, Func<JsonElement, DateTimeOffset, DateTimeOffset?>? dueAt = null)
    {
        (Clock, this.keyLife, this.dueAt) = (clock, keyLife, dueAt);
        journal = Journal.Open(path, Replay);
    }

    public TimeProvider Clock { get; }

    /// <summary>When everything that can be read here is on disk.</summary>
    public Task Settled => journal.Settled;

    /// <summary>Takes it in, or counts the repeat. Null: the key is known with another body.</summary>
    public async Task<Accepted?> TakeAsync(string key, JsonElement body) => (await TakeAsync(Accept(key, body), compare: true))?[0];

    /// <summary>As <see cref="TakeAsync(string, JsonElement)"/>, where a repeat is told by its key alone.</summary>
    public async Task<Accepted> TakeByKeyAsync(string key, JsonElement body) => (await TakeAsync(Accept(key, body), compare: false))![0];

    /// <summary>Accepts all items of a batch that <paramref name="wanted"/> chooses, or counts a repeat of the whole batch.</summary>
    /// <returns>Null: the key is known with another body, and nothing was accepted.</returns>
    public Task<IReadOnlyList<Accepted>?> TakeBatchAsync(string key, JsonElement batch, Func<JsonElement, bool> wanted) => TakeAsync(
        new("batch", key, Clock.GetUtcNow(), batch,
            Ids: [.. batch.EnumerateArray().Select(one => wanted(one) ? Guid.NewGuid().ToString() : null)]),
        compare: true);

    /// <summary>Reschedules or cancels what was accepted, if <paramref name="may"/> allows it.</summary>
    /// <param name="dueAt">Null: it is canceled.</param>
    /// <returns>Whether it was changed.</returns>
    public async Task<bool> ChangeAsync(string id, Func<Accepted, bool> may, DateTimeOffset? dueAt)
    {
        Task written;
        lock (guard)
        {
            if (!byId.TryGetValue(id, out var known) || !may(known)) return false;
            written = journal.AppendAsync(dueAt is { } due
                ? new("schedule", known.Key, due, Id: id)
                : new("cancel", known.Key, Clock.GetUtcNow(), Id: id));
        }

        await written;
        return true;
    }

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
            calls.Clear();
            order.Clear();
            return journal.ClearAsync();
        }
    }

    public ValueTask DisposeAsync() => journal.DisposeAsync();

    private JournalLine Accept(string key, JsonElement body) => new("accept", key, Clock.GetUtcNow(), body, Guid.NewGuid().ToString());

    private async Task<IReadOnlyList<Accepted>?> TakeAsync(JournalLine line, bool compare)
    {
        IReadOnlyList<Accepted> taken;
        Task written;
        lock (guard)
        {
            // A key that was forgotten makes a second one under the same key, as it would at the real partner.
            if (Known(line) is not { } known)
                written = journal.AppendAsync(line);
            else if (compare && !IsSame(known.Body, line.Body!.Value))
                return null;
            else
                written = journal.AppendAsync(new("again", line.Key, line.At));
            taken = [.. calls[line.Key].Ids.Select(id => byId[id])];
        }

        await written;
        return taken;
    }

    private Call? Known(JournalLine line) =>
        calls.TryGetValue(line.Key, out var call) && (keyLife is null || line.At - call.At < keyLife) ? call : null;

    private static bool IsSame(JsonElement one, JsonElement other)
    {
        try
        {
            return one.GetRawText() == other.GetRawText() || JsonElement.DeepEquals(one, other);
        }
        catch (ArgumentOutOfRangeException)
        {
            // A number that is too large to be compared as one.
            return JsonSerializer.Serialize(one) == JsonSerializer.Serialize(other);
        }
    }

    // The one place where anything changes, now and when the journal is read again.
    private void Replay(JournalLine line)
    {
        switch (line.What)
        {
            case "accept":
                Add(line, (line.Key, line.Id!, line.Body!.Value));
                break;
            case "batch":
                Add(line, [.. line.Body!.Value.EnumerateArray().Zip(line.Ids!)
                    .Select((one, index) => ($"{line.Key}#{index}", one.Second!, one.First)).Where(one => one.Item2 is not null)]);
                break;
            case "again":
                foreach (var id in calls[line.Key].Ids) byId[id] = byId[id] with { Deliveries = byId[id].Deliveries + 1 };
                break;
            case "schedule":
                byId[line.Id!] = byId[line.Id!] with { DueAt = line.At };
                break;
            case "cancel":
                byId[line.Id!] = byId[line.Id!] with { Canceled = true };
                break;
        }
    }

    private void Add(JournalLine line, params (string Key, string Id, JsonElement Body)[] all)
    {
        foreach (var (key, id, body) in all)
        {
            byId[id] = new(key, id, body, 1, line.At, dueAt?.Invoke(body, line.At));
            order.Add(id);
        }

        calls[line.Key] = new(line.Body!.Value, [.. all.Select(one => one.Id)], line.At);
    }

    /// <summary>What was sent under a key, once, and what came of it.</summary>
    private sealed record Call(JsonElement Body, IReadOnlyList<string> Ids, DateTimeOffset At);
}
