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
        send: (order, attempt) => AskAsync(order, async (member, token) =>
        {
            using var credit = new StringContent(attempt.Payload!, Encoding.UTF8, "application/json");
            return await api.CreditAsync(member, order.Id, credit, token);
        }, cancel, PointsEntry.Credited, PointsEntry.Reversed),
        cancel);

    public Task ReverseAsync(Guid orderId, CancellationToken cancel) => executor.DeliverAsync(
        orderId, Reversed, write: null,
        send: (order, _) => AskAsync(
            order, (member, token) => api.ReverseAsync(member, order.Id, token), cancel, PointsEntry.Reversed),
        cancel);

    private async Task<string> AskAsync(
        Order order, Func<Guid, CancellationToken, Task<HttpResponseMessage>> send, CancellationToken cancel, params string[] expected)
    {
        if (order.Account is not { } member)
            throw new PartnerRefused("The shop has forgotten by now whose account the order belongs to.", called: false);
        var answer = await calls.AskAsync(
            LoyaltyRegistration.Partner.Name, options.Value.Timeout, token => send(member, token), cancel);
        if (answer.Yes<PointsEntry>(entry => entry.Entry == order.Id && expected.Contains(entry.Status), 200, 201) is not null)
            return $"{member}/{order.Id}";
        var code = answer.Refusal<LoyaltyProblem>(problem => problem.Code);
        throw (answer.Code, code) is (409, "entry_conflict")
            ? new PartnerRefused(answer.Message(code), inDoubt: true, answer.Body) : answer.Fault(code);
    }
}
