using Storefront.Tests.Pages;
using Storefront.Tests.Support;
using static Storefront.Tests.Pages.ShopperSuite;

namespace Storefront.Tests.Hosting;

[Collection(ShopperSuite.Name)]
public sealed class CompressionTests(Shop shop)
{
    [Theory, InlineData("/"), InlineData($"/products/{Goods.Mug}"), InlineData("/api/v1/products"), InlineData("/openapi/v1.json")]
    public async Task What_everybody_may_read_is_compressed(string path) => (await EncodingAsync(path)).ShouldBe(["br"]);

    [Fact]
    public async Task The_length_of_a_page_with_somebodys_address_in_it_tells_nothing()
    {
        var visitor = await AtCheckoutAsync(shop, (Goods.Mug, 1));
        await visitor.PressAsync("Place order", Ada);

        (await EncodingAsync(visitor.Path)).ShouldBeEmpty();
        (await EncodingAsync($"/api/v1{visitor.Path}")).ShouldBeEmpty();
    }

    private async Task<ICollection<string>> EncodingAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "Accept-Encoding", "br, gzip" } } };
        using var response = await shop.Http.SendAsync(request);
        response.EnsureSuccessStatusCode();
        return response.Content.Headers.ContentEncoding;
    }
}
