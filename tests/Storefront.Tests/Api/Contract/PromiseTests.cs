using System.Text.Json.Nodes;
using Storefront.Tests.Support;

namespace Storefront.Tests.Api.Contract;

/// <summary><c>docs/openapi.v1.json</c> is what clients were promised. The shop keeps it.</summary>
public sealed class PromiseTests(ShopWithoutWorkers shop) : IClassFixture<ShopWithoutWorkers>
{
    private const string Renew =
        "Run: dotnet run --project tests/Storefront.Tests -- -explicit only -method '*Write_the_document_of_the_API_again'";

    private static readonly string Kept = Repository.File("docs/openapi.v1.json");

    [Fact]
    public async Task The_shop_serves_the_document_that_was_promised() =>
        (await ServedAsync()).ShouldBe(await File.ReadAllTextAsync(Kept, TestContext.Current.CancellationToken), Renew);

    [Fact]
    public async Task Nothing_that_was_promised_is_taken_back() => (await TakenBackAsync(await ServedAsync())).ShouldBeEmpty();

    /// <summary>Refuses to write what takes something back.</summary>
    [Fact(Explicit = true)]
    public async Task Write_the_document_of_the_API_again()
    {
        var served = await ServedAsync();
        if (File.Exists(Kept)) (await TakenBackAsync(served)).ShouldBeEmpty();
        await File.WriteAllTextAsync(Kept, served, TestContext.Current.CancellationToken);
    }

    private static async Task<IReadOnlyList<string>> TakenBackAsync(string served) => BreakingChanges.Between(
        JsonNode.Parse(await File.ReadAllTextAsync(Kept, TestContext.Current.CancellationToken))!, JsonNode.Parse(served)!);

    private async Task<string> ServedAsync() =>
        (await shop.Http.GetStringAsync("/openapi/v1.json", TestContext.Current.CancellationToken)).ReplaceLineEndings("\n") + "\n";
}
