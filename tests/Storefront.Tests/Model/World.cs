using System.Collections.Immutable;
using Storefront.Jobs.Orders;

namespace Storefront.Tests.Model;

/// <summary>All that can happen to one key, in any order. Two actors: a shopper's request and a job, or two of either.</summary>
internal enum Kind
{
    Open, StartFinish, Send, NotSend, Arrive, Hear, Silence, AskAgain, Commit, GiveUp, Crash,
    LateArrive, Expire, SellOut, Restock, Cancel, Reconcile, LoseJobs, Release, ReleaseUnheard, Confirm, ConfirmUnheard, Tell,
}

internal readonly record struct Event(Kind Kind, int Who)
{
    public override string ToString() => $"{Kind}({Who})";
}

internal enum Answer { Held, SoldOut, Released, NotSent, Unknown }

internal enum Reservation { None, Held, Released }

internal enum Step { Idle, Leased, Asking, Answering, Answered }

/// <param name="Known">The order was open before: Inventory may have been asked.</param>
/// <param name="Unanswered">An earlier attempt of the same ask was not answered.</param>
internal sealed record Actor(
    Step At, int Token = 0, bool IsJob = false, bool Known = false, bool Unanswered = false, Answer Answer = default)
{
    public static readonly Actor Idle = new(Step.Idle);
}

/// <param name="State">A delivery's, as the ledger has it.</param>
/// <param name="HasJob">Hangfire still means to run it.</param>
internal sealed record Entry(Storefront.Jobs.Orders.DeliveryState State, bool HasJob);

/// <summary>One key: its order, its ledger, what Inventory and the mail partner know of it, and who is working on it.</summary>
internal sealed record World
{
    public OrderStatus? Status { get; init; }
    public OrderFailure? Why { get; init; }

    /// <summary>0: nobody's.</summary>
    public int Token { get; init; }

    public bool LeaseExpired { get; init; }
    public int LastToken { get; init; }
    public bool FinishJob { get; init; }
    public ImmutableSortedDictionary<string, Entry> Ledger { get; init; } = ImmutableSortedDictionary<string, Entry>.Empty;
    public Reservation Reservation { get; init; }
    public bool InStock { get; init; } = true;

    /// <summary>A PUT that is still under way and that nobody waits for.</summary>
    public bool LatePut { get; init; }

    /// <summary>Effects in the order in which the mail partner first accepted them.</summary>
    public ImmutableList<string> Mails { get; init; } = [];

    /// <summary>The last answer to the shopper was that nothing was ordered.</summary>
    public bool ToldNothingTaken { get; init; }

    public ImmutableArray<Actor> Actors { get; init; } = [Actor.Idle, Actor.Idle];

    public bool LeaseIsFree => Token == 0 || LeaseExpired;

    public bool Is(string effect, Storefront.Jobs.Orders.DeliveryState state) =>
        Ledger.TryGetValue(effect, out var entry) && entry.State == state;

    /// <summary>A sentence about a broken promise, or null.</summary>
    public string? Fault()
    {
        var mayStillTake = Reservation == Reservation.None && (LatePut || Actors.Any(actor => actor.At is Step.Leased or Step.Asking));
        var ended = Status is OrderStatus.Rejected or OrderStatus.Failed or OrderStatus.Cancelled;
        if (Status == OrderStatus.Placed && Reservation != Reservation.Held) return "An order we said yes to does not hold its stock.";
        if (ended && (Reservation == Reservation.Held || mayStillTake)
            && !Is(EffectNames.StockRelease, Storefront.Jobs.Orders.DeliveryState.Pending))
            return "An order that did not come about holds stock, or may come to, and nothing gives it back.";
        if (ToldNothingTaken && Status == OrderStatus.Placed)
            return "An order was placed after its shopper was told that nothing was taken.";
        if (Mails.Contains(EffectNames.OrderCancellation) && Mails.IndexOf(EffectNames.OrderConfirmation) is var first && first != 0)
            return "The cancellation overtook the confirmation.";
        if (Status == OrderStatus.Placed && !Ledger.ContainsKey(EffectNames.OrderConfirmation))
            return "A placed order has no confirmation to send.";
        return null;
    }

    /// <summary>A sentence about what is not settled after everything has run, or null.</summary>
    public string? Unsettled() =>
        Status is null ? null
        : Status == OrderStatus.Reserving ? "The order is still open."
        : Ledger.Values.Any(entry => entry.State == Storefront.Jobs.Orders.DeliveryState.Pending) ? "A delivery is still pending."
        : Status != OrderStatus.Placed && Reservation == Reservation.Held ? "Stock is held for nobody."
        : null;
}
