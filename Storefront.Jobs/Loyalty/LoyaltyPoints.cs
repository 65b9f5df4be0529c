using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Partners;

namespace Storefront.Jobs.Loyalty;

/// <summary>
/// The points of an order: one entry under the order's own id, so a repeat counts once. The partner knows a customer by the id of the
/// account alone.
/// </summary>
internal sealed class LoyaltyPoints(DeliveryExecutor executor, ILoyaltyApi api, PartnerCalls calls, IOptions<LoyaltyOptions> options)
{
    // Stored with every delivery: do not change them.
    public const string Credited = "loyalty-points", Reversed = "loyalty-reversal";

    /// <summary>A guest collects no points.</summary>
    public static bool AreFor(OrderTraits order) => order.Account is not null;

    public Task CreditAsync(Guid orderId, CancellationToken cancel) => executor.DeliverAsync(
        orderId, Credited,
        // Fixed at the first attempt: the setting may change before the next one.
        write: order => Task.FromResult(
            JsonSerializer.Serialize(new Credit(options.Value.PointsFor(order.Total)), JsonSerializerOptions.Web)),
        send: async (order, attempt) =>
        {
            var points = JsonSerializer.Deserialize<Credit>(attempt.Payload!, JsonSerializerOptions.Web)!.Points;
            using var credit = new StringContent(attempt.Payload!, Encoding.UTF8, "application/json");
            return await AskAsync(
                order, (member, token) => api.CreditAsync(member, order.Id, credit, token), [200, 201],
                entry => entry.Status == PointsEntry.Credited && entry.Points == points || IsReversed(order, entry), cancel);
        }, cancel);

    public Task ReverseAsync(Guid orderId, CancellationToken cancel) => executor.DeliverAsync(
        orderId, Reversed, write: null,
        send: (order, _) => AskAsync(
            order, (member, token) => api.ReverseAsync(member, order.Id, token), [200], entry => IsReversed(order, entry), cancel),
        cancel);

    // Of an order that is not cancelled, the partner must not say so.
    private static bool IsReversed(Order order, PointsEntry entry) =>
        entry.Status == PointsEntry.Reversed && order.Deliveries.Any(delivery => delivery.Effect == Reversed);

    private async Task<string> AskAsync(
        Order order, Func<Guid, CancellationToken, Task<HttpResponseMessage>> send, int[] statuses,
        Func<PointsEntry, bool> isWhatWasAsked, CancellationToken cancel)
    {
        if (order.Account is not { } member)
            throw new PartnerRefused("The shop has forgotten by now whose account the order belongs to.", called: false);
        var answer = await calls.AskAsync(
            LoyaltyRegistration.Partner.Name, options.Value.Timeout, token => send(member, token), cancel);
        // The reference names the order alone: it is kept for longer than the account of the order.
        if (answer.Yes<PointsEntry>(
            entry => entry.Member == member && entry.Entry == order.Id && isWhatWasAsked(entry), statuses) is not null)
            return order.Id.ToString();
        var code = answer.Refusal<LoyaltyProblem>(problem => problem.Code);
        throw (answer.Code, code) is (409, "entry_conflict")
            ? new PartnerRefused(answer.Message(code), inDoubt: true, answer.Body) : answer.Fault(code);
    }
}
