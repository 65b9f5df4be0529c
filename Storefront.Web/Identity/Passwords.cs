using Microsoft.AspNetCore.Identity;
using Npgsql;
using Storefront.Jobs.Database;

namespace Storefront.Web.Identity;

/// <summary>Sets the password of somebody who came by a link of ours, and opens their account where there is none.</summary>
public sealed class Passwords(UserManager<IdentityUser> users, NpgsqlDataSource database)
{
    /// <summary>The account, or what is wrong with the password.</summary>
    public async Task<(IdentityUser? User, string? Wrong)> SetAsync(LinkHolder holder, string password)
    {
        // People sign in by address alone; a user name may not hold every sign that an address may.
        var user = holder.User ?? new IdentityUser { UserName = Guid.NewGuid().ToString("N"), Email = holder.Email };
        foreach (var rule in users.PasswordValidators)
        {
            var verdict = await rule.ValidateAsync(users, user, password);
            if (!verdict.Succeeded) return (null, string.Join(" ", verdict.Errors.Select(error => error.Description)));
        }

        user.EmailConfirmed = true;
        user.PasswordHash = users.PasswordHasher.HashPassword(user, password);
        user.LockoutEnd = null;
        user.AccessFailedCount = 0;
        var done = holder.User is null ? await users.CreateAsync(user) : await users.UpdateSecurityStampAsync(user);
        // Whoever signed in with the password before is out at once.
        await database.ExecuteAsync("delete from shop.sessions where user_id = $1", [user.Id], CancellationToken.None);
        // Two windows with one link: whoever is second finds the account made, and the link used.
        return done.Succeeded ? (user, null) : (null, "The password was just set in another window. Sign in with that password.");
    }
}
