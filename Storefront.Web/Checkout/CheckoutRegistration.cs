namespace Storefront.Web.Checkout;

public static class CheckoutRegistration
{
    public static IServiceCollection AddCheckout(this IServiceCollection services) =>
        services.AddSingleton<PriceList>().AddSingleton<InventoryTrouble>().AddSingleton<Checkout>().AddSingleton<EffectsWait>();
}
