using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Net.Http.Headers;
using Storefront.Web.Cart;

namespace Storefront.Tests.Cart;

public sealed class CartCookieTests
{
    private readonly EphemeralDataProtectionProvider protection = new();

    [Fact]
    public void A_thousand_lines_come_back_with_the_next_request_in_cookies_a_browser_takes()
    {
        var random = new Random(1);
        var cart = Enumerable.Range(0, 1_000).Aggregate(ShoppingCart.Empty(), (filling, n) => filling.Add($"{random.Next(1_000_000_000):000-000-000}", random.Next(1, 200)));
        var first = Request();

        Cookie(first).TryKeep(cart).ShouldBeTrue();

        var cookies = Set(first);
        cookies.Count.ShouldBeGreaterThan(1);
        cookies.ShouldAllBe(cookie => cookie.ToString().Length <= 4096);
        Cookie(Request(cookies)).Cart.Lines.ShouldBe(cart.Lines);
    }

    [Fact]
    public void A_cart_too_long_for_cookies_is_refused_and_the_one_before_stays()
    {
        var random = new Random(1);
        var names = Enumerable.Range(0, 900).Select(_ => new string([.. Enumerable.Range(0, 60).Select(_ => (char)('!' + random.Next(90)))]));
        var cookie = Cookie(Request());
        cookie.Keep(ShoppingCart.Empty().Add("MUG", 1));

        cookie.TryKeep(names.Aggregate(cookie.Cart, (filling, sku) => filling.Add(sku, 100_000))).ShouldBeFalse();

        cookie.Cart.Lines.ShouldBe([new CartLine("MUG", 1)]);
    }

    [Fact]
    public void A_cookie_that_was_tampered_with_is_an_empty_cart()
    {
        var first = Request();
        Cookie(first).Keep(ShoppingCart.Empty().Add("MUG", 1));
        var forged = Set(first).ConvertAll(cookie => new SetCookieHeaderValue(cookie.Name, "x" + cookie.Value.ToString()[1..]));

        Cookie(Request(forged)).Cart.IsEmpty.ShouldBeTrue();
        Cookie(Request([new SetCookieHeaderValue("cart", "no-cart-at-all")])).Cart.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public void A_cart_is_out_of_reach_of_scripts_and_of_other_sites()
    {
        var https = Request();
        https.Request.Scheme = "https";
        Cookie(https).Keep(ShoppingCart.Empty().Add("MUG", 1));

        var cookie = Set(https).ShouldHaveSingleItem();
        cookie.HttpOnly.ShouldBeTrue();
        cookie.Secure.ShouldBeTrue();
        cookie.SameSite.ShouldBe(Microsoft.Net.Http.Headers.SameSiteMode.Lax);
    }

    private CartCookie Cookie(HttpContext http) => new(protection, new HttpContextAccessor { HttpContext = http }, NullLogger<CartCookie>.Instance);

    private static DefaultHttpContext Request(IEnumerable<SetCookieHeaderValue>? cookies = null)
    {
        var http = new DefaultHttpContext();
        if (cookies is not null) http.Request.Headers.Cookie = string.Join("; ", cookies.Select(cookie => $"{cookie.Name}={cookie.Value}"));
        return http;
    }

    private static List<SetCookieHeaderValue> Set(DefaultHttpContext http) =>
        [.. SetCookieHeaderValue.ParseList([.. http.Response.Headers.SetCookie.Select(text => text!)])];
}
