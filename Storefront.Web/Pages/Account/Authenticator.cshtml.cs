using System.Globalization;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Storefront.Jobs.Orders;
using Storefront.Web.Identity;

namespace Storefront.Web.Pages.Account;

/// <summary>Where staff tie an authenticator app to their account. It counts only once it has shown a code.</summary>
[Authorize(Roles = $"{Roles.Viewer},{Roles.Operator},{Roles.Admin}")]
public sealed class AuthenticatorModel(SignInManager<IdentityUser> signIn, UserManager<IdentityUser> users, IUserStore<IdentityUser> store,
    IOptions<ShopOptions> shop)
    : PageModel
{
    private const int RecoveryCodes = 10;

    [BindProperty]
    public string? Code { get; set; }

    public bool Enrolled { get; private set; }

    /// <summary>For who cannot scan: in groups of four.</summary>
    public string Secret { get; private set; } = "";

    internal QrPicture Picture { get; private set; } = null!;

    /// <summary>Shown once, here and now: only their hashes are kept.</summary>
    public IReadOnlyList<string> NewRecoveryCodes { get; private set; } = [];

    public Task<IActionResult> OnGetAsync() => ShowAsync();

    public async Task<IActionResult> OnPostAsync()
    {
        var user = await UserAsync();
        if (user.TwoFactorEnabled || !await users.VerifyTwoFactorTokenAsync(user, TokenOptions.DefaultAuthenticatorProvider, Digits(Code)))
        {
            ModelState.AddModelError("",
                "This code is not correct. If this happens again, check the clock of your device.");
            return await ShowAsync();
        }

        await users.SetTwoFactorEnabledAsync(user, true);
        await signIn.SignInWithClaimsAsync(user, isPersistent: false, [SecondFactor.Shown]);
        return await ShowRecoveryCodesAsync(user);
    }

    public async Task<IActionResult> OnPostRecoveryCodesAsync()
    {
        if (!SecondFactor.WasShownBy(User)) return Forbid();
        return await ShowRecoveryCodesAsync(await UserAsync());
    }

    /// <summary>A new device: the old one is worth nothing from now on, and this session has to show the new one first.</summary>
    public async Task<IActionResult> OnPostAnewAsync()
    {
        if (!SecondFactor.WasShownBy(User)) return Forbid();
        var user = await UserAsync();
        await users.SetTwoFactorEnabledAsync(user, false);
        await users.ResetAuthenticatorKeyAsync(user);
        await signIn.SignInAsync(user, isPersistent: false);
        return RedirectToPage();
    }

    internal static string Digits(string? typed) => new([.. (typed ?? "").Where(char.IsAsciiDigit)]);

    private async Task<IActionResult> ShowRecoveryCodesAsync(IdentityUser user)
    {
        NewRecoveryCodes = [.. await users.GenerateNewTwoFactorRecoveryCodesAsync(user, RecoveryCodes) ?? []];
        return await ShowAsync();
    }

    private async Task<IActionResult> ShowAsync()
    {
        var user = await UserAsync();
        Enrolled = user.TwoFactorEnabled;
        if (Enrolled) return Page();

        if ((await users.GetAuthenticatorKeyAsync(user) ?? await NewSecretAsync(user)) is not { } secret) return RedirectToPage();
        Secret = string.Join(' ', secret.ToLowerInvariant().Chunk(4).Select(letters => new string(letters)));
        var (issuer, account) = (Uri.EscapeDataString(shop.Value.Name), Uri.EscapeDataString(user.Email!));
        Picture = QrPicture.Of(
            string.Create(CultureInfo.InvariantCulture, $"otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}&digits=6"));
        return Page();
    }

    // Without a new security stamp, unlike the manager's own method: to look at this page must not end the person's sessions.
    // Null: another window was faster, and its secret is stored.
    private async Task<string?> NewSecretAsync(IdentityUser user)
    {
        var secret = users.GenerateNewAuthenticatorKey();
        await ((IUserAuthenticatorKeyStore<IdentityUser>)store).SetAuthenticatorKeyAsync(user, secret, HttpContext.RequestAborted);
        try
        {
            return (await users.UpdateAsync(user)).Succeeded ? secret : null;
        }
        catch (DbUpdateException)
        {
            return null;
        }
    }

    private async Task<IdentityUser> UserAsync() =>
        await users.GetUserAsync(User) ?? throw new InvalidOperationException("Only who is signed in comes here.");
}
