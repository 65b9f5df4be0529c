using Microsoft.Extensions.Options;
using Storefront.Jobs.Orders;
using Storefront.Web.Settings;
using Storefront.Web.Telemetry;

namespace Storefront.Web.Hosting;

internal static class Welcome
{
    /// <summary>Where everything is, once it is there.</summary>
    public static void Print(WebApplication app, (string Email, string Password)? admin)
    {
        var url = app.Urls.FirstOrDefault()?.TrimEnd('/');
        if (app.Environment.IsProduction())
        {
            app.Logger.Open(url); // its console is read by machines
            return;
        }

        var shop = app.Services.GetRequiredService<IOptions<ShopOptions>>().Value;
        var sandbox = app.Services.GetRequiredService<SandboxStatus>();

        Console.WriteLine();
        Console.WriteLine($"  {shop.Name,-16} {url}");
        if (sandbox.Url is { } partners) Console.WriteLine($"  {"Sandbox inbox",-16} {new Uri(partners, "sandbox")}");
        Console.WriteLine($"  {"Back office",-16} {url}/admin");
        if (admin is var (email, password)) Console.WriteLine($"  {"",-16} sign in as {email} with {password}");
        Console.WriteLine($"  {"API",-16} {url}/docs");
        Console.WriteLine("  Press Ctrl+C to stop.");
        Console.WriteLine();
    }
}
