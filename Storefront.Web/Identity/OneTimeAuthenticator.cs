using System.Globalization;
using Microsoft.AspNetCore.Identity;

namespace Storefront.Web.Identity;

/// <summary>
/// An authenticator's codes, each good once (RFC 6238, 5.2): whoever looked over a shoulder cannot use what was typed. Of two at the same
/// instant, the user's concurrency stamp lets one through.
/// </summary>
internal sealed class OneTimeAuthenticator(TimeProvider time) : AuthenticatorTokenProvider<IdentityUser>
{
    private const string Owner = "storefront";
    private const string Name = "used-codes";

    private static readonly TimeSpan Validity = TimeSpan.FromMinutes(3); // Identity takes codes of two steps of 30 s before and after

    public override async Task<bool> ValidateAsync(string purpose, string token, UserManager<IdentityUser> manager, IdentityUser user)
    {
        if (!await base.ValidateAsync(purpose, token, manager, user)) return false;

        var now = time.GetUtcNow();
        var used = Read(await manager.GetAuthenticationTokenAsync(user, Owner, Name)).Where(code => code.At > now - Validity).ToList();
        if (used.Any(code => code.Digits == token)) return false;
        return (await manager.SetAuthenticationTokenAsync(user, Owner, Name, Write([.. used, (token, now)]))).Succeeded;
    }

    private static IEnumerable<(string Digits, DateTimeOffset At)> Read(string? text) =>
        from code in (text ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries)
        let parts = code.Split('@')
        select (parts[0], DateTimeOffset.FromUnixTimeSeconds(long.Parse(parts[1], CultureInfo.InvariantCulture)));

    private static string Write(IEnumerable<(string Digits, DateTimeOffset At)> codes) =>
        string.Join(' ', codes.Select(code => string.Create(CultureInfo.InvariantCulture, $"{code.Digits}@{code.At.ToUnixTimeSeconds()}")));
}
