using Microsoft.AspNetCore.Diagnostics;

namespace Storefront.Web.Hosting;

internal static class FaultPages
{
    /// <summary>Every fault is answered in the asker's language: the API with a problem, a browser with a page.</summary>
    public static void UseFaultPages(this WebApplication app)
    {
        app.UseWhen(IsApi, api =>
        {
            api.UseExceptionHandler(new ExceptionHandlerOptions { SuppressDiagnosticsCallback = IsShopperGone });
            api.UseStatusCodePages();
        });
        app.UseWhen(context => !IsApi(context), pages =>
        {
            pages.UseExceptionHandler(new ExceptionHandlerOptions { ExceptionHandlingPath = "/error/500", SuppressDiagnosticsCallback = IsShopperGone });
            pages.UseStatusCodePagesWithReExecute("/error/{0}");
        });
    }

    private static bool IsApi(HttpContext context) => context.Request.Path.StartsWithSegments("/api");

    private static bool IsShopperGone(ExceptionHandlerSuppressDiagnosticsContext context) => context.Exception is OperationCanceledException;
}
