using System.Diagnostics;
using System.Text.RegularExpressions;
using OpenTelemetry;

namespace Storefront.Web.Telemetry;

/// <summary>Whoever reads traces is not to read what opens an order's page.</summary>
internal sealed partial class NoKeysInTraces : BaseProcessor<Activity>
{
    private static readonly string[] Addresses = ["url.path", "url.full", "http.target", "http.url"];

    public override void OnEnd(Activity data)
    {
        foreach (var name in Addresses)
            if (data.GetTagItem(name) is string address && Key().Replace(address, "/orders/{id}") is var plain && plain != address)
                data.SetTag(name, plain);
    }

    [GeneratedRegex("/orders/[({]?[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}[)}]?")]
    private static partial Regex Key();
}

/// <summary>
/// Each request has a trace, whose id is in the log, on error pages and with each call to a partner, also where nobody collects traces.
/// ASP.NET Core begins one only if somebody listens.
/// </summary>
internal static class RequestActivities
{
    private static readonly ActivityListener Listener = new()
    {
        ShouldListenTo = source => source.Name == "Microsoft.AspNetCore",
        Sample = (ref _) => ActivitySamplingResult.PropagationData,
    };

    public static void Begin() => ActivitySource.AddActivityListener(Listener);
}
