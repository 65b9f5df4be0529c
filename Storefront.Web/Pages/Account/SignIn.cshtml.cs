using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Storefront.Jobs.Email;
using Storefront.Web.Identity;
using Storefront.Web.Security;

namespace Storefront.Web.Pages.Account;

internal sealed class SignInModel(
    SignInManager<IdentityUser> signIn, UserManager<IdentityUser> users, SignInAttempts attempts, PasswordLimit limit) : PageModel
{
    private const int LongestPassword = 256;

    [BindProperty, Required(ErrorMessage = "Enter your email address.")]
    [StringLength(EmailAddress.MaxLength, ErrorMessage = "Enter your email address.")]
    public string Email { get; set; } = "";

    [BindProperty, Required(ErrorMessage = "Enter your password."), DataType(DataType.Password)]
    [StringLength(LongestPassword, ErrorMessage = "Enter your password.")]
    public string Password { get; set; } = "";

    [BindProperty(SupportsGet = true)]
    public string? ReturnUrl { get; set; }

    public async Task<IActionResult> OnPostAsync(CancellationToken cancel)
    {
        if (!ModelState.IsValid) return Page();
        var email = EmailAddress.Read(Email) ?? Email;
        if (limit.TryTake(email, attempts.ClientOf(HttpContext, email)) is { } after)
        {
            await RateLimits.TooManyAsync(HttpContext, after);
            return new EmptyResult();
        }

        var user = await users.FindByEmailAsync(email);
        var result = await attempts.TryPasswordAsync(HttpContext, email, cancel) && user is { PasswordHash: not null }
            && !await users.IsLockedOutAsync(user)
            ? await signIn.PasswordSignInAsync(user, Password, isPersistent: false, lockoutOnFailure: false)
            : NotEvenTried();
        if (result.RequiresTwoFactor) return RedirectToPage("SecondFactor", new { ReturnUrl });
        if (result.Succeeded)
        {
            await attempts.SucceededAsync(HttpContext, email, cancel);
            return LocalRedirect(Url.IsLocalUrl(ReturnUrl) ? ReturnUrl : await HomeAsync(user!));
        }

        // One sentence for every reason: it must not tell who has an account here.
        ModelState.AddModelError("",
            "Email and password do not match, or there were too many attempts. After too many attempts, wait 15 minutes.");
        return Page();
    }

    // As much work as a wrong password makes, or the time it takes would tell who has an account, and which one is locked.
    private Microsoft.AspNetCore.Identity.SignInResult NotEvenTried()
    {
        users.PasswordHasher.HashPassword(new IdentityUser(), Password);
        return Microsoft.AspNetCore.Identity.SignInResult.Failed;
    }

    private async Task<string> HomeAsync(IdentityUser user) => (await users.GetRolesAsync(user)).Count > 0 ? "~/admin" : "~/account/orders";
}
