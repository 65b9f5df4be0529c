using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Storefront.Web.Database;
using Storefront.Web.Security;

namespace Storefront.Web.Identity;

/// <summary>Identity's store, except that who reads the database learns no authenticator's secret.</summary>
internal sealed class SealedUserStore(ShopDb db, IDataProtectionProvider protection, IdentityErrorDescriber? describer = null)
    : UserStore<IdentityUser, IdentityRole, ShopDb>(db, describer)
{
    private readonly IDataProtector protector = protection.CreateProtector("authenticator");

    public override Task SetAuthenticatorKeyAsync(IdentityUser user, string key, CancellationToken cancellationToken) =>
        base.SetAuthenticatorKeyAsync(user, protector.Protect(key), cancellationToken);

    /// <returns>Null where it cannot be opened any more: then no code is right, and a recovery code is the way in.</returns>
    public override async Task<string?> GetAuthenticatorKeyAsync(IdentityUser user, CancellationToken cancellationToken) =>
        await base.GetAuthenticatorKeyAsync(user, cancellationToken) is { } secret ? protector.TryUnprotect(secret) : null;
}
