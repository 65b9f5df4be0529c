using System.Collections.Concurrent;
using Storefront.Jobs.Queue.Gates;

namespace Storefront.Jobs.Partners;

/// <summary>How the latest calls of this process to each partner went.</summary>
public sealed class PartnerHealth(TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, LastCall> lastCalls = new();

    /// <param name="Failing">The latest call got no answer, or a 5xx.</param>
    public sealed record LastCall(bool Failing, DateTimeOffset At);

    /// <summary>By partner; one that was not called yet is missing.</summary>
    public IReadOnlyDictionary<string, LastCall> LastCalls => lastCalls;

    internal void Record(string partner, bool failing) => lastCalls[partner] = new(failing, clock.GetUtcNow());
}

/// <summary>
/// Outermost in a partner's pipeline, so that it also records calls that an open circuit refuses. What an answer says of the
/// partner's limit goes to its gate, even if the call itself succeeded.
/// </summary>
internal sealed class PartnerHealthHandler(PartnerHealth health, PartnerGates gates, string partner) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            var response = await base.SendAsync(request, cancellationToken);
            health.Record(partner, failing: (int)response.StatusCode >= 500);
            if (QuotaHeaders.Of(response) is { } quota) gates.Record(partner, quota);
            return response;
        }
        catch
        {
            if (!cancellationToken.IsCancellationRequested) health.Record(partner, failing: true);
            throw;
        }
    }
}
