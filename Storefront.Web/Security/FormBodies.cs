using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc.RazorPages;
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

    /// <param name="dashboard">The path of Hangfire's pages, which read forms themselves.</param>
    public static void UseFormBodies(this WebApplication app, string dashboard) => app.Use(async (http, next) =>
    {
        var request = http.Request;
        if (HttpMethods.IsPost(request.Method) && TakesForm(http, dashboard))
        {
            if (await ReadAsync(http, TimeProvider.System) is { } refused)
            {
                http.Response.StatusCode = refused;
                http.Items[typeof(FormBodies)] = refused;
                return;
            }
        }
        else if (!Problems.AreExpected(http))
        {
            request.ContentType = null; // what takes no form reads none
            request.Body = Stream.Null;
        }

        await next(http);
    });

    /// <summary>This request was refused because its form could not be read.</summary>
    public static bool HasRefused(HttpContext http) => http.Items.ContainsKey(typeof(FormBodies));

    private static bool TakesForm(HttpContext http, string dashboard) =>
        http.Request.Path.StartsWithSegments(dashboard)
        || http.GetEndpoint()?.Metadata.GetMetadata<CompiledPageActionDescriptor>() is { } page
            && page.HandlerMethods.Any(handler => HttpMethods.IsPost(handler.HttpMethod));

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
        catch (Exception fault) when (fault is InvalidDataException or IOException or NotSupportedException or ArgumentException)
        {
            return StatusCodes.Status400BadRequest;
        }
    }

    private static bool IsUtf8(string type) =>
        MediaTypeHeaderValue.TryParse(type, out var parsed)
        && (!parsed.Charset.HasValue || HeaderUtilities.RemoveQuotes(parsed.Charset) is var charset
            && (charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase) || charset.Equals("utf8", StringComparison.OrdinalIgnoreCase)
                || charset.Equals("us-ascii", StringComparison.OrdinalIgnoreCase)));
}
