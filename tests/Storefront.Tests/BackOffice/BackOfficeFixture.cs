using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Storefront.Tests.Pages;
using Storefront.Tests.Support;
using Storefront.Web.Identity;

namespace Storefront.Tests.BackOffice;

/// <summary>
/// One shop for the tests of its back office, and people who are signed in there. They run one after another, since some break a partner
/// for all.
/// </summary>
[CollectionDefinition(Name)]
public sealed class BackOfficeFixture : ICollectionFixture<Shop>
{
    public const string Name = "the back office";

    private const string Password = "a long enough password";

    /// <summary>A person of this role, signed in with a browser of their own.</summary>
    public static Task<Visitor> SignInAsync(Shop shop, string role = Roles.Operator) => SignInAsync(shop, shop.Browser(), role);

    public static async Task<Visitor> SignInAsync(Shop shop, HttpClient browser, string role)
    {
        var (email, password) = await HireAsync(shop, role);
        var visitor = new Visitor(browser);
        await visitor.OpenAsync("/account/sign-in");
        await visitor.PressAsync("Sign in", ("Email", email), ("Password", password));
        return visitor;
    }

    /// <summary>An order whose confirmation the mail partner refused, once its delivery is dead.</summary>
    public static async Task<Guid> OrderWithDeadMailAsync(Shop shop)
    {
        await shop.Partners.SetStockAsync(Goods.Lamp, 1000);
        await shop.Partners.BreakAsync("email", new { status = 422 });
        var id = (await (await shop.Http.PlaceAsync(AnOrder.Of((Goods.Lamp, 1)))).JsonAsync()).Id();
        await shop.Http.UntilAsync(id, seen => seen.Delivery("order-confirmation") == "dead", "the mail is given up");
        await shop.Partners.HealAsync();
        return id;
    }

    /// <summary>An order with its mail and its event delivered.</summary>
    public static async Task<Guid> DeliveredOrderAsync(Shop shop)
    {
        await shop.Partners.SetStockAsync(Goods.Lamp, 1000);
        var id = (await (await shop.Http.PlaceAsync(AnOrder.Of((Goods.Lamp, 1)))).JsonAsync()).Id();
        await shop.Http.UntilAsync(
            id, seen => seen.Delivery("order-confirmation") == "delivered" && seen.Delivery("order-placed-event") == "delivered",
            "mail and event are delivered");
        return id;
    }

    /// <summary>An account of this role. The admin is the account that the shop creates at its start.</summary>
    public static async Task<(string Email, string Password)> HireAsync(Shop shop, string role)
    {
        var email = $"{role}@example.com";
        if (role == Roles.Admin) return (email, Shop.AdminPassword);
        await using var scope = shop.Services.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<IdentityUser>>();
        if (await users.FindByEmailAsync(email) is null)
        {
            var user = new IdentityUser { UserName = email, Email = email, EmailConfirmed = true };
            (await users.CreateAsync(user, Password)).Succeeded.ShouldBeTrue();
            (await users.AddToRoleAsync(user, role)).Succeeded.ShouldBeTrue();
        }

        return (email, Password);
    }
}
