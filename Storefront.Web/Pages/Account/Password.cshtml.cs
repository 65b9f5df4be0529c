using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Storefront.Web.Identity;

namespace Storefront.Web.Pages.Account;

/// <summary>Whoever has the address of this page may choose the password, so nothing may keep it or pass it on.</summary>
public sealed class PasswordModel(PasswordLinks links, Passwords passwords, SignInManager<IdentityUser> signIn) : PageModel
{
    [BindProperty(SupportsGet = true)]
    public string? Code { get; set; }

    [BindProperty]
    public string? Password { get; set; }

    /// <summary>Null when the link is no good.</summary>
    public LinkHolder? Holder { get; private set; }

    public string? Wrong { get; private set; }

    public async Task OnGetAsync() => Holder = await links.OpenAsync(Code);

    public async Task<IActionResult> OnPostAsync()
    {
        if ((Holder = await links.OpenAsync(Code)) is null) return Page();
        var (user, wrong) = await passwords.SetAsync(Holder, Password ?? "");
        if (user is null)
        {
            Wrong = wrong;
            Response.StatusCode = StatusCodes.Status422UnprocessableEntity;
            return Page();
        }

        await signIn.SignInAsync(user, isPersistent: false);
        return new SeeOther(Url.Page("/Account/Orders")!);
    }
}
