using Storefront.Fault.Tests.Load;

namespace Storefront.Fault.Tests.Checking;

/// <summary>
/// Compares what shoppers were told with what is stored. It is a pure function, and its own tests give it broken worlds.
/// </summary>
internal static class Checker
{
    /// <summary>What a partner has to have accepted for an order of each status.</summary>
    private static readonly (string Partner, string Kind)[] OfPlaced = [("email", "order-confirmation"), ("analytics", "Order Completed")];

    /// <summary>What a partner must have, once the ledger says "delivered".</summary>
    private static readonly Dictionary<string, (string Partner, string Kind)> OfEffect = new()
    {
        ["order-confirmation"] = ("email", "order-confirmation"),
        ["order-apology"] = ("email", "order-apology"),
        ["order-cancellation"] = ("email", "order-cancellation"),
        ["order-placed-event"] = ("analytics", "Order Completed"),
        ["order-cancelled-event"] = ("analytics", "Order Cancelled"),
    };

    /// <summary>The world has been drained before, so what is still under way counts as missing.</summary>
    /// <param name="prefix">The prefix of this run's keys. Orders with other keys are ignored.</param>
    public static Verdict Check(string prefix, IReadOnlyCollection<Wish> wishes, World world)
    {
        var complaints = new List<string>();
        var fates = new Dictionary<string, Fate>();
        var ordersOf = world.Orders.ToLookup(order => order.Key);
        var heldOf = world.Reservations.ToLookup(held => held.Id);
        var effectsOf = world.Effects.ToLookup(effect => effect.Order);

        // Two wishes may have the same key. The last answer counts, and a yes always counts.
        foreach (var same in wishes.GroupBy(wish => wish.Key))
        {
            var told = same.FirstOrDefault(wish => wish.Outcome == Outcome.Accepted) ?? same.Last();
            var (fate, why) = Judge(told, same.Any(wish => wish.Doubtful), [.. ordersOf[same.Key]], heldOf, effectsOf);
            fates[same.Key] = fate;
            complaints.AddRange(why.Select(reason => $"{fate}: {same.Key}: {reason}"));
        }

        foreach (var order in world.Orders.Where(
            order => order.Key.StartsWith(prefix, StringComparison.Ordinal) && !fates.ContainsKey(order.Key)))
        {
            fates[order.Key] = Fate.Unexpected;
            complaints.Add($"{Fate.Unexpected}: {order.Key}: order {order.Id} that nobody asked for");
        }

        var leaked = Leaks(world, complaints);
        Orphans(world, complaints);
        Stock(world, complaints);
        Leftovers(world.Leftovers, complaints);
        return new(
            fates, complaints,
            world.Orders.Count(order => order.Status == "placed" && order.Key.StartsWith(prefix, StringComparison.Ordinal)), leaked);
    }

    private static (Fate Fate, List<string> Why) Judge(
        Wish wish, bool doubtful, List<StoredOrder> orders, ILookup<string, HeldStock> heldOf, ILookup<Guid, Effect> effectsOf)
    {
        var (lost, doubled, unexpected) = (new List<string>(), new List<string>(), new List<string>());
        if (orders.Count > 1)
            doubled.Add(
                $"{orders.Count} orders: "
                    + $"{string.Join(", ", orders.Take(3).Select(order => $"{order.Id} {order.Status}"))}"
                    + $"{(orders.Count > 3 ? " …" : "")}");
        if (orders.Count == 0 && wish.Outcome is Outcome.Accepted or Outcome.Promised) lost.Add($"order {wish.Order} is not there");
        if (wish.Order is { } named && orders.Count > 0 && !orders.Exists(order => order.Id == named))
            lost.Add($"order {named} became {orders[0].Id}");

        foreach (var order in orders)
        {
            if (order.Status == "reserving") lost.Add($"order {order.Id} never came to an end");
            if (order.Status != "placed" && wish.Outcome == Outcome.Accepted)
                lost.Add($"order {order.Id} was accepted and is {order.Status}");
            if (order.Status == "placed" && wish.Outcome == Outcome.Refused) unexpected.Add($"order {order.Id} was refused and is placed");
            if (order.Status == "placed" && !Same(order.Lines, wish.Lines))
                unexpected.Add($"order {order.Id} has {Text(order.Lines)}, asked for was {Text(wish.Lines)}");
            if (order.Status == "placed") JudgePlaced(order, heldOf, lost);
            JudgeEffects(order, [.. effectsOf[order.Id]], lost, doubled, unexpected);
        }

        return (lost, doubled, unexpected) switch
        {
            ({ Count: > 0 }, _, _) => (Fate.Lost, [.. lost, .. doubled, .. unexpected]),
            (_, { Count: > 0 }, _) => (Fate.Duplicated, [.. doubled, .. unexpected]),
            (_, _, { Count: > 0 }) => (Fate.Unexpected, unexpected),
            _ => (doubtful || wish.Outcome is Outcome.Unknown or Outcome.Promised ? Fate.Recovered : Fate.Ok, []),
        };
    }

    private static void JudgePlaced(StoredOrder order, ILookup<string, HeldStock> heldOf, List<string> lost)
    {
        var held = heldOf[order.Id.ToString()].SingleOrDefault(reservation => reservation.Status == "held");
        if (held is null) lost.Add($"order {order.Id} is placed and Inventory holds nothing for it");
        else if (!Same(held.Lines, order.Lines))
            lost.Add($"order {order.Id} has {Text(order.Lines)} and Inventory holds {Text(held.Lines)}");
    }

    private static void JudgeEffects(
        StoredOrder order, List<Effect> effects, List<string> lost, List<string> doubled, List<string> unexpected)
    {
        foreach (var (partner, kind) in OfPlaced)
        {
            var count = effects.Count(effect => effect.Partner == partner && effect.Kind == kind);
            if (count == 0 && order.Status == "placed") lost.Add($"order {order.Id} has no {kind}");
            if (count > 0 && order.Status is "rejected" or "failed")
                unexpected.Add($"order {order.Id} is {order.Status} and has {count} {kind}");
        }

        foreach (var same in effects.GroupBy(effect => (effect.Partner, effect.Kind)).Where(same => same.Count() > 1))
            doubled.Add($"order {order.Id} has {same.Count()} {same.Key.Kind}: {string.Join(", ", same.Select(effect => effect.Key))}");
        foreach (var delivered in order.Delivered)
            if (OfEffect.TryGetValue(delivered, out var promised) && !effects.Exists(effect => (effect.Partner, effect.Kind) == promised))
                lost.Add($"order {order.Id}: {delivered} counts as delivered and {promised.Partner} has none");
        foreach (var effect in order.Pending) lost.Add($"order {order.Id}: {effect} is still pending");
        foreach (var effect in order.Dead) lost.Add($"order {order.Id}: {effect} was given up");
    }

    private static int Leaks(World world, List<string> complaints)
    {
        var placed = world.Orders.Where(order => order.Status == "placed").Select(order => order.Id.ToString()).ToHashSet();
        var leaks = world.Reservations.Where(held => held.Status == "held" && !placed.Contains(held.Id)).ToList();
        var statusOf = world.Orders.ToLookup(order => order.Id.ToString(), order => order.Status);
        complaints.AddRange(
            leaks.Select(
                leak => $"Leaked: {Text(leak.Lines)} held as {leak.Id}, whose order is {statusOf[leak.Id].FirstOrDefault("not there")}"));
        return leaks.Count;
    }

    private static void Orphans(World world, List<string> complaints)
    {
        var known = world.Orders.Select(order => order.Id).ToHashSet();
        complaints.AddRange(world.Effects.Where(effect => !known.Contains(effect.Order))
            .Select(effect => $"Unexpected: {effect.Kind} of order {effect.Order}, which is not there"));
    }

    private static void Stock(World world, List<string> complaints)
    {
        var sold = world.Orders.Where(order => order.Status == "placed").SelectMany(order => order.Lines)
            .GroupBy(line => line.Sku).ToDictionary(lines => lines.Key, lines => lines.Sum(line => line.Quantity));
        foreach (var sku in sold.Keys.Union(world.Reserved.Keys).Order(StringComparer.Ordinal))
            if (sold.GetValueOrDefault(sku) != world.Reserved.GetValueOrDefault(sku))
                complaints.Add($"Stock: {sold.GetValueOrDefault(sku)} {sku} sold, {world.Reserved.GetValueOrDefault(sku)} reserved");
    }

    private static void Leftovers(Leftovers left, List<string> complaints)
    {
        void Complain(long count, string what)
        {
            if (count > 0) complaints.Add($"Left over: {count} {what}");
        }

        Complain(left.Queued, "jobs in a queue");
        Complain(left.Unfinished, "jobs that are enqueued or being worked on");
        Complain(left.Prepared, "prepared transactions");
        Complain(left.Locks, "locks of dead servers");
        complaints.AddRange(left.Failed.Select(job => $"Left over: failed {job}"));
    }

    private static bool Same(IEnumerable<WishedLine> one, IEnumerable<WishedLine> other) =>
        one.OrderBy(line => line.Sku, StringComparer.Ordinal).SequenceEqual(other.OrderBy(line => line.Sku, StringComparer.Ordinal));

    private static string Text(IEnumerable<WishedLine> lines) =>
        string.Join(" + ", lines.OrderBy(line => line.Sku, StringComparer.Ordinal).Select(line => $"{line.Quantity} {line.Sku}"));
}
