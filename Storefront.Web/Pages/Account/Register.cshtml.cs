using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Storefront.Jobs.Email;
using Storefront.Web.Checkout;
using Storefront.Web.Identity;

namespace Storefront.Web.Pages.Account;

/// <summary>For those without an account and those without their password alike: the answer must not tell one from the other.</summary>
public sealed class RegisterModel(PasswordLinks links) : PageModel
{
    [BindProperty]
    public string? Email { get; set; }

    public bool Sent { get; private set; }
    public string? Wrong { get; private set; }

    public void OnGet(bool sent) => Sent = sent;

    public async Task<IActionResult> OnPostAsync(CancellationToken cancel)
    {
        if (EmailAddress.Read(Email) is { } email)
        {
            await links.SendAsync(email, cancel);
            return new SeeOther(Url.Page("/Account/Register", new { sent = true })!);
        }

        Wrong = CheckoutRules.NoEmail;
        Response.StatusCode = StatusCodes.Status422UnprocessableEntity;
        return Page();
    }
}
