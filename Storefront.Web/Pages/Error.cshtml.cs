using System.Diagnostics;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Storefront.Web.Security;

namespace Storefront.Web.Pages;

/// <summary>Where a page ends that could not be shown. Answers whatever method failed, and is no second failure.</summary>
[ResponseCache(NoStore = true, Location = ResponseCacheLocation.None)]
public sealed class ErrorModel : PageModel
{
    public string Heading { get; private set; } = "";
    public string Advice { get; private set; } = "";

    /// <summary>What we find the failure by.</summary>
    public string? Trace { get; private set; }

    public void OnGet([FromRoute] int code) => Explain(code);

    public override void OnPageHandlerExecuting(PageHandlerExecutingContext context)
    {
        if (context.HandlerMethod is null)
            Explain(RouteData.Values["code"] is string code && int.TryParse(code, out var number) ? number : 500);
    }

    private bool IsOrder() =>
        HttpContext.Features.Get<IStatusCodeReExecuteFeature>() is { } failed
        && new PathString(failed.OriginalPath).StartsWithSegments("/orders");

    private void Explain(int code)
    {
        // Somebody who only opens its address has met no error.
        if (HttpContext.Features.Get<IExceptionHandlerFeature>() is null
            && HttpContext.Features.Get<IStatusCodeReExecuteFeature>() is null) code = StatusCodes.Status404NotFound;
        var away = code == 500 && DatabaseAway.CauseOf(HttpContext.Features.Get<IExceptionHandlerFeature>()?.Error) is not null;
        Response.StatusCode = away ? StatusCodes.Status503ServiceUnavailable
            : code is >= 400 and <= 599 ? code
            : StatusCodes.Status404NotFound;
        (Heading, Advice) = Response.StatusCode switch
        {
            404 when IsOrder() => ("Order not found", "Check the link, or find the order by its number and your email address."),
            404 => ("Page not found", "The product may no longer be sold, or the address may be wrong."),
            400 when FormBodies.HasRefused(HttpContext) => ("The form could not be read", "Go back and try again; your cart is kept."),
            400 => ("This page has expired",
                "For your security, the form was not sent. Go back, reload the page and try again; your cart is kept."),
            408 => ("The form took too long to arrive", "Check your connection and try again; your cart is kept."),
            413 => ("The form is too long", "Send less at a time; your cart is kept."),
            429 => ("Too many requests", "Please wait a moment and try again; your cart is kept."),
            503 => ("The shop is temporarily unavailable", "Please try again in a moment; your cart is kept."),
            >= 500 => ("Something went wrong", "This is our fault, and your cart is kept. Please try again in a moment."),
            _ => ("We could not process this request", "Go back and try again; your cart is kept."),
        };
        if (Response.StatusCode >= 500) Trace = Activity.Current?.TraceId.ToString() ?? HttpContext.TraceIdentifier;
    }
}
