using Microsoft.Extensions.Options;
using Npgsql;
using Storefront.Jobs.Orders;
using Storefront.Web.Identity;

namespace Storefront.Web.Hosting;

/// <summary>What may stand in the settings of a developer's machine and not in front of the world.</summary>
internal sealed class ProductionRules(IConfiguration settings, EffectCatalogue effects, IHostEnvironment environment)
    : IValidateOptions<AdminOptions>
{
    private const int ShortestPassword = 15;

    // What the sandbox, the examples and the tests call a key.
    private static readonly HashSet<string> WellKnown = new(StringComparer.OrdinalIgnoreCase)
    {
        "sandbox", "test", "test-key", "key", "secret", "password", "changeme", "change-me", "default", "none", "benchmark", "rig", "demo",
    };

    /// <summary>Looked at with all the other settings, so that everything that is wrong is said at once.</summary>
    public ValidateOptionsResult Validate(string? name, AdminOptions options) =>
        environment.IsProduction() && Broken().ToList() is { Count: > 0 } broken
            ? ValidateOptionsResult.Fail(broken) : ValidateOptionsResult.Success;

    private IEnumerable<string> Broken()
    {
        foreach (var section in effects.Present.Select(partner => partner.Section))
        {
            if (Uri.TryCreate(settings[$"{section}:BaseUrl"], UriKind.Absolute, out var url) && url.Scheme != Uri.UriSchemeHttps)
                yield return $"Setting {section}:BaseUrl is not https, which Production asks for: keys and people's data travel there.";
            if (WellKnown.Contains(settings[$"{section}:ApiKey"] ?? ""))
                yield return $"Setting {section}:ApiKey is an example that everybody knows: give the key of this shop.";
        }

        if (settings["Alerts:Webhook:Url"] is { Length: > 0 } alerts && !alerts.StartsWith("https://", StringComparison.OrdinalIgnoreCase))
            yield return "Setting Alerts:Webhook:Url is not https, which Production asks for.";
        if (string.IsNullOrWhiteSpace(settings["DataProtection:Key"]))
            yield return "Setting DataProtection:Key is missing: give 32 random bytes as base64, which \"openssl rand -base64 32\" makes. "
                + "They seal the keys of all cookies.";
        if (settings["Admin:Password"] is { Length: > 0 } password && (password.Length < ShortestPassword || WellKnown.Contains(password)))
            yield return $"Setting Admin:Password is shorter than {ShortestPassword} characters, or an example that everybody knows: "
                + $"choose another one.";
        if (Database() is { Host: { } host, SslMode: < SslMode.Require } && !IsThisMachine(host))
            yield return $"Setting {DatabaseRegistration.Setting} reaches another machine without demanding TLS: add \"SSL "
                + $"Mode=VerifyFull\".";
    }

    private NpgsqlConnectionStringBuilder? Database()
    {
        try
        {
            return new(settings[DatabaseRegistration.Setting]);
        }
        catch (ArgumentException)
        {
            return null; // which is said where it is read
        }
    }

    private static bool IsThisMachine(string host) =>
        host.Split(',')
            .All(one => one.StartsWith('/') || one == "localhost"
                || (System.Net.IPAddress.TryParse(one.Split(':')[0], out var address) && System.Net.IPAddress.IsLoopback(address)));
}

internal static class ProductionRulesRegistration
{
    public static void AddProductionRules(this IServiceCollection services) =>
        services.AddSingleton<IValidateOptions<AdminOptions>, ProductionRules>();
}
