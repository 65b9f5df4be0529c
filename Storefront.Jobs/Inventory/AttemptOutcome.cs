using System.Net;

namespace Storefront.Jobs.Inventory;

/// <summary>
/// Remembers, across the attempts of one call, whether Inventory may have acted on any of them. Each attempt counts as acted on from
/// before its request leaves, unless its outcome proves that Inventory did not act on it.
/// </summary>
internal sealed class AttemptOutcome
{
    public const string Key = "attempt-outcome";

    public static readonly HttpRequestOptionsKey<AttemptOutcome> OptionsKey = new(Key);

    /// <summary>Some attempt may have been acted on.</summary>
    public bool MayHaveActed { get; private set; }

    /// <summary>Some attempt may have been acted on and was not answered: it may be acted on even later than an answered one.</summary>
    public bool Unanswered { get; private set; }

    public async Task<HttpResponseMessage> WatchAsync(Func<Task<HttpResponseMessage>> send)
    {
        var before = MayHaveActed;
        MayHaveActed = true;
        try
        {
            var response = await send();
            if (response.StatusCode == HttpStatusCode.TooManyRequests) MayHaveActed = before;
            if ((int)response.StatusCode is 408 or >= 500) Unanswered = true;
            return response;
        }
        catch (HttpRequestException failure) when (failure.HttpRequestError is
            HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError)
        {
            MayHaveActed = before;
            throw;
        }
        catch
        {
            Unanswered = true;
            throw;
        }
    }
}

/// <summary>Innermost in the pipeline, so that it sees every attempt.</summary>
internal sealed class AttemptOutcomeHandler : DelegatingHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        request.Options.TryGetValue(AttemptOutcome.OptionsKey, out var outcome)
            ? outcome.WatchAsync(() => base.SendAsync(request, cancellationToken))
            : base.SendAsync(request, cancellationToken);
}
