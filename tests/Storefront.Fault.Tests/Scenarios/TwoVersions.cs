using Storefront.Fault.Tests.Mutants;
using Storefront.Fault.Tests.Rig;

namespace Storefront.Fault.Tests.Scenarios;

/// <summary>
/// A new version comes in beside the old one, and brings a job and an effect that the old one does not know: the old one meets them in
/// the queues, in the ledger and in reconciliation. Then it is taken back, and meets them again.
/// </summary>
internal static class TwoVersions
{
    internal static readonly Change[] Newer =
    [
        new("Email/SendOrderConfirmation.cs", "class SendOrderConfirmation(", "class SendOrderReceipt("),
        new("Email/SendOrderCancellation.cs", "new SendOrderConfirmation(", "new SendOrderReceipt("),
        new("OrderEffects.cs", """
                        Effect.Of<SendOrderConfirmation>(EffectNames.OrderConfirmation, EmailRegistration.Partner),
            """, """
                        Effect.Of<SendOrderReceipt>(EffectNames.OrderConfirmation, EmailRegistration.Partner),
                        Effect.Of<TrackThanks>("thanks-event", AnalyticsRegistration.Partner),
            """),
        new("Analytics/TrackOrderPlaced.cs", """
            internal sealed class TrackOrderPlaced(
            """, """
            internal sealed class TrackThanks(AnalyticsSender sender) : IEffectJob
            {
                public Task RunAsync(Guid orderId, CancellationToken cancel) =>
                    sender.TrackAsync(orderId, "thanks-event", "Order Thanked", cancel);
            }

            internal sealed class TrackOrderPlaced(
            """),
    ];

    public static async Task PlayAsync(Run run)
    {
        using var builder = new MutantBuilder();
        var version = await builder.BuildAsync(Newer);
        var (old, other) = (run.Rig.Nodes[0], run.Rig.Nodes[1]);
        await run.UnderLoadAsync(async () =>
        {
            run.Fault($"{other.Name} is of a newer version than {old.Name}");
            await other.DeployAsync(version);
            await run.AnswersAsync(60);
            await old.DeployAsync(version);
        });
        await run.DrainAsync();
        run.Expect(
            await run.AskAsync<bool>(
                "select exists (select from orders.deliveries d join orders.orders o on o.id = d.order_id where o.name like $1 || '%' and "
                    + "d.effect = 'thanks-event')"),
            "The newer version never placed an order");

        run.Fault("the newer version is taken back");
        foreach (var node in run.Rig.Nodes) await node.DeployAsync(ShopRig.CrashBuild);
    }
}
