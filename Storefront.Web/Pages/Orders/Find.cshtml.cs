using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Storefront.Jobs.Email;
using Storefront.Web.Checkout;
using Storefront.Web.Identity;

namespace Storefront.Web.Pages.Orders;

/// <summary>The answer is the same whether or not there is such an order: only the mail's reader learns that.</summary>
public sealed class FindModel(OrderLinks links, LinkPace pace) : PageModel
{
    /// <summary>As typed, so that it can be shown again.</summary>
    [BindProperty]
    public string? Number { get; set; }

    [BindProperty]
    public string? Email { get; set; }

    public bool Sent { get; private set; }

    /// <summary>Sentences by field.</summary>
    public Dictionary<string, string> Wrong { get; } = [];

    public void OnGet(bool sent) => Sent = sent;

    public async Task<IActionResult> OnPostAsync(CancellationToken cancel)
    {
        var number = Read(Number);
        if (number is null) Wrong["number"] = "Enter the order number, for example 10001.";
        var email = EmailAddress.Read(Email);
        if (email is null) Wrong["email"] = CheckoutRules.NoEmail;
        if (Wrong.Count > 0)
        {
            Response.StatusCode = StatusCodes.Status422UnprocessableEntity;
            return Page();
        }

        if (pace.Allows(email!)) await links.SendAsync(number!.Value, email!, cancel);
        return new SeeOther(Url.Page("/Orders/Find", new { sent = true })!);
    }

    /// <summary>As people copy it: <c>10001</c>, <c>No. 10001</c>, <c>#10 001</c>.</summary>
    private static long? Read(string? typed) =>
        long.TryParse(string.Concat((typed ?? "").Where(char.IsAsciiDigit)), NumberStyles.None, CultureInfo.InvariantCulture,
            out var number) ? number : null;
}
