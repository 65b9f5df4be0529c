using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Storefront.Jobs.BackOffice;
using Storefront.Jobs.Orders;
using Storefront.Web.Identity;

namespace Storefront.Web.Pages.Admin.Orders;

/// <summary>Everything that is known of one order, here and at the partners, and what may be done about it.</summary>
public sealed class DetailsModel(
    OrderStore orders, OrderStory story, OrderInquiry inquiry, OperatorActions actions, EffectCatalogue effects)
    : PageModel
{
    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    public Order Order { get; private set; } = null!;
    public IReadOnlyList<OrderStory.Entry> Ledger { get; private set; } = [];
    public IReadOnlyList<OrderStory.Event> Story { get; private set; } = [];
    public IReadOnlyList<OrderInquiry.Answer> Answers { get; private set; } = [];
    /// <summary>Accepted by a partner that answers no questions about it.</summary>
    public IEnumerable<OrderStory.Entry> Unasked =>
        Ledger.Where(entry => entry.Reference is not null && !inquiry.CanBeAsked(entry.Effect));

    public bool MayCancel => Order.Status == OrderStatus.Placed;
    public bool MayRelease => Order.Status is OrderStatus.Rejected or OrderStatus.Failed or OrderStatus.Cancelled;

    public bool MaySend(OrderStory.Entry entry) => effects.HasPartnerOf(entry.Effect) && entry.State switch
    {
        DeliveryState.Dead => true,
        DeliveryState.Pending => entry.NextAttemptAt is not null,
        DeliveryState.Delivered => effects.MaySendAgain(entry.Effect),
        _ => false,
    };

    public string PartnerOf(OrderStory.Entry entry) => effects.NameOfPartner(entry.Effect);

    public bool MayDiscard(OrderStory.Entry entry) => entry.State == DeliveryState.Dead
        || entry.State == DeliveryState.Pending && (entry.NextAttemptAt is not null || effects.IsWithoutPartner(entry.Effect));

    public async Task<IActionResult> OnGetAsync(CancellationToken cancel)
    {
        if (await orders.FindAsync(Id, cancel) is not { } order) return NotFound();
        Order = order;
        Ledger = await story.LedgerAsync(Id, cancel);
        var accepted = Ledger.Where(entry => entry.Reference is not null).Select(entry => (entry.Effect, entry.Reference!));
        var (telling, asking) = (story.TellAsync(order, cancel), inquiry.AskAsync(order, accepted, cancel));
        (Story, Answers) = (await telling, await asking);
        return Page();
    }

    public async Task<IActionResult> OnPostSendAsync(
        string effect, DeliveryState seen, bool maybeTwice, string? note, CancellationToken cancel) =>
        this.Back(await actions.SendAgainAsync(Id, effect, seen, maybeTwice, User.Who(), note, cancel), $"{effect} is queued again.",
            Url());

    public async Task<IActionResult> OnPostDiscardAsync(string effect, DeliveryState seen, string? note, CancellationToken cancel) =>
        this.Back(
            string.IsNullOrWhiteSpace(note)
                ? "Enter a reason." : await actions.DiscardAsync(Id, effect, seen, User.Who(), note, cancel),
            $"{effect} is discarded.", Url());

    public async Task<IActionResult> OnPostCancelAsync(string? note, CancellationToken cancel) =>
        this.Back(await actions.CancelAsync(Id, User.Who(), note, cancel),
            "The order is cancelled. Its stock is being released, and the shopper gets an email.", Url());

    public async Task<IActionResult> OnPostReleaseAsync(string? note, CancellationToken cancel) =>
        this.Back(await actions.ReleaseAsync(Id, User.Who(), note, cancel), "The stock is being released.", Url());

    private new string Url() => $"/admin/orders/{Id}";
}
