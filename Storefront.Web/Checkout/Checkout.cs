using System.Diagnostics;
using Microsoft.Extensions.Options;
using Storefront.Jobs.Email;
using Storefront.Jobs.Inventory;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Partners;
using Storefront.Jobs.Telemetry;
using Storefront.Web.Security;

namespace Storefront.Web.Checkout;

/// <summary>Turns what a shopper asked for into an order. The shopper waits for one partner only: Inventory.</summary>
public sealed class Checkout(
    PriceList prices, OrderStore orders, Inventory inventory, InventoryTrouble trouble, InboxLimit inboxes, IOptions<ShopOptions> shop,
    IOptions<InventoryOptions> limits, ILogger<Checkout> log)
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    private TimeSpan RetryAfter => TimeSpan.FromSeconds(limits.Value.RetryAfterSeconds);

    /// <summary>The same key gives the same order, however often and however concurrently it is asked for.</summary>
    public Task<CheckoutResult> PlaceAsync(CheckoutRequest request, CancellationToken cancel) =>
        MeasuredOperation.RunAsync(Spans.Checkout, Measures.Checkout, () => AnswerAsync(request, cancel));

    private async Task<CheckoutResult> AnswerAsync(CheckoutRequest request, CancellationToken cancel)
    {
        if (CheckoutRules.Check(request) is { Count: > 0 } faults) return new CheckoutResult.Invalid(faults);

        request = request with { Email = EmailAddress.Read(request.Email)! };
        var lines = await prices.PriceAsync(request.Lines, cancel);
        var draft = new OrderDraft(
            request.IdempotencyKey, RequestHash.Of(request), request.Email, request.Name, request.Address, shop.Value.Currency, lines.Sold,
            request.Account);
        using var inbox = request.IsOfKnownProgram ? null : inboxes.Enter(request.Email);
        // A repeat gets the order it has made, even when the catalogue has changed since.
        if (Refusal(request, lines, draft, inbox) is { } refusal && !await orders.KnowsAsync(draft.IdempotencyKey, cancel)) return refusal;

        return await orders.OpenAsync(draft, cancel) switch
        {
            Opened.Ours ours => await AskInventoryAsync(ours, inbox),
            Opened.Busy => new CheckoutResult.InProgress(Soon),
            Opened.Settled(var order) => CheckoutResult.Replay(order, RetryAfter),
            Opened.KeyReused => new CheckoutResult.KeyReused(),
            _ => throw new UnreachableException(),
        };
    }

    private static CheckoutResult? Refusal(CheckoutRequest request, PricedLines lines, OrderDraft draft, InboxLimit.Entry? inbox)
    {
        if (lines.Sold.Count < request.Lines.Count)
            return new CheckoutResult.UnknownSku([.. request.Lines.Select(line => line.Sku).Except(lines.Sold.Select(line => line.Sku))])
            { InOtherCurrency = lines.InOtherCurrency };
        if (inbox?.Wait is { } wait) return new CheckoutResult.TooMany(wait);
        return (request.Seen?.Total ?? draft.Total) != draft.Total || (request.Seen?.Currency ?? draft.Currency) != draft.Currency
            ? new CheckoutResult.PriceChanged(draft.Total, draft.Currency) : null;
    }

    // From here on the order is written down: the shopper leaving the page cancels nothing any more.
    private async Task<CheckoutResult> AskInventoryAsync(Opened.Ours ours, InboxLimit.Entry? inbox)
    {
        using var named = log.ForOrder(ours.Lease.OrderId);
        CallLog.Begin();
        var answer = await inventory.ReserveInlineAsync(ours.Lease.OrderId, ours.Lines);
        Order order;
        try
        {
            order = await orders.SettleAsync(
                ours.Lease, Decision.On(answer, shopperWaits: true, askedBefore: ours.Known, timeIsUp: false));
            await trouble.ReportAsync(order.Id, answer);
        }
        catch (LeaseLostException)
        {
            // We were away for longer than the lease: whoever took over decides, and the order says what came of it.
            order = (await orders.FindAsync(ours.Lease.OrderId))!;
        }

        if (!ours.Known && order.Status is OrderStatus.Placed or OrderStatus.Reserving) inbox?.Count();
        return (order.Status, answer) switch
        {
            (OrderStatus.Placed, _) => new CheckoutResult.Placed(order, ours.Known),
            (OrderStatus.Reserving, _) => new CheckoutResult.Confirming(order, ours.Known),
            (OrderStatus.Failed, ReserveAnswer.NotSent(var after)) => new CheckoutResult.Unavailable(after),
            _ => CheckoutResult.Replay(order, RetryAfter),
        };
    }
}
