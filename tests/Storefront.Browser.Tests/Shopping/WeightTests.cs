using Microsoft.Playwright;
using Storefront.Browser.Tests.Support;

namespace Storefront.Browser.Tests.Shopping;

public sealed class WeightTests(Chromium chromium, OneShop shop)
{
    private const int Most = 100_000;

    [Theory, MemberData(nameof(Devices.WithScripts), MemberType = typeof(Devices))]
    public async Task The_first_page_is_small_and_its_assets_are_not_fetched_again(Device device)
    {
        await using var visit = await Visit.BeginAsync(chromium, shop, device);
        var answers = new List<IResponse>();
        visit.Page.Response += (_, answer) => answers.Add(answer);

        await visit.OpenAsync("/");
        await visit.Page.WaitForLoadStateAsync(LoadState.NetworkIdle);

        var weights = await Task.WhenAll(answers.Select(WeighAsync));
        weights.Sum(weight => weight.Bytes)
            .ShouldBeLessThan(Most, string.Join('\n', weights.Select(weight => $"{weight.Bytes} {weight.Path}")));

        answers[0].Headers["content-encoding"].ShouldBe("br");
        foreach (var asset in answers.Where(answer => !answer.Request.IsNavigationRequest))
            asset.Headers["cache-control"].ShouldContain("immutable", customMessage: asset.Url);
    }

    [Fact]
    public async Task Pictures_have_a_reserved_place_and_those_below_the_fold_load_later()
    {
        await using var visit = await Visit.BeginAsync(chromium, shop, Device.Phone);
        await visit.OpenAsync("/");

        (await visit.Page.Locator("img:not([width][height])").CountAsync()).ShouldBe(0);
        (await visit.Page.Locator(".card img[loading=lazy]").CountAsync()).ShouldBeGreaterThan(10);
    }

    private static async Task<(string Path, int Bytes)> WeighAsync(IResponse answer)
    {
        await answer.FinishedAsync();
        var sizes = await answer.Request.SizesAsync();
        return (new Uri(answer.Url).AbsolutePath, sizes.ResponseHeadersSize + sizes.ResponseBodySize);
    }
}
