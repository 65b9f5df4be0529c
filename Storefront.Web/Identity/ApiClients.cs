using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Caching.Memory;
using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Jobs.Orders;
using Storefront.Web.Security;

namespace Storefront.Web.Identity;

/// <summary>
/// The keys of programs that call the API. A key is shown once, when it is made; a revoked one is refused within <see cref="Remembered"/>.
/// </summary>
public sealed class ApiClients(NpgsqlDataSource database, IMemoryCache cache)
{
    /// <summary>For so long a process does not ask Postgres again about a key.</summary>
    public static readonly TimeSpan Remembered = TimeSpan.FromSeconds(5);

    /// <summary>What each key begins with, so that one that is found somewhere is known for what it is.</summary>
    private const string Prefix = "storefront_";

    public sealed record Client(
        Guid Id, string Name, IReadOnlyList<string> Scopes, int OrdersPerMinute, DateTimeOffset MadeAt, string MadeBy,
        DateTimeOffset? LastUsedAt, DateTimeOffset? RevokedAt, string? RevokedBy);

    /// <summary>The newest first, those that are revoked last.</summary>
    public Task<List<Client>> ListAsync(CancellationToken cancel) => database.ReadAsync("""
        select id, name, scopes, orders_per_minute, made_at, made_by, last_used_at, revoked_at, revoked_by
        from shop.api_clients order by revoked_at is not null, made_at desc
        """, [], row => new Client(
            row.GetGuid(0), row.GetString(1), row.GetFieldValue<string[]>(2), row.GetInt32(3), row.GetFieldValue<DateTimeOffset>(4),
            row.GetString(5), row.GetFieldValue<DateTimeOffset?>(6), row.GetFieldValue<DateTimeOffset?>(7), row.TextOrNull(8)), cancel);

    /// <returns>The key, which nobody can read again; or why there is none.</returns>
    public async Task<(string? Key, string? Refusal)> MakeAsync(
        string? name, IReadOnlyList<string> scopes, int ordersPerMinute, string who, CancellationToken cancel)
    {
        if (name?.Trim() is not { Length: > 0 and <= 100 } named) return (null, "Enter a name of at most 100 characters.");
        scopes = [.. scopes.Distinct()];
        if (scopes.Count == 0 || scopes.Except(ApiScope.All).Any()) return (null, "Choose what the program may do.");
        if (ordersPerMinute is < 1 or > 1_000_000) return (null, "Enter how many orders a minute it may place: 1 to 1,000,000.");
        var key = Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        await database.ExecuteAsync("""
            with made as (
                insert into shop.api_clients (id, name, key_hash, scopes, orders_per_minute, made_by) values ($1, $2, $3, $4, $5, $6)
                returning 1)
            insert into orders.audit (who, action, subject)
            select $6, $7, left('make ' || $2 || ': ' || array_to_string($4, ', '), 200) from made
            """, [Guid.NewGuid(), named, Hash(key), scopes.ToArray(), ordersPerMinute, who, AuditAction.ApiKey], cancel);
        return (key, null);
    }

    /// <returns>Null: it is revoked.</returns>
    public async Task<string?> RevokeAsync(Guid id, string who, CancellationToken cancel) => await database.ExecuteAsync("""
        with revoked as (
            update shop.api_clients set revoked_at = now(), revoked_by = $2 where id = $1 and revoked_at is null returning name)
        insert into orders.audit (who, action, subject) select $2, $3, 'revoke ' || name from revoked
        """, [id, who, AuditAction.ApiKey], cancel) == 1 ? null : "This key is revoked already.";

    /// <summary>Whose key it is; null: nobody's, or revoked.</summary>
    public async Task<ApiCaller?> FindAsync(string key, CancellationToken cancel)
    {
        if (!key.StartsWith(Prefix, StringComparison.Ordinal) || key.Length > 100) return null;
        if (cache.TryGetValue((typeof(ApiClients), key), out ApiCaller? known)) return known;
        // Keys of nobody are not remembered: somebody who makes them up would fill the memory with them.
        return await ReadAsync(key, cancel) is { } found ? cache.Set((typeof(ApiClients), key), found, Remembered) : null;
    }

    // When it was last used is known to the minute: a write for each call would be too much.
    private async Task<ApiCaller?> ReadAsync(string key, CancellationToken cancel) => (await database.ReadAsync("""
        with found as (select id, name, scopes, orders_per_minute from shop.api_clients where key_hash = $1 and revoked_at is null),
        used as (
            update shop.api_clients c set last_used_at = now() from found
            where c.id = found.id and (c.last_used_at is null or c.last_used_at < now() - interval '1 minute'))
        select id, name, scopes, orders_per_minute from found
        """, [Hash(key)], row => new ApiCaller(row.GetGuid(0), row.GetString(1), row.GetFieldValue<string[]>(2), row.GetInt32(3)), cancel))
        .SingleOrDefault();

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
