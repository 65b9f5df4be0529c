using Storefront.Jobs.Orders;

namespace Storefront.Jobs.Email;

/// <summary>Asks, two weeks later, how the shopper finds it.</summary>
internal sealed class SendReviewRequest(OrderMailer mailer) : IEffectJob
{
    public Task RunAsync(Guid orderId, CancellationToken cancel) =>
        mailer.SendAsync<ReviewRequest>(orderId, EffectNames.ReviewRequest, cancel);
}
