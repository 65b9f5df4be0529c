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
using Storefront.Tests.Support;

namespace Storefront.Tests.Structure;

/// <summary>A partner that the product does not know: everything that makes it one is in this file.</summary>
internal static class Warranty
{
    public const string Effect = "warranty-registered";

    public static readonly Partner Partner = new("Warranty", KeyLife: null);

    public static EffectCatalogue Catalogue { get; } = new(
        placing: [.. OrderEffects.Catalogue.Placing, Jobs.Orders.Effect.Of<RegisterWarranty>(Effect, Partner)],
        OrderEffects.Catalogue.Cancelling, OrderEffects.Catalogue.Release, OrderEffects.Catalogue.Apology, OrderEffects.Catalogue.Link);

    public static void AddWarranty(this IServiceCollection services)
    {
        services.AddPartnerOptions<WarrantyOptions>(Partner);
        services.AddPartner<IWarrantyApi, WarrantyOptions>(Partner, Partner.Name, options => new("Bearer", options.ApiKey))
            .AddJobPipeline<WarrantyOptions>(Partner.Name, _ => (Concurrent: 4, Timeout: TimeSpan.FromSeconds(5)), isGated: true);
        services.Replace(ServiceDescriptor.Singleton(Catalogue));
    }
}

internal interface IWarrantyApi
{
    [Post("/warranties")]
    Task<HttpResponseMessage> RegisterAsync([Body] Registration registration, CancellationToken cancel);
}

internal sealed record Registration(string Order, decimal Total);

internal sealed record WarrantyRefusal(string Code);

internal sealed class WarrantyOptions : JobPartnerOptions;

internal sealed class RegisterWarranty([FromKeyedServices("Warranty")] IWarrantyApi api, DeliveryExecutor executor, PartnerCalls calls)
    : IEffectJob
{
    public Task RunAsync(Guid orderId, CancellationToken cancel) =>
        executor.DeliverAsync(orderId, Warranty.Effect, write: null, async (order, attempt) =>
        {
            var registration = new Registration(attempt.IdempotencyKey, order.Total);
            var answer = await calls.AskAsync(
                Warranty.Partner.Name, TimeSpan.FromSeconds(5), token => api.RegisterAsync(registration, token), cancel);
            return answer.Yes<Registration>(said => said.Order == registration.Order, 200) is not null
                ? registration.Order
                : throw answer.Fault(answer.Refusal<WarrantyRefusal>(refusal => refusal.Code));
        }, cancel);
}

/// <summary>A shop whose orders have an effect at the new partner.</summary>
public sealed class ShopWithWarranty : Shop
{
    private WebApplication? warranty;

    /// <summary>What the partner accepted, by idempotency key.</summary>
    public ConcurrentDictionary<string, int> Accepted { get; } = new();

    public bool Refuses { get; set; }

    protected override IEnumerable<(string Key, string Value)> Settings =>
        [($"{Warranty.Partner.Section}:BaseUrl", warranty!.Urls.First()), ($"{Warranty.Partner.Section}:ApiKey", "test-key")];

    protected override void Configure(IServiceCollection services) => services.AddWarranty();

    protected override async Task BeforeOpeningAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        warranty = builder.Build();
        warranty.MapPost("/warranties", (Registration registration) =>
        {
            if (Refuses) return Results.Json(new WarrantyRefusal("no_such_product"), statusCode: StatusCodes.Status422UnprocessableEntity);
            Accepted.AddOrUpdate(registration.Order, 1, (_, times) => times + 1);
            return Results.Json(registration);
        });
        await warranty.StartAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (warranty is not null) await warranty.DisposeAsync();
    }
}
