using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Refit;
using Storefront.Jobs;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Partners;
using Storefront.Jobs.Settings;
using Storefront.Tests.Support;

namespace Storefront.Tests.Structure;

/// <summary>A partner that the product does not know: everything that makes it one is in this file.</summary>
internal static class Loyalty
{
    public const string Effect = "points-collected";

    public static readonly Partner Partner = new("Loyalty", KeyLife: null);

    public static EffectCatalogue Catalogue { get; } = new(
        placing: [.. OrderEffects.Catalogue.Placing, Jobs.Orders.Effect.Of<CollectPoints>(Effect, Partner)],
        OrderEffects.Catalogue.Cancelling, OrderEffects.Catalogue.Release, OrderEffects.Catalogue.Apology, OrderEffects.Catalogue.Link);

    public static void AddLoyalty(this IServiceCollection services)
    {
        services.AddChecked<LoyaltyOptions>(Partner.Section);
        services.AddPartner<ILoyaltyApi, LoyaltyOptions>(Partner, Partner.Name, options => new("Bearer", options.ApiKey))
            .AddJobPipeline<LoyaltyOptions>(Partner.Name, _ => (Concurrent: 4, Timeout: TimeSpan.FromSeconds(5)), isGated: true);
        services.Replace(ServiceDescriptor.Singleton(Catalogue));
    }
}

internal interface ILoyaltyApi
{
    [Post("/points")]
    Task<HttpResponseMessage> CollectAsync([Body] Points points, CancellationToken cancel);
}

internal sealed record Points(string Order, decimal Total);

internal sealed record LoyaltyRefusal(string Code);

internal sealed class LoyaltyOptions : JobPartnerOptions;

internal sealed class CollectPoints([FromKeyedServices("Loyalty")] ILoyaltyApi api, DeliveryExecutor executor, PartnerCalls calls)
    : IEffectJob
{
    public Task RunAsync(Guid orderId, CancellationToken cancel) =>
        executor.DeliverAsync(orderId, Loyalty.Effect, write: null, async (order, attempt) =>
        {
            var points = new Points(attempt.IdempotencyKey, order.Total);
            var answer = await calls.AskAsync(
                Loyalty.Partner.Name, TimeSpan.FromSeconds(5), token => api.CollectAsync(points, token), cancel);
            return answer.Yes<Points>(said => said.Order == points.Order, 200) is not null
                ? points.Order
                : throw answer.Fault(answer.Refusal<LoyaltyRefusal>(refusal => refusal.Code));
        }, cancel);
}

/// <summary>A shop whose orders have an effect at the fourth partner.</summary>
public sealed class ShopWithLoyalty : Shop
{
    private WebApplication? loyalty;

    /// <summary>What the partner accepted, by idempotency key.</summary>
    public ConcurrentDictionary<string, int> Accepted { get; } = new();

    public bool Refuses { get; set; }

    protected override IEnumerable<(string Key, string Value)> Settings =>
        [($"{Loyalty.Partner.Section}:BaseUrl", loyalty!.Urls.First()), ($"{Loyalty.Partner.Section}:ApiKey", "test-key")];

    protected override void Configure(IServiceCollection services) => services.AddLoyalty();

    protected override async Task BeforeOpeningAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        loyalty = builder.Build();
        loyalty.MapPost("/points", (Points points) =>
        {
            if (Refuses) return Results.Json(new LoyaltyRefusal("no_such_card"), statusCode: StatusCodes.Status422UnprocessableEntity);
            Accepted.AddOrUpdate(points.Order, 1, (_, times) => times + 1);
            return Results.Json(points);
        });
        await loyalty.StartAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (loyalty is not null) await loyalty.DisposeAsync();
    }
}
