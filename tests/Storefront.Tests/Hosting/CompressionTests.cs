using Storefront.Tests.Pages;
using Storefront.Tests.Support;
using static Storefront.Tests.Pages.ShopperSuite;

namespace Storefront.Tests.Hosting;

[Collection(ShopperSuite.Name)]
public sealed class CompressionTests(Shop shop)
{
    [Theory, InlineData("/"), InlineData($"/products/{Goods.Mug}"), InlineData("/api/v1/products"), InlineData("/openapi/v1.json")]
    public async Task Public_files_and_pages_are_compressed(string path) => (await EncodingAsync(path)).ShouldBe(["br"]);

    [Fact]
    public async Task Answers_with_personal_data_are_not_compressed()
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
