using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;

namespace Storefront.Fault.Tests.Load;

/// <summary>The result of one wish, as its shopper saw it.</summary>
internal enum Outcome
{
    /// <summary>The shop said yes: 201, or 200 for a repeat.</summary>
    Accepted,

    /// <summary>The shop said "we are confirming your order": it has to come to an end, whichever.</summary>
    Promised,

    /// <summary>The last answer was no: sold out, or nothing was ordered.</summary>
    Refused,

    /// <summary>The shopper gave up without a clear answer.</summary>
    Unknown,
}

/// <summary>One wish of one shopper: a key, made before the first attempt, and all that was sent under it.</summary>
/// <param name="Order">As the shop named it; null where it never did.</param>
/// <param name="Doubtful">Some attempt before the last went unanswered or was answered with an error.</param>
internal sealed record Wish(
    string Key, IReadOnlyList<WishedLine> Lines, Outcome Outcome, Guid? Order, int Attempts, bool Doubtful, TimeSpan Took);

internal sealed record WishedLine(string Sku, int Quantity);

/// <summary>Everything shoppers did and heard in one run, kept in memory and as lines of JSON.</summary>
internal sealed class History(string file) : IDisposable
{
    private readonly ConcurrentQueue<Wish> wishes = new();
    private readonly StreamWriter lines = new(file) { AutoFlush = true };
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private int accepted;

    public IReadOnlyCollection<Wish> Wishes => wishes;

    /// <summary>How many have been answered with yes.</summary>
    public int Accepted => Volatile.Read(ref accepted);

    public void Add(Wish wish)
    {
        if (wish.Outcome == Outcome.Accepted) Interlocked.Increment(ref accepted);
        wishes.Enqueue(wish);
        Write("end", wish);
    }

    /// <summary>Something that is no wish's end: an attempt, a fault.</summary>
    public void Note(string what, object detail) => Write(what, detail);

    public void Dispose() => lines.Dispose();

    private void Write(string what, object detail)
    {
        var line = JsonSerializer.Serialize(new { at = Math.Round(clock.Elapsed.TotalSeconds, 3), what, detail });
        lock (lines) lines.WriteLine(line);
    }
}
