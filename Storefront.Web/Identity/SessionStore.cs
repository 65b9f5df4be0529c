using System.Buffers.Text;
using System.Runtime.ExceptionServices;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.DataProtection;
using Npgsql;
using Storefront.Jobs.Database;

namespace Storefront.Web.Identity;

/// <summary>
/// Sessions are rows: the cookie holds nothing but a random key. Whoever signs out deletes the row, and the session is over on every
/// node at once, also for a copy of the cookie.
/// </summary>
internal sealed class SessionStore(NpgsqlDataSource database, IDataProtectionProvider protection) : ITicketStore
{
    private static readonly TimeSpan Longest = TimeSpan.FromHours(8);

    // The key of the session that ends when another one begins.
    private static readonly object Before = new();

    // Whoever signs in gets a new key: on these pages a session from before is neither seen nor taken over.
    private static readonly string[] WhereSessionsBegin = ["/account/sign-in", "/account/second-factor", "/account/password"];

    private readonly IDataProtector seal = protection.CreateProtector("Storefront.Web.Sessions", "v1");

    public async Task<string> StoreAsync(AuthenticationTicket ticket)
    {
        var key = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        await database.ExecuteAsync("""
            with swept as (delete from shop.sessions where expires_at < now()),
            signed_in as (
                insert into shop.last_sign_ins (user_id, at) values ($4, now()) on conflict (user_id) do update set at = now())
            insert into shop.sessions (id, ticket, expires_at, user_id) values ($1, $2, now() + $3, $4)
            """, [Id(key), Sealed(ticket), Lifetime(ticket), Holder(ticket)], CancellationToken.None);
        return key;
    }

    public async Task<string> StoreAsync(AuthenticationTicket ticket, HttpContext httpContext, CancellationToken cancellationToken)
    {
        if (httpContext.Items.Remove(Before, out var before)) await RemoveAsync((string)before!);
        return await StoreAsync(ticket);
    }

    public Task RenewAsync(string key, AuthenticationTicket ticket) => database.ExecuteAsync(
        "update shop.sessions set ticket = $2, expires_at = now() + $3 where id = $1 and user_id = $4",
        [Id(key), Sealed(ticket), Lifetime(ticket), Holder(ticket)], CancellationToken.None);

    public Task<AuthenticationTicket?> RetrieveAsync(string key) => FindAsync(key);

    /// <summary>
    /// While Postgres is away nobody is signed in, and <see cref="SessionRegistration.UseSessions"/> ends the request: thrown here, it
    /// would be thrown again by the page that says so.
    /// </summary>
    public async Task<AuthenticationTicket?> RetrieveAsync(string key, HttpContext httpContext, CancellationToken cancellationToken)
    {
        try
        {
            if (!WhereSessionsBegin.Any(page => httpContext.Request.Path.StartsWithSegments(page))) return await FindAsync(key);
            httpContext.Items[Before] = key;
            return null;
        }
        catch (NpgsqlException away)
        {
            httpContext.Items[typeof(SessionStore)] = ExceptionDispatchInfo.Capture(away);
            return null;
        }
    }

    public Task RemoveAsync(string key) =>
        database.ExecuteAsync("delete from shop.sessions where id = $1", [Id(key)], CancellationToken.None);

    private async Task<AuthenticationTicket?> FindAsync(string key)
    {
        const string sql = "select ticket from shop.sessions where id = $1 and expires_at > now()";
        try
        {
            return await database.AskAsync(sql, [Id(key)], CancellationToken.None) is byte[] ticket
                ? TicketSerializer.Default.Deserialize(seal.Unprotect(ticket)) : null;
        }
        catch (CryptographicException)
        {
            return null; // sealed with keys that are lost: they sign in again
        }
    }

    private byte[] Sealed(AuthenticationTicket ticket) => seal.Protect(TicketSerializer.Default.Serialize(ticket));

    private static TimeSpan Lifetime(AuthenticationTicket ticket) =>
        ticket.Properties is { IssuedUtc: { } from, ExpiresUtc: { } until } ? until - from : Longest;

    private static byte[] Id(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));

    private static string Holder(AuthenticationTicket ticket) => ticket.Principal.FindFirstValue(ClaimTypes.NameIdentifier)!;
}

internal static class SessionRegistration
{
    public static void AddSessions(this IServiceCollection services)
    {
        services.AddSingleton<SessionStore>();
        services.AddOptions<CookieAuthenticationOptions>(Microsoft.AspNetCore.Identity.IdentityConstants.ApplicationScheme)
            .Configure<SessionStore>((cookie, sessions) => cookie.SessionStore = sessions);
    }

    /// <summary>After authentication: a request whose session could not be read ends as one whose database is away.</summary>
    public static void UseSessions(this WebApplication app) => app.Use((http, next) =>
    {
        if (http.Items.Remove(typeof(SessionStore), out var away)) ((ExceptionDispatchInfo)away!).Throw();
        return next(http);
    });
}
