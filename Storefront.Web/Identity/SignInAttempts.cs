using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.DataProtection;
using Npgsql;
using Storefront.Web.Security;

namespace Storefront.Web.Identity;

/// <summary>
/// How often somebody may try to sign in: five times in 15 minutes by one client to one account, and as often to enter a code of the second
/// factor. A client is a browser that has signed in to that account before, or else a network address. Whoever tries other people's
/// accounts locks out nobody but themselves. Email addresses without an account are counted like those with one, or the answers would
/// differ.
/// </summary>
/// <remarks>OWASP, Authentication Cheat Sheet, and its "Slow Down Online Guessing Attacks with Device Cookies".</remarks>
internal sealed class SignInAttempts(NpgsqlDataSource database, IDataProtectionProvider protection)
{
    public const int Most = 5;

    /// <summary>Of all clients together that have never signed in to the account.</summary>
    public const int MostOfStrangers = 100;

    /// <summary>The same for codes. There are a million of them, and whoever gets to enter one has the password already.</summary>
    public const int MostCodesOfStrangers = 20;

    private const string Codes = "codes ";

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(15);

    private readonly HostCookie cookie = new("storefront-device") { SameSite = SameSiteMode.Strict, MaxAge = TimeSpan.FromDays(365) };
    private readonly IDataProtector seal = protection.CreateProtector("Storefront.Web.Device", "v1");

    /// <summary>Counts an attempt before it is made, so that many at once are not more than many in turn.</summary>
    /// <returns>False: too many; the password is not even looked at.</returns>
    public Task<bool> TryPasswordAsync(HttpContext http, string email, CancellationToken cancel) =>
        TryAsync(http, email, what: "", MostOfStrangers, cancel);

    /// <inheritdoc cref="TryPasswordAsync"/>
    /// <returns>False: too many; the code is not even looked at.</returns>
    public Task<bool> TryCodeAsync(HttpContext http, string email, CancellationToken cancel) =>
        TryAsync(http, email, Codes, MostCodesOfStrangers, cancel);

    /// <summary>The attempts of this client are forgotten, and its browser is known from now on.</summary>
    public async Task SucceededAsync(HttpContext http, string email, CancellationToken cancel)
    {
        var client = ClientOf(http, email);
        await using var forget = Command(
            "delete from shop.failed_sign_ins where account = $1 and client in ($2, $3)", email, client, Codes + client);
        await forget.ExecuteNonQueryAsync(cancel);
        var device = IsKnown(http, email) ? Device(http)! : $"{Account(email)}:{Convert.ToHexString(RandomNumberGenerator.GetBytes(16))}";
        http.Response.Cookies.Append(cookie.Name!, seal.Protect(device), cookie.Build(http));
    }

    /// <summary>What is counted as one client of this account.</summary>
    public string ClientOf(HttpContext http, string email) =>
        IsKnown(http, email) ? Device(http)! : AskedFor.By(http.Connection.RemoteIpAddress);

    private async Task<bool> TryAsync(HttpContext http, string email, string what, int mostOfStrangers, CancellationToken cancel) =>
        await CountAsync(email, what + ClientOf(http, email), cancel) <= Most
        && (IsKnown(http, email) || await CountAsync(email, what + "strangers", cancel) <= mostOfStrangers);

    private bool IsKnown(HttpContext http, string email) =>
        Device(http)?.StartsWith(Account(email) + ":", StringComparison.Ordinal) == true;

    private string? Device(HttpContext http) =>
        http.Request.Cookies.TryGetValue(cookie.Name!, out var value) ? seal.TryUnprotect(value) : null;

    private async Task<int> CountAsync(string email, string client, CancellationToken cancel)
    {
        await using var count = Command("""
            with swept as (
                delete from shop.failed_sign_ins where (account, client) in (
                    select account, client from shop.failed_sign_ins where first_at < now() - $3 and account <> $1
                    for update skip locked))
            insert into shop.failed_sign_ins as kept (account, client, failures) values ($1, $2, 1)
            on conflict (account, client) do update set
                failures = case when kept.first_at < now() - $3 then 1 else kept.failures + 1 end,
                first_at = case when kept.first_at < now() - $3 then now() else kept.first_at end
            returning failures
            """, email, client);
        count.Parameters.Add(new() { Value = Window });
        return (int)(await count.ExecuteScalarAsync(cancel))!;
    }

    private NpgsqlCommand Command(string sql, string email, params ReadOnlySpan<string> clients)
    {
        var command = database.CreateCommand(sql);
        command.Parameters.Add(new() { Value = Convert.FromHexString(Account(email)) });
        foreach (var client in clients) command.Parameters.Add(new() { Value = SHA256.HashData(Encoding.UTF8.GetBytes(client)) });
        return command;
    }

    private static string Account(string email) =>
        Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(email.Trim().ToUpperInvariant())));
}
