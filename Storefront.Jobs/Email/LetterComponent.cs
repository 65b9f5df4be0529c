using Microsoft.AspNetCore.Components;
using Storefront.Jobs.Orders;

namespace Storefront.Jobs.Email;

/// <summary>A mail: the HTML part is its markup, the rest stands in its code.</summary>
public abstract class Letter : ComponentBase
{
    [Parameter, EditorRequired] public required ShopOptions Shop { get; set; }
    [Parameter, EditorRequired] public required Action<Letter> Written { get; set; }

    public abstract string Kind { get; }
    public abstract string Subject { get; }

    /// <summary>For readers without HTML: says the same.</summary>
    public abstract string Text { get; }

    protected override void OnInitialized() => Written(this);
}

public abstract class LetterComponent : Letter
{
    [Parameter, EditorRequired] public required Order Order { get; set; }

    protected string Greeting => TypedText.IsName(Order.Name) ? $"Dear {Order.Name}," : "Hello,";

    protected string OrderPage => Shop.OrderPage(Order).AbsoluteUri; // a space or an umlaut would end the link in a text

    private string Amount(decimal amount) => Money.PrintWithCode(amount, Order.Currency);

    protected string LinesAsText() =>
        string.Concat(Order.Lines.Select(line => $"{line.Quantity} × {line.Name} ({line.Sku})  {Amount(line.Total)}\n"))
        + $"Total  {Amount(Order.Total)}\n";
}
