using Storefront.Jobs.Inventory;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Partners;

namespace Storefront.Jobs.BackOffice;

/// <summary>
/// Asks the partners themselves how an order stands with them: side by side, each within its own limit, so that one that is slow leaves a
/// hole and not a wait.
/// </summary>
public sealed class OrderInquiry
{
    /// <summary>What a person looking at a page is made to wait at most.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(1.5);

    private readonly Inventory.Inventory inventory;
    private readonly Dictionary<string, IDeliveryStatus> partners;
    private readonly EffectCatalogue effects;
    private readonly TimeProvider clock;

    internal OrderInquiry(
        Inventory.Inventory inventory, IEnumerable<IDeliveryStatus> partners, EffectCatalogue effects, TimeProvider clock) =>
        (this.inventory, this.partners, this.effects, this.clock) =
            (inventory, partners.ToDictionary(partner => partner.Partner.Name), effects, clock);

    /// <param name="Says">The partner's answer; null where there is none.</param>
    /// <param name="NoAnswerReason">Why there is no answer.</param>
    public sealed record Answer(string Partner, string Asked, string? Says, string? NoAnswerReason, TimeSpan Took);

    /// <summary>Whether the partner of this effect answers questions about what it accepted.</summary>
    public bool CanBeAsked(string effect) => partners.ContainsKey(effects.NameOfPartner(effect));

    /// <param name="accepted">Effect, and the partner's own id of it; those of partners that answer no questions are left out.</param>
    public async Task<IReadOnlyList<Answer>> AskAsync(
        Order order, IEnumerable<(string Effect, string Reference)> accepted, CancellationToken cancel)
    {
        var questions = accepted.Where(one => CanBeAsked(one.Effect)).Select(one => AskAsync(
                effects.PartnerOf(one.Effect).Name, one.Effect,
                token => partners[effects.PartnerOf(one.Effect).Name].StatusAsync(one.Reference, token), cancel))
            .Prepend(AskAsync(InventoryRegistration.Partner.Name, "reservation", token => ReservationAsync(order.Id, token), cancel));
        return await Task.WhenAll(questions);
    }

    private async Task<string> ReservationAsync(Guid orderId, CancellationToken cancel) =>
        await inventory.FindAsync(orderId, cancel) is { } held
        ? $"{held.Status}: {string.Join(", ", held.Lines.Select(line => $"{line.Quantity} × {line.Sku}"))}"
        : "has no reservation for this order";

    private async Task<Answer> AskAsync(string partner, string what, Func<CancellationToken, Task<string>> ask, CancellationToken cancel)
    {
        var from = clock.GetTimestamp();
        using var deadline = new CancellationTokenSource(Limit, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancel);
        try
        {
            return new(partner, what, await ask(either.Token), null, clock.GetElapsedTime(from));
        }
        catch (PartnerFault fault)
        {
            return new(partner, what, null, fault.Message, clock.GetElapsedTime(from));
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return new(partner, what, null, $"{partner} did not answer within {Limit.TotalSeconds} s.", clock.GetElapsedTime(from));
        }
    }
}
