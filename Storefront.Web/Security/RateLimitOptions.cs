using System.ComponentModel.DataAnnotations;

namespace Storefront.Web.Security;

/// <summary>
/// Section <c>RateLimits</c>: what one address may ask for within a minute. An IPv6 address counts with its whole /64, as one person has
/// that many.
/// </summary>
public sealed class RateLimitOptions
{
    /// <summary>
    /// Unset: everywhere, but in Development for passwords alone, since load from one's own machine is a measurement and no attack.
    /// </summary>
    public bool? Enabled { get; set; }

    /// <summary>Whether others than those of passwords hold.</summary>
    public bool AreOn(IHostEnvironment environment) => Enabled ?? !environment.IsDevelopment();

    /// <summary>Forms about an account sent by one address. Default 20.</summary>
    [Range(1, 1_000_000)]
    public int AccountFormsPerMinute { get; set; } = 20;

    /// <summary>Passwords that one client tries for one account. Default 10.</summary>
    [Range(1, 1_000_000)]
    public int PasswordsPerAccountPerMinute { get; set; } = 10;

    /// <summary>Orders placed, in the shop or by the API. Default 60.</summary>
    [Range(1, 1_000_000)]
    public int OrdersPerMinute { get; set; } = 60;

    /// <summary>Orders with one email address within an hour, from wherever: each sends a mail there. Default 6.</summary>
    [Range(1, 1_000_000)]
    public int OrdersPerInboxPerHour { get; set; } = 6;

    /// <summary>Products put into carts, and carts changed. Default 120.</summary>
    [Range(1, 1_000_000)]
    public int CartFormsPerMinute { get; set; } = 120;

    /// <summary>Connections that one address holds at a time. Proxies of ours are not counted. Default 200.</summary>
    [Range(1, 1_000_000)]
    public int ConnectionsPerAddress { get; set; } = 200;

    /// <summary>Catalogue searches and pages of the API's catalogue. Default 120.</summary>
    [Range(1, 1_000_000)]
    public int SearchesPerMinute { get; set; } = 120;

    /// <summary>Orders looked up or cancelled. Default 240.</summary>
    [Range(1, 1_000_000)]
    public int LookupsPerMinute { get; set; } = 240;
}
