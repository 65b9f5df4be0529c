namespace Storefront.Sandbox.Partners.Loyalty;

/// <summary>Points under an id of the shop's.</summary>
/// <param name="Status"><c>credited</c> or <c>reversed</c>.</param>
/// <param name="Deliveries">How often it was credited, the repeats included.</param>
/// <param name="Reversals">How often it was reversed, the repeats included.</param>
internal sealed record PointsEntry(
    string Member, string Entry, int Points, string Status, int Deliveries, int Reversals, DateTimeOffset AcceptedAt);

/// <summary>Every member's entries. Every method is atomic, and returns when what it did is on disk.</summary>
internal sealed class PointsBook : IAsyncDisposable
{
    private readonly Lock guard = new();
    private readonly Dictionary<string, PointsEntry> entries = new(StringComparer.Ordinal);
    private readonly TimeProvider clock;
    private readonly Journal journal;

    public PointsBook(string directory, TimeProvider clock)
    {
        this.clock = clock;
        journal = Journal.Open(Path.Combine(directory, "points.jsonl"), Replay);
    }

    /// <summary>When everything that can be read here is on disk.</summary>
    public Task Settled => journal.Settled;

    /// <returns>The entry, and whether this is what credited it. Null: it is known with other points.</returns>
    public async Task<(PointsEntry Entry, bool IsNew)?> CreditAsync(string member, string entry, int points)
    {
        var id = Id(member, entry);
        PointsEntry? before, after;
        Task written;
        lock (guard)
        {
            before = entries.GetValueOrDefault(id);
            if (before is { Deliveries: > 0 } && before.Points != points) return null;
            written = journal.AppendAsync(new("credit", id, clock.GetUtcNow(), Count: points));
            after = entries[id];
        }

        await written;
        return (after, before is null);
    }

    public async Task<PointsEntry> ReverseAsync(string member, string entry)
    {
        var id = Id(member, entry);
        PointsEntry after;
        Task written;
        lock (guard)
        {
            written = journal.AppendAsync(new("reverse", id, clock.GetUtcNow()));
            after = entries[id];
        }

        await written;
        return after;
    }

    public PointsEntry? Find(string member, string entry)
    {
        lock (guard) return entries.GetValueOrDefault(Id(member, entry));
    }

    /// <summary>Newest first.</summary>
    public IReadOnlyList<PointsEntry> All()
    {
        lock (guard) return [.. entries.Values.OrderByDescending(one => one.AcceptedAt)];
    }

    public long BalanceOf(string member)
    {
        lock (guard) return entries.Values.Where(one => one.Member == member && one.Status == "credited").Sum(one => (long)one.Points);
    }

    public Task ClearAsync()
    {
        lock (guard)
        {
            entries.Clear();
            return journal.ClearAsync();
        }
    }

    public ValueTask DisposeAsync() => journal.DisposeAsync();

    // The one place where anything changes, now and when the journal is read again.
    private void Replay(JournalLine line)
    {
        var (member, entry) = line.Key.Split('/') is [var first, var second] ? (first, second) : (line.Key, "");
        var known = entries.GetValueOrDefault(line.Key) ?? new(member, entry, 0, "credited", 0, 0, line.At);
        entries[line.Key] = line.What == "reverse"
            ? known with { Status = "reversed", Reversals = known.Reversals + 1 }
            : known with { Points = line.Count, Deliveries = known.Deliveries + 1 };
    }

    private static string Id(string member, string entry) => $"{member}/{entry}";
}
