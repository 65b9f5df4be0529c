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
            if (before is { Status: "credited" } && before.Points != points) return null;
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
        lock (guard) return [.. entries.Values.OrderByDescending(entry => entry.AcceptedAt)];
    }

    public long BalanceOf(string member)
    {
        lock (guard)
            return entries.Values.Where(entry => entry.Member == member && entry.Status == "credited").Sum(entry => (long)entry.Points);
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
        var before = entries.GetValueOrDefault(line.Key);
        // What is reversed stays as it is.
        entries[line.Key] = (line.What, before) switch
        {
            ("reverse", _) => (before ?? new(member, entry, 0, "reversed", 0, 0, line.At)) with
            {
                Status = "reversed", Reversals = (before?.Reversals ?? 0) + 1,
            },
            (_, null) => new(member, entry, line.Count, "credited", 1, 0, line.At),
            _ => before with { Deliveries = before.Deliveries + 1 },
        };
    }

    private static string Id(string member, string entry) => $"{member}/{entry}";
}
