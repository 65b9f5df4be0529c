using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Storefront.Web.Identity;
using Storefront.Web.Security;

namespace Storefront.Web.Pages.Account;

/// <summary>The second half of signing in, for who has given the right password a moment ago.</summary>
internal sealed class SecondFactorModel(SignInManager<IdentityUser> signIn, SignInAttempts attempts, PasswordLimit limit) : PageModel
{
    [BindProperty]
    public string? Code { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? ReturnUrl { get; set; }

    public async Task<IActionResult> OnGetAsync() =>
        await signIn.GetTwoFactorAuthenticationUserAsync() is null ? RedirectToPage("SignIn") : Page();

    public async Task<IActionResult> OnPostAsync(CancellationToken cancel)
    {
        if (await signIn.GetTwoFactorAuthenticationUserAsync() is not { } user) return RedirectToPage("SignIn");
        if (limit.TryTake(user.Email!, attempts.ClientOf(HttpContext, user.Email!)) is { } after)
        {
            await RateLimits.TooManyAsync(HttpContext, after);
            return new EmptyResult();
        }

        if (await attempts.TryCodeAsync(HttpContext, user.Email!, cancel) && (await TryAsync((Code ?? "").Trim())).Succeeded)
        {
            await attempts.SucceededAsync(HttpContext, user.Email!, cancel);
            return LocalRedirect(Url.IsLocalUrl(ReturnUrl) ? ReturnUrl : "~/admin");
        }

        ModelState.AddModelError("",
            "This code is not correct, or there were too many attempts. After too many attempts, wait 15 minutes.");
        return Page();
    }

    private Task<Microsoft.AspNetCore.Identity.SignInResult> TryAsync(string code) =>
        code.Length == 0 ? Task.FromResult(Microsoft.AspNetCore.Identity.SignInResult.Failed)
        // A recovery code has letters too, and may have six digits among them.
        : !code.Any(char.IsAsciiLetter) && AuthenticatorModel.Digits(code) is { Length: 6 } digits
        ? signIn.TwoFactorAuthenticatorSignInAsync(digits, isPersistent: false, rememberClient: false)
        : signIn.TwoFactorRecoveryCodeSignInAsync(code);
}
