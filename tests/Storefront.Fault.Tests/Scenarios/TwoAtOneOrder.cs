using Storefront.Fault.Tests.Load;
using Storefront.Fault.Tests.Rig;

namespace Storefront.Fault.Tests.Scenarios;

/// <summary>
/// A process is paused after it got "sold out". Stock arrives, and another process takes the order over and gets "held". Then the
/// first continues and tries to write its answer, before the second has written its own.
/// </summary>
internal static class TwoAtOneOrder
{
    private const string Sku = "LAMP-DESK";

    public static async Task PlayAsync(Run run)
    {
        var (first, second) = (run.Rig.Nodes[0], run.Rig.Nodes[1]);
        await Task.WhenAll(new[] { first, second }.Select(node =>
        {
            node.Arm(("STOREFRONT_STOP_AT", "after-inventory"));
            return node.RestartAsync("TERM");
        }));

        await run.Rig.Partners.SetStockAsync(Sku, await run.ReservedAsync(Sku));
        var early = OrderAt(run, first);
        await UntilAsync(
            () => run.AskAsync<bool>("select exists (select from orders.orders where name = $1 || '-one' and lease_until < now())"));
        run.Fault($"{first.Name} stands still after Inventory's no, for longer than its lease");

        await run.Rig.Partners.SetStockAsync(Sku, await run.ReservedAsync(Sku) + 5);
        var late = OrderAt(run, second);
        await UntilAsync(async () => await run.ReservedAsync(Sku) > 0
            && await run.AskAsync<bool>("select exists (select from orders.orders where name = $1 || '-one' and lease_until > now())"));
        run.Fault($"{second.Name} stands still after Inventory's yes");

        first.Send("CONT");
        // The shopper may have gone long before. Once many others have been served there, it has written, or tried to write, everything.
        var others = new Shoppers([first.Door], run.History, run.KeyOf("later"), run.Seed);
        for (var n = 0; n < 25; n++) await others.PlaceAsync(run.Random);
        second.Send("CONT");
        await Task.WhenAll(early, late);
        await run.DrainAsync();
        var status = await run.AskAsync<string>("select status from orders.orders where name = $1 || '-one'");
        run.Expect(status == "placed", $"The stock was held by the second, and the order is {status}");
    }

    private static Task<Wish> OrderAt(Run run, ShopNode node) =>
        new Shoppers([node.Door], run.History, "", run.Seed)
            .PlaceAsync([new(Sku, 1)], run.Random, run.KeyOf("one"), patience: TimeSpan.Zero);

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        if (!await Run.ComesTrueAsync(condition, TimeSpan.FromSeconds(40)))
            throw new TimeoutException("The two processes did not come to where they should stand still.");
    }
}
