using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Storefront.Sandbox.Control;
using Storefront.Sandbox.Pages;
using Storefront.Sandbox.Partners.Analytics;
using Storefront.Sandbox.Partners.Email;
using Storefront.Sandbox.Partners.Inventory;
using Storefront.Sandbox.Partners.Loyalty;
using Storefront.Sandbox.Postgres;

namespace Storefront.Sandbox.Partners;

/// <summary>Inventory, Email, Analytics and Loyalty on one real socket, with their control API and a page to look at them.</summary>
public sealed class SandboxPartners : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly PartnerWorld world;

    private SandboxPartners(WebApplication app, PartnerWorld world) => (this.app, this.world) = (app, world);

    /// <summary>Where they listen; with the real port where any was asked for.</summary>
    public Uri Url => new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <param name="url">Loopback; port 0 for any.</param>
    /// <param name="dataDirectory">Keeps what they accepted, in the folder <c>partners</c>.</param>
    /// <param name="seed">The stock of SKUs that nobody has ever said anything about.</param>
    /// <exception cref="SandboxUnavailableException">Something else listens there.</exception>
    public static Task<SandboxPartners> StartAsync(
        Uri url, string dataDirectory, IEnumerable<(string Sku, int OnHand)> seed, CancellationToken cancel) =>
        StartAsync(url, dataDirectory, seed, TimeProvider.System, cancel);

    internal static async Task<SandboxPartners> StartAsync(
        Uri url, string dataDirectory, IEnumerable<(string Sku, int OnHand)> seed, TimeProvider clock, CancellationToken cancel)
    {
        var builder = WebApplication.CreateEmptyBuilder(
            new WebApplicationOptions { ApplicationName = typeof(SandboxPartners).Assembly.GetName().Name });
        builder.WebHost.UseKestrelCore().UseUrls(url.GetLeftPart(UriPartial.Authority));
        builder.Services.AddRoutingCore().AddRequestDecompression();
        builder.Services.AddRazorComponents();
        // It has nothing to say but that it broke; that it cannot start, it says in the exception.
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddFilter("Microsoft.Extensions.Hosting", LogLevel.None).AddConsole();

        PartnerWorld world;
        try
        {
            world = new PartnerWorld(Path.Combine(dataDirectory, "partners"), seed, clock);
        }
        catch (IOException fault)
        {
            throw new SandboxUnavailableException(
                $"The sandbox's data in {dataDirectory} is in use: stop the sandbox that runs on it, or choose another folder with "
                    + $"Sandbox:DataDirectory.", fault);
        }

        var app = builder.Build();
        Map(app, url, world);
        try
        {
            await app.StartAsync(cancel);
        }
        catch (Exception fault)
        {
            await app.DisposeAsync();
            await world.DisposeAsync();
            if (fault is SocketException)
                throw new SandboxUnavailableException(
                    $"The sandbox may not listen on {url.Authority} ({fault.Message}): choose another address with Sandbox:Url.", fault);
            if (fault.InnerException is not AddressInUseException) throw;
            throw new SandboxUnavailableException(
                $"Something else listens on {url.Authority}: stop it, or choose another address for the sandbox with Sandbox:Url.", fault);
        }

        return new(app, world);
    }

    public async ValueTask DisposeAsync()
    {
        world.Faults.Clear(); // nobody is kept hanging at the door
        await app.DisposeAsync();
        await world.DisposeAsync();
    }

    private static void Map(WebApplication app, Uri url, PartnerWorld world)
    {
        app.UseOwnAddress(url);
        var email = new EmailApi(world.Mails);
        app.UseRequestDecompression();
        app.Use(email.GuardAsync);
        app.Use(world.Faults.ActOutAsync);
        app.Use(EmailErrors.NameUnknownAsync);
        app.MapInventory(world.Warehouse);
        email.Map(app);
        app.MapAnalytics(world.Events);
        app.MapLoyalty(world.Points);
        app.MapControl(world);
        app.MapPage(world);
    }
}
