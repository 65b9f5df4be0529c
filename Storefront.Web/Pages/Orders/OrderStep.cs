namespace Storefront.Web.Pages.Orders;

/// <summary>One line of an order's way, as told to the shopper.</summary>
/// <param name="At">Belongs to the end of <paramref name="Sentence"/>.</param>
public sealed record OrderStep(StepState State, string Sentence, DateTimeOffset? At = null, bool DateOnly = false, string? Note = null);

public enum StepState
{
    Done,
    Now,
    Later,
    Trouble,
}
