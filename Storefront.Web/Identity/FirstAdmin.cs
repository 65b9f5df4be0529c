using System.Security.Cryptography;
using Microsoft.AspNetCore.Identity;
using Storefront.Web.Settings;

namespace Storefront.Web.Identity;

/// <summary>
/// Makes the first admin at start where there is none: from the configuration, or in Development with a password of its own. A published
/// shop has no folder to keep such a password in, and makes none.
/// </summary>
internal sealed class FirstAdmin(
    UserManager<IdentityUser> users, RoleManager<IdentityRole> roles, IConfiguration configuration, IHostEnvironment environment,
    SandboxStatus sandbox)
{
    private const string DefaultEmail = "admin@storefront.example";

    /// <summary>How to sign in as the admin made here, for the lines printed at start; null where the password is somebody's own.</summary>
    public async Task<(string Email, string Password)?> EnsureAsync()
    {
        foreach (var role in Roles.All)
            if (!await roles.RoleExistsAsync(role)) Check(await roles.CreateAsync(new IdentityRole(role)));

        var (email, password) = (configuration["Admin:Email"], configuration["Admin:Password"]);
        if (!string.IsNullOrWhiteSpace(email) && !string.IsNullOrWhiteSpace(password))
        {
            await CreateUnlessKnownAsync(email, password);
            return null;
        }

        return environment.IsDevelopment() && sandbox.DataDirectory is { } folder ? await GeneratedAsync(folder) : null;
    }

    // Kept beside the sandbox's other data, readable by its owner only, so that the second start can still say it.
    private async Task<(string Email, string Password)?> GeneratedAsync(string folder)
    {
        var file = Path.Combine(folder, "admin-password");
        if (await users.FindByEmailAsync(DefaultEmail) is { } known)
        {
            var kept = File.Exists(file) ? (await File.ReadAllTextAsync(file)).Trim() : null;
            return kept is not null && await users.CheckPasswordAsync(known, kept) ? (DefaultEmail, kept) : null;
        }

        var password = string.Join('-',
            Enumerable.Range(0, 4).Select(_ => RandomNumberGenerator.GetString("abcdefghjkmnpqrstuvwxyz23456789", 4)));
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(file, password + Environment.NewLine);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await CreateUnlessKnownAsync(DefaultEmail, password);
        return (DefaultEmail, password);
    }

    private async Task CreateUnlessKnownAsync(string email, string password)
    {
        if (await users.FindByEmailAsync(email) is not null) return;
        var user = new IdentityUser { UserName = email, Email = email, EmailConfirmed = true };
        Check(await users.CreateAsync(user, password));
        Check(await users.AddToRoleAsync(user, Roles.Admin));
    }

    private static void Check(IdentityResult result)
    {
        if (!result.Succeeded)
            throw new SettingFault(
                $"The admin of settings Admin:Email and Admin:Password could not be made: "
                    + $"{string.Join(" ", result.Errors.Select(error => error.Description))}");
    }
}
