using System.Net;
using Storefront.Tests.Support;

namespace Storefront.Tests.Hosting;

/// <summary>A public path outside ASCII, and forwarded prefixes that are not paths.</summary>
public sealed class UnusualPublicPathTests(UnusualPublicPathTests.ShopAtUnusualPath shop)
    : IClassFixture<UnusualPublicPathTests.ShopAtUnusualPath>
{
    [Fact]
    public async Task A_link_in_a_mail_is_percent_encoded()
    {
        await shop.Partners.SetStockAsync(Goods.Mug, 10);
        var id = (await (await shop.Http.PlaceAsync(AnOrder.Of((Goods.Mug, 1)))).JsonAsync()).Id();

        var mail =
            (await Eventually.Async(() => shop.Partners.EmailsOfAsync(id), mails => mails.Length > 0, "the mail is sent"))[0].GetProperty(
                "body");

        foreach (var part in new[] { "text", "html" })
            mail.GetProperty(part).GetString()!.ShouldContain($"https://host.example/my%20shop/k%C3%BCche/orders/{AnOrder.KeyOf(id)}");
    }

    [Theory]
    [InlineData("//elsewhere.example")]
    [InlineData("/a//elsewhere.example")]
    [InlineData("/\\elsewhere.example")]
    public async Task A_forwarded_prefix_that_leads_to_another_host_is_ignored(string prefix)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { { "X-Forwarded-Prefix", prefix } } };

        using var response = await shop.Http.SendAsync(request);

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        var page = await response.Content.ReadAsStringAsync();
        page.ShouldNotContain("elsewhere.example");
        page.ShouldContain("\"/my%20shop/k%C3%BCche/cart\"");
    }

    public sealed class ShopAtUnusualPath : Shop
    {
        protected override IEnumerable<(string Key, string Value)> Settings =>
            [("Shop:PublicUrl", "https://host.example/my%20shop/küche"), ("Web:Proxies", "127.0.0.1")];
    }
}
