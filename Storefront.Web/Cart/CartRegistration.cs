namespace Storefront.Web.Cart;

public static class CartRegistration
{
    /// <summary>The shopper's cart and its prices. Needs data protection keys that outlive the process, or carts will not.</summary>
    public static IServiceCollection AddCart(this IServiceCollection services) =>
        services.AddHttpContextAccessor().AddScoped<CartCookie>().AddScoped<CartPrices>();
}
