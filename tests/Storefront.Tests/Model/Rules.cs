using System.Collections.Immutable;
using Storefront.Jobs.Orders;

namespace Storefront.Tests.Model;

/// <summary>A mistake in the rules. The random walks have to find each.</summary>
internal enum Mistake
{
    None,
    LeaseTokenIgnored,
    EarlierAskForgotten,
    UnansweredAttemptForgotten,
    JobReopensWhatFailed,
    ReleaseLeavesNoTombstone,
    CancellationDoesNotWait,
    CancellingReleasesNothing,
    ReconciliationOff,
}

/// <summary>The protocol as a pure function of an event and the world. An event that cannot happen now changes nothing.</summary>
internal sealed class Rules(Mistake mistake = Mistake.None)
{
    public World Apply(World world, Event happened)
    {
        var (kind, who) = happened;
        var actor = world.Actors[who];
        return (kind, actor.At) switch
        {
            (Kind.Open, Step.Idle) => Open(world, who),
            (Kind.StartFinish, Step.Idle) when world.FinishJob => StartFinish(world, who),
            (Kind.Send, Step.Leased) => Become(world, who, actor with { At = Step.Asking }),
            (Kind.NotSend, Step.Leased) => Answered(world, who, actor.Unanswered ? Answer.Unknown : Answer.NotSent),
            (Kind.Arrive, Step.Asking) => Arrive(world, who),
            (Kind.Hear, Step.Answering) => Answered(world, who, actor.Answer),
            (Kind.Silence, Step.Asking) => Answered(world, who, Answer.Unknown) with { LatePut = true },
            (Kind.Silence, Step.Answering) => Answered(world, who, Answer.Unknown),
            (Kind.AskAgain, Step.Answered) when actor is { Answer: Answer.Unknown, IsJob: false } =>
                Become(world, who, actor with { At = Step.Leased, Unanswered = mistake != Mistake.UnansweredAttemptForgotten }),
            (Kind.Commit, Step.Answered) => Become(Commit(world, actor), who, Actor.Idle),
            (Kind.GiveUp, Step.Answered) when actor is { IsJob: true, Answer: Answer.Unknown or Answer.NotSent } =>
                Become(Settle(world, actor, OrderStatus.Failed, OrderFailure.GivenUp, release: true), who, Actor.Idle),
            (Kind.Crash, not Step.Idle) => Become(world, who, Actor.Idle) with { LatePut = world.LatePut || actor.At == Step.Asking },
            (Kind.LateArrive, _) when world.LatePut => Put(world).World with { LatePut = false },
            (Kind.Expire, _) when !world.LeaseIsFree => world with { LeaseExpired = true },
            (Kind.SellOut, _) when world.InStock => world with { InStock = false },
            (Kind.Restock, _) when !world.InStock => world with { InStock = true },
            (Kind.Cancel, _) when world.Status == OrderStatus.Placed => Cancel(world),
            (Kind.Reconcile, _) => Reconcile(world),
            (Kind.LoseJobs, _) =>
                world with { FinishJob = false,
                    Ledger = world.Ledger.ToImmutableSortedDictionary(entry => entry.Key, entry => entry.Value with { HasJob = false }) },
            (Kind.Release, _) when Due(world, EffectNames.StockRelease) => Delivered(Released(world), EffectNames.StockRelease),
            (Kind.ReleaseUnheard, _) when Due(world, EffectNames.StockRelease) => Released(world),
            (Kind.Confirm, _) when Due(world, EffectNames.OrderConfirmation) =>
                Delivered(Accepted(world, EffectNames.OrderConfirmation), EffectNames.OrderConfirmation),
            (Kind.ConfirmUnheard, _) when Due(world, EffectNames.OrderConfirmation) => Accepted(world, EffectNames.OrderConfirmation),
            (Kind.Tell, _) when Due(world, EffectNames.OrderCancellation) =>
                Delivered(Accepted(ConfirmedFirst(world), EffectNames.OrderCancellation), EffectNames.OrderCancellation),
            _ => world,
        };
    }

    /// <summary>What can happen now and would change something.</summary>
    public List<Event> Possible(World world) =>
        [.. from kind in Enum.GetValues<Kind>() from who in Of(kind) let happened = new Event(kind, who)
            where !ReferenceEquals(Apply(world, happened), world) select happened];

    /// <summary>Heals the partners, ends the old processes, and runs everything until nothing changes.</summary>
    public World Heal(World world)
    {
        foreach (var who in new[] { 0, 1 }) world = Apply(world, new(Kind.Crash, who));
        for (var round = 0; round < 4; round++)
            foreach (var kind in new[]
            {
                Kind.LateArrive, Kind.Expire, Kind.Reconcile, Kind.StartFinish, Kind.Send, Kind.Arrive, Kind.Hear, Kind.Commit,
                Kind.Release, Kind.Confirm, Kind.Tell,
            })
                world = Apply(world, new(kind, 0));
        return world;
    }

    // Only what an actor does can happen to either of them.
    private static int[] Of(Kind kind) => kind < Kind.LateArrive ? [0, 1] : [0];

    private static World Open(World world, int who) => world switch
    {
        { Status: null } => Lease(world with { Status = OrderStatus.Reserving }, who, new(Step.Leased)),
        { Status: OrderStatus.Reserving, LeaseIsFree: true } => Lease(world, who, new(Step.Leased, Known: true)),
        { Status: OrderStatus.Failed, Why: OrderFailure.NotSent } =>
            Lease(world with { Status = OrderStatus.Reserving, Why = null, ToldNothingTaken = false }, who, new(Step.Leased)),
        _ => world,
    };

    private World StartFinish(World world, int who) => world switch
    {
        { Status: OrderStatus.Reserving, LeaseIsFree: true } => Lease(world, who, new(Step.Leased, IsJob: true)),
        { Status: OrderStatus.Failed, Why: OrderFailure.NotSent } when mistake == Mistake.JobReopensWhatFailed =>
            Lease(world with { Status = OrderStatus.Reserving, Why = null }, who, new(Step.Leased, IsJob: true)),
        _ => world,
    };

    private static World Arrive(World world, int who)
    {
        var (after, answer) = Put(world);
        return Become(after, who, world.Actors[who] with { At = Step.Answering, Answer = answer });
    }

    private static (World World, Answer Answer) Put(World world) => world.Reservation switch
    {
        Reservation.Held => (world, Answer.Held),
        Reservation.Released => (world, Answer.Released),
        _ when world.InStock => (world with { Reservation = Reservation.Held }, Answer.Held),
        _ => (world, Answer.SoldOut),
    };

    private World Commit(World world, Actor actor) => (actor.Answer, actor.IsJob) switch
    {
        (Answer.Held, _) => Settle(world, actor, OrderStatus.Placed, null, release: false),
        (Answer.SoldOut, _) => Settle(world, actor, OrderStatus.Rejected, OrderFailure.SoldOut, MayHold(actor)),
        (Answer.Released, _) => Settle(world, actor, OrderStatus.Failed, OrderFailure.GivenUp, MayHold(actor)),
        (Answer.NotSent, false) when !Known(actor) => Settle(world, actor, OrderStatus.Failed, OrderFailure.NotSent, release: false),
        (_, false) => Owns(world, actor) ? Free(world) with { FinishJob = true } : world,
        (_, true) => world.Token == actor.Token ? Free(world) : world,
    };

    private bool Known(Actor actor) => actor.Known && mistake != Mistake.EarlierAskForgotten;

    private bool MayHold(Actor actor) => actor.IsJob || actor.Unanswered || Known(actor);

    // An actor that has lost the lease changes nothing.
    private bool Owns(World world, Actor actor) =>
        world.Status == OrderStatus.Reserving && (world.Token == actor.Token || mistake == Mistake.LeaseTokenIgnored);

    private World Settle(World world, Actor actor, OrderStatus status, OrderFailure? why, bool release)
    {
        if (!Owns(world, actor)) return world;
        var settled = Free(world) with { Status = status, Why = why,
            ToldNothingTaken = world.ToldNothingTaken || why == OrderFailure.NotSent };
        if (status == OrderStatus.Placed) settled = Add(settled, EffectNames.OrderConfirmation);
        return release ? Add(settled, EffectNames.StockRelease) : settled;
    }

    private World Cancel(World world)
    {
        world = Add(world with { Status = OrderStatus.Cancelled }, EffectNames.OrderCancellation);
        return mistake == Mistake.CancellingReleasesNothing ? world : Add(world, EffectNames.StockRelease);
    }

    private World Reconcile(World world) => mistake == Mistake.ReconciliationOff ? world : world with
    {
        FinishJob = world.FinishJob || world is { Status: OrderStatus.Reserving, LeaseIsFree: true },
        Ledger = world.Ledger.ToImmutableSortedDictionary(entry => entry.Key,
            entry => entry.Value with { HasJob = entry.Value.HasJob || entry.Value.State == DeliveryState.Pending }),
    };

    private World Released(World world) =>
        world with { Reservation = mistake == Mistake.ReleaseLeavesNoTombstone ? Reservation.None : Reservation.Released };

    private static World Accepted(World world, string mail) =>
        world.Mails.Contains(mail) ? world : world with { Mails = world.Mails.Add(mail) };

    private World ConfirmedFirst(World world) =>
        mistake == Mistake.CancellationDoesNotWait || !world.Is(EffectNames.OrderConfirmation, DeliveryState.Pending) ? world
        : Delivered(Accepted(world, EffectNames.OrderConfirmation), EffectNames.OrderConfirmation);

    private static bool Due(World world, string effect) =>
        world.Ledger.TryGetValue(effect, out var entry) && entry is { State: DeliveryState.Pending, HasJob: true };

    private static World Delivered(World world, string effect) =>
        world with { Ledger = world.Ledger.SetItem(effect, new(DeliveryState.Delivered, HasJob: false)) };

    private static World Add(World world, string effect) =>
        world with { Ledger = world.Ledger.Add(effect, new(DeliveryState.Pending, HasJob: true)) };

    private static World Free(World world) => world with { Token = 0, LeaseExpired = false };

    private static World Lease(World world, int who, Actor actor)
    {
        var token = world.LastToken + 1;
        return Become(world with { Token = token, LastToken = token, LeaseExpired = false }, who, actor with { Token = token });
    }

    private static World Answered(World world, int who, Answer answer) =>
        Become(world, who, world.Actors[who] with { At = Step.Answered, Answer = answer });

    private static World Become(World world, int who, Actor actor) => world with { Actors = world.Actors.SetItem(who, actor) };
}
