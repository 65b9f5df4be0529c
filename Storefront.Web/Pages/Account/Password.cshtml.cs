using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Storefront.Web.Identity;

namespace Storefront.Web.Pages.Account;

/// <summary>Whoever has the address of this page may choose the password, so nothing may keep it or pass it on.</summary>
internal sealed class PasswordModel(
    PasswordLinks links, Passwords passwords, SignInManager<IdentityUser> signIn, SignInAttempts attempts) : PageModel
{
    [BindProperty(SupportsGet = true)]
    public string? Code { get; set; }

    [BindProperty]
    public string? Password { get; set; }

    /// <summary>Null when the link is no good.</summary>
    public LinkHolder? Holder { get; private set; }

    public string? Wrong { get; private set; }

    public async Task OnGetAsync() => Holder = await links.OpenAsync(Code);

    public async Task<IActionResult> OnPostAsync(CancellationToken cancel)
    {
        if ((Holder = await links.OpenAsync(Code)) is null) return Page();
        var (user, wrong) = await passwords.SetAsync(Holder, Password ?? "");
        if (user is null)
        {
            Wrong = wrong;
            Response.StatusCode = StatusCodes.Status422UnprocessableEntity;
            return Page();
        }

        // Who has come by a link is known from now on, whatever others have tried.
        await attempts.SucceededAsync(HttpContext, user.Email!, cancel);
        if ((await signIn.PasswordSignInAsync(user, Password!, isPersistent: false, lockoutOnFailure: false)).RequiresTwoFactor)
            return RedirectToPage("SecondFactor");
        return new SeeOther(Url.Page("/Account/Orders")!);
    }
}
