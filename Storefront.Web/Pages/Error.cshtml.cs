using System.Diagnostics;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Storefront.Web.Security;

namespace Storefront.Web.Pages;

/// <summary>Where a page ends that could not be shown. Answers whatever method failed, and is no second failure.</summary>
[IgnoreAntiforgeryToken]
[ResponseCache(NoStore = true, Location = ResponseCacheLocation.None)]
public sealed class ErrorModel : PageModel
{
    public string Heading { get; private set; } = "";
    public string Advice { get; private set; } = "";

    /// <summary>What we find the failure by.</summary>
    public string? Trace { get; private set; }

    public void OnGet(int code) => Explain(code);

    public void OnPost(int code) => Explain(code);

    public override void OnPageHandlerExecuting(PageHandlerExecutingContext context)
    {
        if (context.HandlerMethod is null)
            Explain(RouteData.Values["code"] is string code && int.TryParse(code, out var number) ? number : 500);
    }

    private void Explain(int code)
    {
        var away = code == 500 && DatabaseAway.CauseOf(HttpContext.Features.Get<IExceptionHandlerFeature>()?.Error) is not null;
        Response.StatusCode = away ? StatusCodes.Status503ServiceUnavailable
            : code is >= 400 and <= 599 ? code
            : StatusCodes.Status404NotFound;
        (Heading, Advice) = Response.StatusCode switch
        {
            404 => ("This page is not in the catalogue", "It may have been sold out for good, or the address has a slip in it."),
            400 => ("This page was open for too long",
                "For your safety it could not be sent any more. Go back, reload the page and try again; your cart is kept."),
            429 => ("That was a little fast", "Please wait a moment and try again; your cart is kept."),
            503 => ("We are not ready yet", "Please try again in a moment; your cart is kept."),
            >= 500 => ("Something broke on our side", "It is not your fault, and your cart is kept. Please try again in a moment."),
            _ => ("That did not work", "Go back and try again; your cart is kept."),
        };
        if (Response.StatusCode >= 500) Trace = Activity.Current?.TraceId.ToString() ?? HttpContext.TraceIdentifier;
    }
}
