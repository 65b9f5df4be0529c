using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace Storefront.Web.Security;

/// <summary>
/// Reads a form before anything else does, within a time and a length: whoever asks for it later finds it read. One that
/// cannot be read is the sender's fault, and is answered with a page that says so.
/// </summary>
internal static class FormBodies
{
    /// <summary>For the whole of a form.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    /// <summary>In bytes. The longest forms of ours are a cart with all its lines, and the deliveries that staff have selected.</summary>
    public const long MaxLength = 128 * 1024;

    public static void UseFormBodies(this WebApplication app) => app.Use(async (http, next) =>
    {
        var request = http.Request;
        if (!HttpMethods.IsPost(request.Method))
        {
            request.ContentType = null; // what takes no form reads none
            request.Body = Stream.Null;
        }
        else if (!Problems.AreExpected(http) && await ReadAsync(http, TimeProvider.System) is { } refused)
        {
            http.Response.StatusCode = refused;
            return;
        }

        await next(http);
    });

    /// <returns>Null: the form is read. Otherwise the status to answer with.</returns>
    public static async Task<int?> ReadAsync(HttpContext http, TimeProvider clock)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = MaxLength;
        if (http.Request.ContentLength == 0) return null;
        if (!http.Request.HasFormContentType || !IsUtf8(http.Request.ContentType!)) return StatusCodes.Status415UnsupportedMediaType;
        using var deadline = new CancellationTokenSource(Longest, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, http.RequestAborted);
        try
        {
            await http.Request.ReadFormAsync(either.Token);
            return null;
        }
        catch (OperationCanceledException)
        {
            return StatusCodes.Status408RequestTimeout;
        }
        catch (BadHttpRequestException fault)
        {
            return fault.StatusCode;
        }
        catch (Exception fault) when (fault is InvalidDataException or IOException)
        {
            return StatusCodes.Status400BadRequest;
        }
    }

    private static bool IsUtf8(string type) =>
        MediaTypeHeaderValue.TryParse(type, out var parsed)
        && (!parsed.Charset.HasValue || parsed.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase)
            || parsed.Charset.Equals("us-ascii", StringComparison.OrdinalIgnoreCase));
}
