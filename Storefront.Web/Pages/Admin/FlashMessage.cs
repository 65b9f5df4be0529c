using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Storefront.Web.Pages.Admin;

/// <summary>
/// After each action the page is shown anew, with one sentence about what came of it: going back or reloading repeats nothing.
/// </summary>
internal static class FlashMessage
{
    /// <param name="refusal">Null: it was done.</param>
    /// <param name="done">What to say when it was.</param>
    public static IActionResult Back(this PageModel page, string? refusal, string done, string url)
    {
        page.TempData[refusal is null ? "Said" : "Refused"] = refusal ?? done;
        return new SeeOther("~" + url);
    }
}
