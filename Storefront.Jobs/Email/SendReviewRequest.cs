using Storefront.Jobs.Orders;

namespace Storefront.Jobs.Email;

/// <summary>Asks, two weeks later, how the shopper finds it.</summary>
internal sealed class SendReviewRequest(Post post) : IEffectJob
{
    public Task RunAsync(Guid orderId, CancellationToken cancel) =>
        post.SendAsync<ReviewRequest>(orderId, Effects.ReviewRequest, cancel);
}
