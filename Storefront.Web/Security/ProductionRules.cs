using Npgsql;
using Storefront.Web.Hosting;

namespace Storefront.Web.Security;

/// <summary>What may stand in the settings of a developer's machine and not in front of the world.</summary>
internal static class ProductionRules
{
    private const int ShortestPassword = 15;

    // What the sandbox, the examples and the tests call a key.
    private static readonly HashSet<string> WellKnown = new(StringComparer.OrdinalIgnoreCase)
    {
        "sandbox", "test", "test-key", "key", "secret", "password", "changeme", "change-me", "default", "none", "benchmark", "rig", "demo",
    };

    /// <exception cref="SettingFault">Names every rule that is broken.</exception>
    public static void Check(IConfiguration settings, IHostEnvironment environment)
    {
        if (environment.IsProduction() && Broken(settings).ToList() is { Count: > 0 } broken) throw new SettingFault(string.Join(Environment.NewLine, broken));
    }

    private static IEnumerable<string> Broken(IConfiguration settings)
    {
        foreach (var partner in new[] { "Inventory", "Email", "Analytics" })
        {
            if (Uri.TryCreate(settings[$"Partners:{partner}:BaseUrl"], UriKind.Absolute, out var url) && url.Scheme != Uri.UriSchemeHttps)
                yield return $"Setting Partners:{partner}:BaseUrl is not https, which Production asks for: keys and people's data travel there.";
            if (WellKnown.Contains(settings[$"Partners:{partner}:ApiKey"] ?? ""))
                yield return $"Setting Partners:{partner}:ApiKey is an example that everybody knows: give the key of this shop.";
        }

        if (string.IsNullOrWhiteSpace(settings["DataProtection:Key"]))
            yield return "Setting DataProtection:Key is missing: give 32 random bytes as base64, which \"openssl rand -base64 32\" makes. They seal the keys of all cookies.";
        if (settings["Admin:Password"] is { Length: > 0 } password && (password.Length < ShortestPassword || WellKnown.Contains(password)))
            yield return $"Setting Admin:Password is shorter than {ShortestPassword} characters, or an example that everybody knows: choose another one.";
        if (new NpgsqlConnectionStringBuilder(settings[DatabaseRegistration.Setting]) is { Host: { } host, SslMode: < SslMode.Require } && !IsThisMachine(host))
            yield return $"Setting {DatabaseRegistration.Setting} reaches another machine without demanding TLS: add \"SSL Mode=VerifyFull\".";
    }

    private static bool IsThisMachine(string host) =>
        host.Split(',').All(one => one.StartsWith('/') || one == "localhost" || (System.Net.IPAddress.TryParse(one.Split(':')[0], out var address) && System.Net.IPAddress.IsLoopback(address)));
}
