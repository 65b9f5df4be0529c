using CsCheck;
using Storefront.Jobs.Orders;
using Storefront.Tests.Support;

namespace Storefront.Tests.Model;

/// <summary>
/// The same walks with the real orders, ledger, jobs, reconciliation, Inventory and mail. After every step, shop and model agree.
/// </summary>
public sealed class WalksThroughTheShop(ShopWithoutWorkers shop) : IClassFixture<ShopWithoutWorkers>, IAsyncDisposable
{
    public async ValueTask DisposeAsync() => await shop.Partners.HealAsync();

    [Fact]
    public async Task The_shop_behaves_like_the_model()
    {
        var walks = new List<int[]>();
        RandomWalks.Walks.Sample(walks.Add, iter: 40, threads: 1);
        var rules = new Rules();

        foreach (var walk in walks)
        {
            var (world, way) = (new World(), new List<Event>());
            var real = await RealWorld.CreateAsync(shop);
            foreach (var choice in walk)
            {
                var choices = rules.Possible(world).Concat(Refused(world)).Distinct().ToList();
                var happened = choices[choice % choices.Count];
                way.Add(happened);
                await real.ApplyAsync(world, happened);
                world = rules.Apply(world, happened);
                (await real.SeenAsync()).ShouldBe(RealWorld.Seen(world), $"The way there: {string.Join(", ", way)}");
            }
        }
    }

    // Neither the model nor the shop may change on an action that must be refused.
    private static IEnumerable<Event> Refused(World world)
    {
        if (world.Status is null) yield break;
        yield return new(Kind.Cancel, 0);
        foreach (var who in new[] { 0, 1 }.Where(who => world.Actors[who].At == Step.Idle))
        {
            yield return new(Kind.Open, who);
            if (world.FinishJob) yield return new(Kind.StartFinish, who);
        }

        foreach (var (kind, effect) in new[] { (Kind.Confirm, EffectNames.OrderConfirmation), (Kind.Tell, EffectNames.OrderCancellation),
            (Kind.Release, EffectNames.StockRelease) })
            if (!world.Ledger.TryGetValue(effect, out var entry) || entry.HasJob || !world.Is(effect, DeliveryState.Pending))
                yield return new(kind, 0);
    }
}
