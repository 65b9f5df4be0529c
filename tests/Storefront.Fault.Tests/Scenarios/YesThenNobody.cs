using Storefront.Fault.Tests.Load;
using Storefront.Fault.Tests.Rig;

namespace Storefront.Fault.Tests.Scenarios;

/// <summary>
/// A process dies after Inventory held the stock, and Inventory is unreachable when the shopper asks again. That nothing was sent
/// the second time does not mean that nothing was sent the first time: stock is held, and the shop has to find out.
/// </summary>
internal static class YesThenNobody
{
    public static async Task PlayAsync(Run run)
    {
        var (first, second) = (run.Rig.Nodes[0], run.Rig.Nodes[1]);
        first.Arm(("STOREFRONT_CRASH_AT", "after-inventory"));
        await first.RestartAsync("TERM");

        await OrderAt(run, first);
        run.Killed($"{first.Name} killed itself with Inventory's yes in its hand");
        var free = await Run.ComesTrueAsync(
            () => run.AskAsync<bool>("select exists (select from orders.orders where name like $1 || '%' and lease_until < now())"),
            TimeSpan.FromSeconds(40));
        run.Expect(free, "The lease of a dead process did not run out within 40 s");

        run.Fault("Inventory cannot be reached");
        run.Rig.PartnerWires["inventory"].Set(Wire.Reset);
        await OrderAt(run, second);
    }

    private static Task<Wish> OrderAt(Run run, ShopNode node) =>
        new Shoppers([node.Door], run.History, "", run.Seed)
            .PlaceAsync([new(Shoppers.Goods[0], 1)], run.Random, run.KeyOf("one"), patience: TimeSpan.Zero);
}
