using Refit;

namespace Storefront.Jobs.Loyalty;

/// <summary>The words of <c>docs/contracts/loyalty.openapi.yaml</c>. A repeat of a request changes nothing.</summary>
internal interface ILoyaltyApi
{
    /// <param name="credit">A <see cref="Credit"/> as JSON.</param>
    [Put("/v1/members/{member}/entries/{entry}")]
    Task<HttpResponseMessage> CreditAsync(Guid member, Guid entry, [Body] HttpContent credit, CancellationToken cancel);

    [Delete("/v1/members/{member}/entries/{entry}")]
    Task<HttpResponseMessage> ReverseAsync(Guid member, Guid entry, CancellationToken cancel);
}

/// <param name="Points">0 to <see cref="MaxPoints"/>.</param>
internal sealed record Credit(long Points)
{
    public const long MaxPoints = 1_000_000_000;
}

/// <param name="Status"><see cref="Credited"/> or <see cref="Reversed"/>.</param>
internal sealed record PointsEntry(Guid Member, Guid Entry, long Points, string Status)
{
    public const string Credited = "credited", Reversed = "reversed";
}

internal sealed record LoyaltyProblem(string Code);
