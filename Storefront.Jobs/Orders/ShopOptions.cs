using System.ComponentModel.DataAnnotations;
using Storefront.Jobs.Reference;

namespace Storefront.Jobs.Orders;

/// <summary>Section <c>Shop</c>: what shoppers know the shop by.</summary>
public sealed class ShopOptions : IValidatableObject
{
    [Required(ErrorMessage = "is missing: give the shop's name.")]
    public string Name { get; set; } = "";

    /// <summary>ISO 4217; every product is sold in it.</summary>
    public string Currency { get; set; } = "EUR";

    /// <summary>Where shoppers reach the shop; mails link to it.</summary>
    [Required(ErrorMessage = "is missing: give the address shoppers reach the shop at, for example https://shop.example.")]
    [Url(ErrorMessage = "must be an absolute http or https address.")]
    public string PublicUrl { get; set; } = "";

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!Currencies.IsKnown(Currency))
            yield return new(
                $"is \"{Currency}\", and must be the code of a currency in ISO 4217, in capital letters: for example EUR.",
                [nameof(Currency)]);
    }

    /// <summary>Where a shopper sees an order.</summary>
    public Uri OrderPage(Order order) => Page($"orders/{order.Key}");

    /// <param name="path">Without a slash in front.</param>
    public Uri Page(string path) => new(new Uri(PublicUrl.EndsWith('/') ? PublicUrl : PublicUrl + "/"), path);
}
