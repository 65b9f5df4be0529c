using ApiClient;
using ApiClient.Models;
using Microsoft.Kiota.Abstractions;
using Microsoft.Kiota.Abstractions.Authentication;
using Microsoft.Kiota.Http.HttpClientLibrary;
using Microsoft.Kiota.Http.HttpClientLibrary.Middleware.Options;
using Storefront.Tests.Support;
using PostQuery = ApiClient.Api.V1.Orders.OrdersRequestBuilder.OrdersRequestBuilderPostQueryParameters;

namespace Storefront.Tests.Api.Contract;

/// <summary>
/// Clients that are generated from the document, as anybody would, place an order, repeat it, follow one whose outcome is open, and cancel
/// it. No line of them has a cast.
/// </summary>
public sealed class GeneratedClientsTests(Shop shop) : IClassFixture<Shop>, IAsyncLifetime
{
    private readonly HeadersInspectionHandlerOption answer = new() { InspectResponseHeaders = true };

    public async ValueTask InitializeAsync() => await shop.Partners.SetStockAsync(Goods.Mug, 100);

    public async ValueTask DisposeAsync() => await shop.Partners.HealAsync();

    [Fact]
    public async Task A_generated_NET_client_places_repeats_follows_and_cancels_an_order()
    {
        using var http = KiotaClientFactory.Create(new ContractHandler(new SocketsHttpHandler()));
        using var adapter = new HttpClientRequestAdapter(new AnonymousAuthenticationProvider(), httpClient: http)
        {
            BaseUrl = shop.Http.BaseAddress!.ToString().TrimEnd('/'),
        };
        var orders = new StorefrontClient(adapter).Api.V1.Orders;
        var cancel = TestContext.Current.CancellationToken;

        var key = NewKey();
        var placed = await orders.PostAsync(AnOrder(), With(key), cancel);
        placed!.Status.ShouldBe(OrderStatus.Placed);
        placed.Total.ShouldBe(48.00m);
        placed.Currency.ShouldBe(CurrencyCode.EUR);

        var repeated = await orders.PostAsync(AnOrder(), With(key), cancel);
        repeated!.Id.ShouldBe(placed.Id);
        answer.ResponseHeaders["Idempotency-Replayed"].ShouldBe(["true"]);

        var changed = await Should.ThrowAsync<PriceChangedProblem>(() => orders.PostAsync(AnOrder(expected: 1), With(NewKey()), cancel));
        changed.Total.ShouldBe(48.00m);

        await shop.Partners.BreakAsync("inventory", new { dropAfterAccept = 1.0 });
        var open = await orders.PostAsync(AnOrder(), With(NewKey()), cancel);
        open!.Status.ShouldBe(OrderStatus.Reserving);
        answer.ResponseHeaders["Location"].ShouldBe([$"/api/v1/orders/{open.Id}"]);
        await shop.Partners.HealAsync();
        var followed = await Eventually.Async(
            () => orders[open.Id!.Value].GetAsync(cancellationToken: cancel), order => order!.Status != OrderStatus.Reserving,
            "the outcome is known");
        followed!.Status.ShouldBe(OrderStatus.Placed);

        var cancelled = await orders[open.Id!.Value].Cancel.PostAsync(cancellationToken: cancel);
        cancelled!.Status.ShouldBe(OrderStatus.Cancelled);
        await Should.ThrowAsync<NotFoundProblem>(() => orders[Guid.NewGuid()].GetAsync(cancellationToken: cancel));
    }

    [Fact]
    public async Task A_generated_TypeScript_client_places_repeats_follows_and_cancels_an_order()
    {
        var node = new NodeFolder("tests/Storefront.Tests/Api/Contract/node");
        await node.InstallAsync();

        await node.RunAsync("npx", "openapi-typescript", Repository.File("docs/openapi.v1.json"), "--output", "generated/api.d.ts");
        await node.RunAsync("npx", "tsc");

        (await node.RunAsync("node", "generated/order.js", shop.Http.BaseAddress!.ToString(), shop.Partners.Url.ToString()))
            .ShouldBe("placed, repeated, price_changed, followed, cancelled");
    }

    private static PlaceOrder AnOrder(decimal expected = 48.00m) => new()
    {
        Email = "ada@example.com",
        Name = "Ada Lovelace",
        Address = new() { Line1 = "12 St James's Square", City = "London", PostalCode = "SW1Y 4JH", Country = CountryCode.GB },
        Lines = [new() { Sku = Goods.Mug, Quantity = 2 }],
        ExpectedTotal = expected,
        ExpectedCurrency = CurrencyCode.EUR,
    };

    private Action<RequestConfiguration<PostQuery>> With(string key) => request =>
    {
        answer.ResponseHeaders.Clear();
        request.Headers.Add("Idempotency-Key", key);
        request.Options.Add(answer);
    };

    private static string NewKey() => Guid.NewGuid().ToString();
}
