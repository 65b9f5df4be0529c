using Microsoft.AspNetCore.Diagnostics;
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
        app.UseWhen(Problems.AreExpected, api =>
        {
            api.UseExceptionHandler(new ExceptionHandlerOptions
            {
                SuppressDiagnosticsCallback = IsNoFaultOfOurs, StatusCodeSelector = StatusOf,
            });
            api.UseStatusCodePages();
        });
    }

    // The client has gone, or sent what Kestrel refuses: no fault of ours. A database that is away has a log line of its own.
    private static bool IsNoFaultOfOurs(ExceptionHandlerSuppressDiagnosticsContext context) =>
        context.Exception is OperationCanceledException or BadHttpRequestException || DatabaseAway.CauseOf(context.Exception) is not null;

    private static int StatusOf(Exception fault) =>
        fault is BadHttpRequestException bad ? bad.StatusCode : StatusCodes.Status500InternalServerError;
}
