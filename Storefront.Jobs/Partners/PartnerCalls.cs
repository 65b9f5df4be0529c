using System.Buffers;
using System.Net.Http.Headers;
using System.Text.Unicode;
using Polly.CircuitBreaker;
using Polly.RateLimiting;
using Polly.Timeout;
using Storefront.Jobs.Queue.Gates;

namespace Storefront.Jobs.Partners;

/// <summary>The one place where everything that can go wrong between us and a partner becomes a named fault.</summary>
internal sealed class PartnerCalls(PartnerGates gates, TimeProvider clock)
{
    private const int ChunkBytes = 16 * 1024;

    // Before a call asks again for its turn.
    private static readonly TimeSpan ShortestWait = TimeSpan.FromSeconds(2);

    /// <param name="partner">Whose turns the call waits for; one that has none is called at once.</param>
    /// <param name="limit">
    /// For the whole call, the body included, which Refit reads outside of Polly's timeouts. Where the partner's rate is limited, its turn
    /// is waited for as long again.
    /// </param>
    /// <param name="mostBytes">Of the answer's body; one that is longer cannot be read.</param>
    /// <exception cref="PartnerDeferred">Circuit open, or our own limit reached: nothing was sent.</exception>
    /// <exception cref="PartnerUnavailable">No answer.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public async Task<PartnerAnswer> AskAsync(
        string partner, TimeSpan limit, Func<CancellationToken, Task<HttpResponseMessage>> send, CancellationToken cancel,
        int mostBytes = PartnerAnswer.MostBytes)
    {
        if (await gates.WaitForTurnAsync(partner, limit, cancel) is { } wait)
            throw new PartnerDeferred(
                $"{partner} is not being called: others use up its rate limit.", wait > ShortestWait ? wait : ShortestWait, called: false);
        using var deadline = new CancellationTokenSource(limit, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancel);
        try
        {
            using var response = await send(either.Token);
            var (content, whole) = await ReadAsync(response, mostBytes, either.Token);
            var canBeRead = whole && IsPlain(response.Content.Headers) && Utf8.IsValid(content);
            var answer = new PartnerAnswer(partner, response.StatusCode, content, canBeRead, RetryAfter.Of(response, clock.GetUtcNow()));
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
                    return Guarded("its circuit is open", open.RetryAfter ?? TimeSpan.FromSeconds(15));
                case RateLimiterRejectedException full:
                    return Guarded("too many calls are under way", full.RetryAfter ?? TimeSpan.FromSeconds(2));
                case TimeoutRejectedException or OperationCanceledException:
                    return new PartnerUnavailable($"{partner} did not answer in time.", inDoubt: true, inner: failure);
                case HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError
                    or HttpRequestError.SecureConnectionError }:
                    return new PartnerUnavailable($"{partner} could not be reached.", inDoubt: false, inner: failure);
                case HttpRequestException or IOException:
                    return new PartnerUnavailable($"{partner} broke the connection off.", inDoubt: true, inner: failure);
            }
        }

        return new PartnerUnavailable($"The call to {partner} failed ({failure.GetType().Name}).", inDoubt: true, inner: failure);

        PartnerDeferred Guarded(string why, TimeSpan after) =>
            new($"{partner} is not being called: {why}.", after, inner: failure, called: false);
    }

    private static async Task<(byte[] Content, bool Whole)> ReadAsync(HttpResponseMessage response, int mostBytes, CancellationToken cancel)
    {
        await using var body = await response.Content.ReadAsStreamAsync(cancel);
        using var content = new MemoryStream();
        var chunk = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            while (content.Length < mostBytes && await body.ReadAsync(chunk, cancel) is > 0 and var count) content.Write(chunk, 0, count);
            return (content.ToArray(), content.Length < mostBytes);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }
    }

    // We ask for no compression, and JSON is UTF-8: whoever sends something else has not understood us.
    private static bool IsPlain(HttpContentHeaders headers)
    {
        if (headers.NonValidated.TryGetValues("Content-Encoding", out var encodings)
            && encodings.Any(encoding => !Is(encoding, "identity")))
            return false;
        return headers.ContentType?.CharSet is not { } charset || Is(charset, "utf-8") || Is(charset, "utf8") || Is(charset, "us-ascii");

        static bool Is(string said, string name) => said.Trim(' ', '"').Equals(name, StringComparison.OrdinalIgnoreCase);
    }
}
