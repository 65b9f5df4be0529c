using System.Text.Json;

namespace Storefront.Sandbox.Partners.Inventory;

/// <summary>Stock and reservations. Every method is atomic, and returns when what it did is on disk.</summary>
internal sealed class Warehouse : IAsyncDisposable
{
    private readonly Lock guard = new();
    private readonly Dictionary<string, int> onHand = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> held = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Reservation> reservations = new(StringComparer.Ordinal);
    private readonly SortedSet<Reservation> byChange =
        new(Comparer<Reservation>.Create((one, other) => (one.UpdatedAt, one.Id).CompareTo((other.UpdatedAt, other.Id))));
    private readonly IReadOnlyList<(string Sku, int OnHand)> seed;
    private readonly TimeProvider clock;
    private readonly Journal journal;
    private DateTimeOffset lastChange;

    /// <param name="seed">The stock of SKUs that nobody has ever said anything about.</param>
    public Warehouse(string directory, IEnumerable<(string Sku, int OnHand)> seed, TimeProvider clock)
    {
        (this.seed, this.clock) = ([.. seed], clock);
        journal = Journal.Open(Path.Combine(directory, "inventory.jsonl"), Replay);
        Seed();
    }

    /// <summary>When everything that can be read here is on disk.</summary>
    public Task Settled => journal.Settled;

    public async Task<ReserveOutcome> ReserveAsync(string id, IReadOnlyList<Line> lines)
    {
        ReserveOutcome outcome;
        Task written;
        lock (guard)
        {
            outcome = Decide(id, lines);
            written = outcome switch
            {
                ReserveOutcome.Held { Repeat: false } =>
                    journal.AppendAsync(new("reserve", id, Now(), JsonSerializer.SerializeToElement(lines, JsonSerializerOptions.Web))),
                ReserveOutcome.Held => journal.AppendAsync(new("again", id, clock.GetUtcNow())),
                _ => journal.Settled,
            };
            if (outcome is ReserveOutcome.Held held) outcome = held with { Reservation = reservations[id] };
        }

        await written;
        return outcome;
    }

    public Task ReleaseAsync(string id)
    {
        lock (guard)
            return reservations.TryGetValue(id, out var known) && known.Status == "released"
                ? journal.Settled : journal.AppendAsync(new("release", id, Now()));
    }

    /// <summary>Forgets a reservation, as Inventory does when an old backup is restored.</summary>
    /// <returns>Whether it was known.</returns>
    public async Task<bool> ForgetAsync(string id)
    {
        Task written;
        lock (guard)
        {
            if (!reservations.ContainsKey(id)) return false;
            written = journal.AppendAsync(new("forget", id, Now()));
        }

        await written;
        return true;
    }

    public Reservation? Find(string id)
    {
        lock (guard) return reservations.GetValueOrDefault(id);
    }

    /// <summary>
    /// Oldest change first, at or behind <paramref name="since"/>. No two have the same instant, so the last one's is a cursor.
    /// </summary>
    public IReadOnlyList<Reservation> List(string? status = null, DateTimeOffset? since = null, int limit = int.MaxValue)
    {
        lock (guard)
        {
            var from = byChange.Count == 0 || since is null || since <= byChange.Min!.UpdatedAt ? byChange
                : since > byChange.Max!.UpdatedAt ? []
                : byChange.GetViewBetween(byChange.Min with { UpdatedAt = since.Value, Id = "" }, byChange.Max);
            return [.. from.Where(one => status is null || one.Status == status).Take(limit)];
        }
    }

    public IReadOnlyList<StockLevel> Stock(IEnumerable<string>? skus = null)
    {
        lock (guard)
            return [.. (skus ?? onHand.Keys.Order(StringComparer.Ordinal)).Distinct().Where(onHand.ContainsKey).Select(sku =>
            {
                var reserved = held.GetValueOrDefault(sku);
                return new StockLevel(sku, onHand[sku], reserved, Math.Max(0, onHand[sku] - reserved));
            })];
    }

    public Task SetStockAsync(string sku, int count)
    {
        lock (guard) return journal.AppendAsync(new("stock", sku, clock.GetUtcNow(), Count: count));
    }

    public Task ClearAsync()
    {
        lock (guard)
        {
            onHand.Clear();
            held.Clear();
            reservations.Clear();
            byChange.Clear();
            Seed();
            return journal.ClearAsync();
        }
    }

    public ValueTask DisposeAsync() => journal.DisposeAsync();

    private void Seed()
    {
        foreach (var (sku, count) in seed) onHand.TryAdd(sku, count);
    }

    private ReserveOutcome Decide(string id, IReadOnlyList<Line> lines)
    {
        if (reservations.TryGetValue(id, out var known))
            return known.Status == "released" ? new ReserveOutcome.Released()
                : known.Lines.ToHashSet().SetEquals(lines) ? new ReserveOutcome.Held(known, Repeat: true)
                : new ReserveOutcome.Mismatch();

        var unknown = lines.Where(line => !onHand.ContainsKey(line.Sku)).Select(line => line.Sku).ToList();
        if (unknown.Count > 0) return new ReserveOutcome.UnknownSku(unknown);

        var shortfalls = lines
            .Select(line => new Shortfall(line.Sku, line.Quantity, Math.Max(0, onHand[line.Sku] - held.GetValueOrDefault(line.Sku))))
            .Where(line => line.Requested > line.Available).ToList();
        return shortfalls.Count > 0 ? new ReserveOutcome.Short(shortfalls) : new ReserveOutcome.Held(null!, Repeat: false);
    }

    // Ever later, whatever the clock does: a reader who has come this far must not miss what changes now.
    private DateTimeOffset Now()
    {
        var now = clock.GetUtcNow();
        return now > lastChange ? now : lastChange.AddTicks(1);
    }

    // The one place where anything changes, now and when the journal is read again.
    private void Replay(JournalLine line)
    {
        switch (line.What)
        {
            case "stock":
                onHand[line.Key] = line.Count;
                break;
            case "reserve":
                var lines = line.Body!.Value.Deserialize<List<Line>>(JsonSerializerOptions.Web)!;
                foreach (var (sku, quantity) in lines) held[sku] = held.GetValueOrDefault(sku) + quantity;
                Keep(new(line.Key, "held", lines, line.At, line.At, Deliveries: 1));
                break;
            case "again":
                Keep(reservations[line.Key] with { Deliveries = reservations[line.Key].Deliveries + 1 });
                break;
            case "release":
                var before = reservations.GetValueOrDefault(line.Key) ?? new(line.Key, "released", [], line.At, line.At, Deliveries: 0);
                Unhold(before);
                Keep(before with { Status = "released", UpdatedAt = line.At });
                break;
            case "forget":
                Unhold(reservations[line.Key]);
                byChange.Remove(reservations[line.Key]);
                reservations.Remove(line.Key);
                break;
        }
    }

    private void Unhold(Reservation reservation)
    {
        if (reservation.Status != "held") return;
        foreach (var (sku, quantity) in reservation.Lines) held[sku] -= quantity;
    }

    private void Keep(Reservation reservation)
    {
        if (reservations.TryGetValue(reservation.Id, out var before)) byChange.Remove(before);
        reservations[reservation.Id] = reservation;
        byChange.Add(reservation);
        if (reservation.UpdatedAt > lastChange) lastChange = reservation.UpdatedAt;
    }
}
