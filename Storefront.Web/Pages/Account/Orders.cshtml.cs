using System.Security.Claims;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Storefront.Jobs.Orders;

namespace Storefront.Web.Pages.Account;

/// <summary>
/// All orders of the account's address, those of a guest too. Nobody has an account without having read a mail to its address,
/// so nobody sees another's orders by claiming to be them.
/// </summary>
[Authorize]
public sealed class OrdersModel(OrdersOfAddress orders) : PageModel
{
    private const int PageSize = 20;

    [BindProperty(SupportsGet = true)]
    public long? Before { get; set; }

    public string Email { get; private set; } = "";
    public IReadOnlyList<OrderSummary> Orders { get; private set; } = [];

    /// <summary>For <see cref="Before"/>; null on the last page.</summary>
    public long? Older { get; private set; }

    public async Task OnGetAsync(CancellationToken cancel)
    {
        Email = User.FindFirstValue(ClaimTypes.Email)!;
        var page = await orders.ReadAsync(Email, Before, PageSize + 1, cancel);
        Orders = [.. page.Take(PageSize)];
        Older = page.Count > PageSize ? Orders[^1].Number : null;
    }
}
