using Microsoft.AspNetCore.Diagnostics;

namespace Storefront.Web.Hosting;

internal static class FaultPages
{
    /// <summary>Every fault is answered in the asker's language: the API with a problem, a browser with a page.</summary>
    public static void UseFaultPages(this WebApplication app)
    {
        // On the app itself, since a branch has no routing of its own to run a page by. The API stands inside and has answered before.
        app.UseExceptionHandler(new ExceptionHandlerOptions { ExceptionHandlingPath = "/error/500", SuppressDiagnosticsCallback = IsShopperGone });
        app.UseStatusCodePagesWithReExecute("/error/{0}");
        app.UseWhen(IsApi, api =>
        {
            api.UseExceptionHandler(new ExceptionHandlerOptions { SuppressDiagnosticsCallback = IsShopperGone });
            api.UseStatusCodePages();
        });
    }

    private static bool IsApi(HttpContext context) => context.Request.Path.StartsWithSegments("/api");

    private static bool IsShopperGone(ExceptionHandlerSuppressDiagnosticsContext context) => context.Exception is OperationCanceledException;
}
