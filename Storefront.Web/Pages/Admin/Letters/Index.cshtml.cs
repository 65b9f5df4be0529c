using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Storefront.Web.Pages.Admin.Letters;

/// <summary>
/// A mail as its partner gets it. The body comes as a document of its own, whose policy is a sandbox without scripts, forms or requests:
/// whatever a shopper's name may hold, it runs nowhere.
/// </summary>
public sealed class IndexModel(Storefront.Jobs.BackOffice.Failures failures) : PageModel
{
    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    [BindProperty(SupportsGet = true)]
    public string Effect { get; set; } = "";

    public Storefront.Jobs.BackOffice.Failures.Letter? Letter { get; private set; }

    public async Task<IActionResult> OnGetAsync(CancellationToken cancel)
    {
        Letter = await failures.LetterAsync(Id, Effect, cancel);
        return Letter is null ? NotFound() : Page();
    }

    public async Task<IActionResult> OnGetBodyAsync(CancellationToken cancel)
    {
        if (await failures.LetterAsync(Id, Effect, cancel) is not { } letter) return NotFound();
        Response.Headers.ContentSecurityPolicy =
            "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'";
        return Content(letter.Html, "text/html; charset=utf-8");
    }
}
