using Storefront.Sandbox;
using Storefront.Sandbox.Partners;
using Storefront.Sandbox.Postgres;

var builder = WebApplication.CreateBuilder(args);
if (builder.Environment.IsProduction() && builder.Configuration["environment"] is not null)
{
    Console.Error.WriteLine("The sandbox only pretends, so it does not start in Production: configure the real partners there.");
    return 1;
}

try
{
    var address = builder.Configuration["urls"]?.Split(';')[0] ?? builder.Configuration["Sandbox:Url"] ?? "http://127.0.0.1:5081";
    if (!Uri.TryCreate(address, UriKind.Absolute, out var url) || url.Scheme != Uri.UriSchemeHttp)
        throw new SandboxUnavailableException(
            $"The sandbox cannot listen on '{address}': give an address like http://127.0.0.1:5081 with --urls or Sandbox:Url.");
    var directory = SandboxDirectory.Of(builder.Configuration["Sandbox:DataDirectory"]);
    await using var partners = await SandboxPartners.StartAsync(url, directory, [], CancellationToken.None);
    Console.WriteLine(
        $"Inventory, Email, Analytics and Loyalty pretend on {partners.Url}; look at them on {new Uri(partners.Url, "sandbox")}. "
            + "Ctrl-C stops them.");
    await Stopped();
    return 0;
}
catch (SandboxUnavailableException fault)
{
    Console.Error.WriteLine(fault.Message);
    return 1;
}

static async Task Stopped()
{
    var stop = new TaskCompletionSource();
    using var interrupt = System.Runtime.InteropServices.PosixSignalRegistration.Create(System.Runtime.InteropServices.PosixSignal.SIGINT,
        Stop);
    using var terminate = System.Runtime.InteropServices.PosixSignalRegistration.Create(System.Runtime.InteropServices.PosixSignal.SIGTERM,
        Stop);
    await stop.Task;

    void Stop(System.Runtime.InteropServices.PosixSignalContext signal)
    {
        signal.Cancel = true;
        stop.TrySetResult();
    }
}
