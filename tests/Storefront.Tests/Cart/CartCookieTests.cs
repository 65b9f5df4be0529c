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
    public void A_cart_of_the_most_lines_fits_into_cookies_that_browsers_accept()
    {
        var random = new Random(1);
        var cart = Enumerable.Range(0, ShoppingCart.MaxLines)
            .Aggregate(ShoppingCart.Empty(), (filling, n) => filling.Add(Sku(random), random.Next(1, 200)));
        var first = Request();

        Cookie(first).TryKeep(cart).ShouldBeTrue();

        var cookies = Set(first);
        cookies.Count.ShouldBeGreaterThan(1);
        cookies.ShouldAllBe(cookie => cookie.ToString().Length <= 4096);
        Cookie(Request(cookies)).Cart.Lines.ShouldBe(cart.Lines);
    }

    private static string Sku(Random random) => Convert.ToHexString([.. Enumerable.Range(0, 20).Select(_ => (byte)random.Next(256))]);

    [Fact]
    public void A_cart_too_large_for_cookies_is_refused_and_the_earlier_cart_is_kept()
    {
        var random = new Random(1);
        var names = Enumerable.Range(0, ShoppingCart.MaxLines - 1)
            .Select(_ => new string([.. Enumerable.Range(0, 60).Select(_ => (char)('一' + random.Next(20_000)))]));
        var cookie = Cookie(Request());
        cookie.Keep(ShoppingCart.Empty().Add("MUG", 1));

        cookie.TryKeep(names.Aggregate(cookie.Cart, (filling, sku) => filling.Add(sku, 100_000))).ShouldBeFalse();

        cookie.Cart.Lines.ShouldBe([new CartLine("MUG", 1)]);
    }

    [Fact]
    public void A_tampered_cookie_is_read_as_an_empty_cart()
    {
        var first = Request();
        Cookie(first).Keep(ShoppingCart.Empty().Add("MUG", 1));
        var forged = Set(first).ConvertAll(cookie => new SetCookieHeaderValue(cookie.Name, "x" + cookie.Value.ToString()[1..]));

        Cookie(Request(forged)).Cart.IsEmpty.ShouldBeTrue();
        Cookie(Request([new SetCookieHeaderValue("cart", "no-cart-at-all")])).Cart.IsEmpty.ShouldBeTrue();
    }

    [Theory]
    [InlineData("1")]
    [InlineData("1AAAA\nMUG\t1")]
    [InlineData("1{0}\nMUG")]
    [InlineData("1{0}\nMUG\t-1")]
    [InlineData("1{0}\nMUG\t0")]
    [InlineData("1{0}\nMUG\t100001")]
    [InlineData("1{0}\nMUG\t99999999999999999999")]
    [InlineData("1{0}\nMUG\t1.5")]
    [InlineData("1{0}\nMUG\tone")]
    [InlineData("1{0}\n\t1")]
    [InlineData("1{0}\nMUG\t1\nMUG\t2")]
    [InlineData("1{0}\nT-LB\n1\t2")]
    [InlineData("1{0}\tAAAA\tAAAA\nMUG\t1")]
    [InlineData("0{0}\nMUG\t1")]
    [InlineData("")]
    public void Encrypted_content_that_is_not_a_cart_is_read_as_an_empty_cart(string text)
    {
        var key = System.Buffers.Text.Base64Url.EncodeToString(Guid.NewGuid().ToByteArray());
        var content = string.Format(System.Globalization.CultureInfo.InvariantCulture, text, key);
        Cookie(Request([Sealed(Packed(content))])).Cart.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public void Encrypted_content_that_cannot_be_decompressed_is_read_as_an_empty_cart()
    {
        Cookie(Request([Sealed([1, 2, 3])])).Cart.IsEmpty.ShouldBeTrue();
        Cookie(Request([Sealed([])])).Cart.IsEmpty.ShouldBeTrue();
        Cookie(Request([Sealed(Packed("1")[..2])])).Cart.IsEmpty.ShouldBeTrue();
    }

    [Theory]
    [InlineData("chunks-2")]
    [InlineData("chunks-2147483647")]
    [InlineData("chunks--1")]
    [InlineData("chunks-x")]
    [InlineData("====")]
    [InlineData("%00%0A")]
    [InlineData("%")]
    public void A_cookie_with_missing_parts_is_read_as_an_empty_cart_that_works(string value)
    {
        var http = Request([new SetCookieHeaderValue("cart", value)]);
        var cookie = Cookie(http);
        cookie.Cart.IsEmpty.ShouldBeTrue();
        cookie.TryKeep(cookie.Cart.Add("MUG", 1)).ShouldBeTrue();
        Cookie(Request(Set(http).Where(set => set.Value.Length > 0))).Cart.Lines.ShouldBe([new CartLine("MUG", 1)]);
    }

    [Theory]
    [InlineData("T-LB\n1")]
    [InlineData("tab\tbed")]
    public void A_SKU_with_a_line_break_is_read_back_unchanged(string sku)
    {
        var first = Request();
        Cookie(first).Keep(ShoppingCart.Empty().Add("MUG", 1).Add(sku, 2).Became(Guid.NewGuid()).Add(sku, 3));
        Cookie(Request(Set(first))).Cart.Lines.ShouldBe([new CartLine(sku, 3)]);
    }

    [Fact]
    public void The_cart_cookie_is_hidden_from_scripts_and_other_sites()
    {
        var https = Request();
        https.Request.Scheme = "https";
        Cookie(https).Keep(ShoppingCart.Empty().Add("MUG", 1));

        var cookie = Set(https).ShouldHaveSingleItem();
        cookie.HttpOnly.ShouldBeTrue();
        cookie.Secure.ShouldBeTrue();
        cookie.SameSite.ShouldBe(Microsoft.Net.Http.Headers.SameSiteMode.Lax);
    }

    private CartCookie Cookie(HttpContext http) =>
        new(protection, new HttpContextAccessor { HttpContext = http }, NullLogger<CartCookie>.Instance);

    private static DefaultHttpContext Request(IEnumerable<SetCookieHeaderValue>? cookies = null)
    {
        var http = new DefaultHttpContext();
        if (cookies is not null) http.Request.Headers.Cookie = string.Join("; ", cookies.Select(cookie => $"{cookie.Name}={cookie.Value}"));
        return http;
    }

    private SetCookieHeaderValue Sealed(byte[] packed) => new(
        "cart", System.Buffers.Text.Base64Url.EncodeToString(protection.CreateProtector("Storefront.Web.Cart", "v1").Protect(packed)));

    private static byte[] Packed(string text)
    {
        using var packed = new MemoryStream();
        using (var brotli = new System.IO.Compression.BrotliStream(packed, System.IO.Compression.CompressionLevel.Optimal))
            brotli.Write(System.Text.Encoding.UTF8.GetBytes(text));
        return packed.ToArray();
    }

    private static List<SetCookieHeaderValue> Set(DefaultHttpContext http) =>
        [.. SetCookieHeaderValue.ParseList([.. http.Response.Headers.SetCookie.Select(text => text!)])];
}
