using System.Buffers;
using System.Net;
using System.Text.Json;
using Polly.CircuitBreaker;
using Polly.RateLimiting;
using Polly.Timeout;

namespace Storefront.Jobs.Partners;

/// <summary>What a partner answered, read to its end.</summary>
/// <param name="Body">At most 64 KB of it.</param>
internal sealed record PartnerAnswer(HttpStatusCode Status, string Body, TimeSpan? RetryAfter)
{
    public int Code => (int)Status;

    /// <summary>The body as <typeparamref name="T"/>; null where it is something else: a proxy between us answers in HTML.</summary>
    public T? Read<T>() where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(Body, JsonSerializerOptions.Web);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>The one place where everything that can go wrong between us and a partner becomes a named fault.</summary>
internal static class PartnerCall
{
    private const int LongestBody = 64 * 1024;

    /// <param name="partner">For the message.</param>
    /// <param name="limit">For the whole call, the body included, which Refit reads outside of Polly's timeouts.</param>
    /// <exception cref="PartnerDeferred">Circuit open, or our own limit reached: nothing was sent.</exception>
    /// <exception cref="PartnerUnavailable">No answer.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public static async Task<PartnerAnswer> AskAsync(
        string partner, TimeSpan limit, TimeProvider clock, Func<CancellationToken, Task<HttpResponseMessage>> send, CancellationToken cancel)
    {
        using var deadline = new CancellationTokenSource(limit, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancel);
        try
        {
            using var response = await send(either.Token);
            var answer = new PartnerAnswer(response.StatusCode, await ReadAsync(response, either.Token), RetryAfter(response, clock));
            if (answer.Code >= 400) CallLog.Current?.Explain(answer.Body);
            return answer;
        }
        catch (Exception failure) when (!cancel.IsCancellationRequested)
        {
            var fault = Name(partner, failure);
            CallLog.Current?.Explain(fault.Message);
            throw fault;
        }
    }

    private static PartnerFault Name(string partner, Exception failure)
    {
        // Refit wraps what the handlers below it throw.
        for (var cause = failure; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case BrokenCircuitException open:
                    return new PartnerDeferred($"{partner} is not being called: its circuit is open.", open.RetryAfter ?? TimeSpan.FromSeconds(15), inner: failure);
                case RateLimiterRejectedException full:
                    return new PartnerDeferred($"{partner} is not being called: too many calls are under way.", full.RetryAfter ?? TimeSpan.FromSeconds(2), inner: failure);
                case TimeoutRejectedException or OperationCanceledException:
                    return new PartnerUnavailable($"{partner} did not answer in time.", inDoubt: true, inner: failure);
                case HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError }:
                    return new PartnerUnavailable($"{partner} could not be reached.", inDoubt: false, inner: failure);
                case HttpRequestException or IOException:
                    return new PartnerUnavailable($"{partner} broke the connection off.", inDoubt: true, inner: failure);
            }
        }

        return new PartnerUnavailable($"The call to {partner} failed ({failure.GetType().Name}).", inDoubt: true, inner: failure);
    }

    private static async Task<string> ReadAsync(HttpResponseMessage response, CancellationToken cancel)
    {
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancel));
        var buffer = ArrayPool<char>.Shared.Rent(LongestBody); // large enough for the heap that only a full collection cleans
        try
        {
            return new string(buffer, 0, await reader.ReadBlockAsync(buffer.AsMemory(0, LongestBody), cancel));
        }
        finally
        {
            ArrayPool<char>.Shared.Return(buffer);
        }
    }

    private static TimeSpan? RetryAfter(HttpResponseMessage response, TimeProvider clock) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date - clock.GetUtcNow(),
        _ => null,
    };
}
