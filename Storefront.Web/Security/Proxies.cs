using System.ComponentModel.DataAnnotations;
using System.Net;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;
using Storefront.Jobs.Settings;
using IPNetwork = System.Net.IPNetwork;

namespace Storefront.Web.Security;

/// <summary>Section <c>Web</c>.</summary>
internal sealed class ProxyOptions : IValidatableObject
{
    /// <summary>
    /// The proxies in front of this process, as addresses or networks with commas between: <c>10.0.0.0/8, 192.168.1.4</c>. Only they are
    /// believed when they say who asks, whether by https, and below which path. Empty: nobody is.
    /// </summary>
    public string Proxies { get; set; } = "";

    public IEnumerable<IPNetwork> Networks =>
        Names.Select(name => NetworkOf(name) ?? throw new InvalidOperationException("Proxies are read after they were checked."));

    private string[] Names => Proxies.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        from name in Names
        where NetworkOf(name) is null
        select new ValidationResult($"names \"{name}\", which is neither an IP address nor a network like 10.0.0.0/8.", [nameof(Proxies)]);

    private static IPNetwork? NetworkOf(string name) =>
        IPNetwork.TryParse(name, out var network) ? network
        : IPAddress.TryParse(name, out var address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
        : null;
}

internal static class ProxiesRegistration
{
    public static void AddProxies(this IServiceCollection services)
    {
        services.AddChecked<ProxyOptions>("Web");
        services.AddOptions<ForwardedHeadersOptions>().Configure<IOptions<ProxyOptions>>((forwarded, proxies) =>
        {
            forwarded.KnownProxies.Clear();
            forwarded.KnownIPNetworks.Clear(); // it would believe whatever runs on this machine
            foreach (var network in proxies.Value.Networks) forwarded.KnownIPNetworks.Add(network);
            forwarded.ForwardLimit = null; // as far as known proxies reach; the first address that none of them is, is who asks
            // With none known the middleware would believe everybody.
            forwarded.ForwardedHeaders = forwarded.KnownIPNetworks.Count > 0
                ? ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedPrefix
                : ForwardedHeaders.None;
        });
    }
}
