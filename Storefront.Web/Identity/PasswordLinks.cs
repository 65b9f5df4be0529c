using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using Storefront.Jobs.Email;
using Storefront.Jobs.Orders;
using Storefront.Web.Security;

namespace Storefront.Web.Identity;

/// <summary>
/// The way into an account, new or forgotten, leads through its address's inbox. So there is no account whose address nobody has shown to
/// be theirs, and no answer of ours tells who has one.
/// </summary>
public sealed class PasswordLinks(
    AccountLinks mail, LinkPace pace, UserManager<IdentityUser> users, IDataProtectionProvider protection, IOptions<ShopOptions> shop,
    TimeProvider clock)
{
    private static readonly TimeSpan Life = TimeSpan.FromDays(1);

    // In a link that an admin has sent.
    private const string ForStaff = "staff";

    private readonly ITimeLimitedDataProtector seal = protection.CreateProtector("Storefront.Web.Accounts.PasswordLinks", "v1")
        .ToTimeLimitedDataProtector();

    public async Task SendAsync(string email, CancellationToken cancel)
    {
        if (pace.Allows(email)) await SendAsync(email, await MakeAsync(email, ""), cancel);
    }

    /// <summary>A link by which a member of the staff chooses a password. Only an admin has it made.</summary>
    public Task<Uri> MakeForStaffAsync(string email) => MakeAsync(email, ForStaff);

    public Task SendToStaffAsync(string email, Uri link, CancellationToken cancel) => SendAsync(email, link, cancel);

    /// <summary>
    /// Who followed a link; null when it is too old or was used. Staff cannot have one sent to themselves: whoever reads their mails is not
    /// to get into the back office.
    /// </summary>
    public async Task<LinkHolder?> OpenAsync(string? code)
    {
        if (seal.TryUnprotect(code ?? "")?.Split('\n') is not [var stamp, var email, .. var rest]) return null;
        var user = await users.FindByEmailAsync(email);
        // Every change of the password makes another stamp, so that a link is good for one.
        if (Stamp(user) != stamp) return null;
        return user is not null && rest is not [ForStaff] && (await users.GetRolesAsync(user)).Count > 0 ? null : new(email, user);
    }

    private async Task<Uri> MakeAsync(string email, string kind)
    {
        var code = seal.Protect($"{Stamp(await users.FindByEmailAsync(email))}\n{email}\n{kind}", clock.GetUtcNow() + Life);
        return shop.Value.Page($"account/password?code={Uri.EscapeDataString(code)}");
    }

    private Task SendAsync(string email, Uri link, CancellationToken cancel) =>
        mail.SendAsync(email, link, clock.GetUtcNow() + Life, cancel);

    private static string Stamp(IdentityUser? user) => user?.SecurityStamp ?? "";
}

/// <param name="User">Null where there is no account yet.</param>
public sealed record LinkHolder(string Email, IdentityUser? User);
