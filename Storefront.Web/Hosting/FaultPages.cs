using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.Features;
using Storefront.Web.Security;

namespace Storefront.Web.Hosting;

internal static class FaultPages
{
    /// <summary>Every fault is answered in the asker's language: the API with a problem, a browser with a page.</summary>
    public static void UseFaultPages(this WebApplication app)
    {
        // On the app itself, since a branch has no routing of its own to run a page by. The API stands inside and has answered before.
        app.UseExceptionHandler(new ExceptionHandlerOptions
        {
            ExceptionHandlingPath = "/error/500", SuppressDiagnosticsCallback = IsNoFaultOfOurs,
        });
        app.UseStatusCodePagesWithReExecute("/error/{0}");
        app.Use(ForgetTheRequestOnError);
        app.UseWhen(Problems.AreExpected, api =>
        {
            api.UseExceptionHandler(new ExceptionHandlerOptions
            {
                SuppressDiagnosticsCallback = IsNoFaultOfOurs, StatusCodeSelector = StatusOf,
            });
            api.UseStatusCodePages();
        });
    }

    // Shown instead of what was asked for, whatever that was: the page for an error must not fail by what the failed request holds.
    private static Task ForgetTheRequestOnError(HttpContext http, RequestDelegate next)
    {
        if (http.Features.Get<IExceptionHandlerFeature>() is null && http.Features.Get<IStatusCodeReExecuteFeature>() is null)
            return next(http);
        var request = http.Request;
        (request.Method, request.QueryString, request.ContentType, request.ContentLength) =
            (HttpMethods.IsHead(request.Method) ? request.Method : HttpMethods.Get, QueryString.Empty, null, null);
        request.Body = Stream.Null;
        http.Features.Set<IFormFeature>(null);
        return next(http);
    }

    // The client has gone, or sent what Kestrel refuses: no fault of ours. A database that is away has a log line of its own.
    private static bool IsNoFaultOfOurs(ExceptionHandlerSuppressDiagnosticsContext context) =>
        context.Exception is OperationCanceledException or BadHttpRequestException || DatabaseAway.CauseOf(context.Exception) is not null;

    private static int StatusOf(Exception fault) =>
        fault is BadHttpRequestException bad ? bad.StatusCode : StatusCodes.Status500InternalServerError;
}
