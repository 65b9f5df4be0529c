using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http.Resilience;
using Microsoft.Extensions.Options;
using Polly;
using Storefront.Jobs.Partners;
using Storefront.Jobs.Queue.Gates;

namespace Storefront.Jobs.Inventory;

public static class InventoryRegistration
{
    public static readonly Partner Partner = new("Inventory", KeyLife: null) { Register = Register };

    private const string Checkout = "inventory-reserve";
    private const string Stock = "inventory-stock";
    private const string Jobs = "inventory-jobs";

    /// <summary>The one partner a shopper waits for, and the same partner for jobs that have time.</summary>
    private static void Register(IServiceCollection services)
    {
        services.AddPartnerOptions<InventoryOptions>(Partner);
        services.AddTransient<AttemptOutcomeHandler>();

        var checkout = AddClient(services, Checkout);
        checkout.AddResilienceHandler("inline", Reserve);
        checkout.AddHttpMessageHandler<AttemptOutcomeHandler>(); // last is innermost: it has to see every attempt

        AddClient(services, Stock).AddResilienceHandler("stock", (pipeline, context) =>
            pipeline.AddConcurrencyLimiter(Options(context).ConcurrentCalls).AddBreaker(context, Partner.Name, "stock")
                .AddTimeout(Options(context).StockTimeout));

        var jobs = AddClient(services, Jobs);
        // Jobs that finish orders do not wait for the gate.
        jobs.AddJobPipeline<InventoryOptions>(
            Partner.Name, options => (options.ConcurrentCalls, options.JobTimeout), isGated: false);
        jobs.AddHttpMessageHandler<AttemptOutcomeHandler>();

        services.AddSingleton(provider => new Inventory(
            provider.GetRequiredKeyedService<IInventoryApi>(Checkout),
            provider.GetRequiredKeyedService<IInventoryApi>(Stock),
            provider.GetRequiredKeyedService<IInventoryApi>(Jobs),
            provider.GetRequiredService<IOptions<InventoryOptions>>(), provider.GetRequiredService<PartnerGates>(),
            provider.GetRequiredService<PartnerCalls>()));
    }

    // From the outside in. The bulkhead keeps a slow partner from taking every request; the total is what a shopper waits at most;
    // the retry stops where the partner asks for more patience than a shopper has.
    private static void Reserve(ResiliencePipelineBuilder<HttpResponseMessage> pipeline, ResilienceHandlerContext context)
    {
        var options = Options(context);
        pipeline.AddConcurrencyLimiter(options.ConcurrentCalls, queueLimit: options.ConcurrentCalls / 2).AddTimeout(options.TotalTimeout);
        if (options.Retries > 0)
            pipeline.AddRetry(new HttpRetryStrategyOptions
            {
                MaxRetryAttempts = options.Retries,
                Delay = TimeSpan.FromMilliseconds(150),
                MaxDelay = TimeSpan.FromMilliseconds(600),
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                ShouldRetryAfterHeader = false,
                ShouldHandle = attempt => ValueTask.FromResult(
                    IsWorthAnother(attempt.Outcome, context.ServiceProvider.GetRequiredService<TimeProvider>())),
            });
        pipeline.AddBreaker(context, Partner.Name, "checkout").AddTimeout(TimeSpan.FromSeconds(options.AttemptTimeoutSeconds));
    }

    private static bool IsWorthAnother(Outcome<HttpResponseMessage> outcome, TimeProvider clock) =>
        outcome.Result is { } response && RetryAfter.Of(response, clock.GetUtcNow()) > TimeSpan.FromSeconds(1)
            ? false
            : Transient.IsTransient(outcome) || outcome.Result?.StatusCode == HttpStatusCode.TooManyRequests;

    private static IHttpClientBuilder AddClient(IServiceCollection services, string key) =>
        services.AddPartner<IInventoryApi, InventoryOptions>(Partner, key, options => new("Bearer", options.ApiKey));

    private static InventoryOptions Options(ResilienceHandlerContext context) =>
        context.ServiceProvider.GetRequiredService<IOptions<InventoryOptions>>().Value;
}
