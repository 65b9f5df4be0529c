using System.Net.Http.Headers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http.Resilience;
using Microsoft.Extensions.Options;
using Polly;
using Refit;
using Storefront.Jobs.Queue.Gates;
using Storefront.Jobs.Settings;

namespace Storefront.Jobs.Partners;

/// <summary>What every partner's client has in common: its address, its credentials, a bounded socket handler, a breaker.</summary>
internal static class PartnerRegistration
{
    private static readonly RefitSettings Settings = new(new SystemTextJsonContentSerializer(System.Text.Json.JsonSerializerOptions.Web));

    /// <summary>A partner's settings. Those of an optional one may be left out, its address and its key together.</summary>
    public static IServiceCollection AddPartnerOptions<TOptions>(this IServiceCollection services, Partner partner)
        where TOptions : PartnerOptions
    {
        services.AddChecked<TOptions>(partner.Section)
            .Validate(
                options => HasText(options.BaseUrl) || partner.IsOptional && !HasText(options.ApiKey),
                $"Setting {partner.Section}:BaseUrl is missing: give the partner's address, for example https://api.example.com.")
            .Validate(
                options => HasText(options.ApiKey) || partner.IsOptional && !HasText(options.BaseUrl),
                $"Setting {partner.Section}:ApiKey is missing: give the key the partner knows this shop by.");
        return services.AddKeyedSingleton<PartnerOptions>(
            partner.Name, (provider, _) => provider.GetRequiredService<IOptions<TOptions>>().Value);

        static bool HasText(string text) => !string.IsNullOrWhiteSpace(text);
    }

    /// <summary>
    /// A client of <typeparamref name="TApi"/> with a pipeline of its own, so that one endpoint's trouble is not another's.
    /// </summary>
    public static IHttpClientBuilder AddPartner<TApi, TOptions>(
        this IServiceCollection services, Partner partner, string key, Func<TOptions, AuthenticationHeaderValue> credentials)
        where TApi : class where TOptions : PartnerOptions =>
        services.AddClient<TApi>(partner.Name, key, (provider, client) =>
        {
            var options = provider.GetRequiredService<IOptions<TOptions>>().Value;
            // A partner that this shop does without has no address, and no worker runs its jobs.
            if (!string.IsNullOrWhiteSpace(options.BaseUrl)) client.BaseAddress = new Uri(options.BaseUrl.TrimEnd('/'));
            client.DefaultRequestHeaders.Authorization = credentials(options);
        });

    /// <summary>The same for whoever is no partner of an order.</summary>
    public static IHttpClientBuilder AddClient<TApi>(
        this IServiceCollection services, string partner, string key, Action<IServiceProvider, HttpClient> configure)
        where TApi : class =>
        services.AddKeyedRefitGeneratedClient<TApi>(key, Settings)
            .ConfigureHttpClient((provider, client) =>
            {
                configure(provider, client);
                client.Timeout = Timeout.InfiniteTimeSpan; // the pipeline and PartnerCalls limit every call
                client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("Storefront", "1.0"));
            })
            .AddHttpMessageHandler(provider => new PartnerHealthHandler(
                provider.GetRequiredService<PartnerHealth>(), provider.GetRequiredService<PartnerGates>(), partner))
            .ConfigurePrimaryHttpMessageHandler(provider => new CallLogHandler(partner, provider.GetRequiredService<TimeProvider>())
            {
                InnerHandler = new SocketsHttpHandler
                {
                    ConnectTimeout = TimeSpan.FromSeconds(1),
                    PooledConnectionLifetime = TimeSpan.FromMinutes(2),
                    AllowAutoRedirect = false,
                    UseCookies = false,
                },
            });

    /// <summary>
    /// Jobs get no retry here, since Hangfire retries: a bulkhead, a circuit, a timeout. Where all jobs of the partner wait for its gate,
    /// the gate is their breaker, and only a person opens the circuit: one that opens by itself would turn away the probe.
    /// </summary>
    public static void AddJobPipeline<TOptions>(
        this IHttpClientBuilder client, string partner, Func<TOptions, (int Concurrent, TimeSpan Timeout)> limits,
        bool isGated = false)
        where TOptions : class =>
        client.AddResilienceHandler("job", (pipeline, context) =>
        {
            var (concurrent, timeout) = limits(context.ServiceProvider.GetRequiredService<IOptions<TOptions>>().Value);
            pipeline.AddConcurrencyLimiter(concurrent, queueLimit: concurrent * 4)
                .AddBreaker(context, partner, "jobs", onlyByHand: isGated).AddTimeout(timeout);
        });

    /// <summary>
    /// Opens when half of at least 20 calls within 10 s failed: it should say "down", not "had a bad second", since an open circuit
    /// turns away the half that works. An answer that asks us to slow down is no failure.
    /// </summary>
    /// <param name="endpoint">What of the partner the circuit stands for.</param>
    /// <param name="onlyByHand">It does not open by itself.</param>
    public static ResiliencePipelineBuilder<HttpResponseMessage> AddBreaker(
        this ResiliencePipelineBuilder<HttpResponseMessage> pipeline, ResilienceHandlerContext context, string partner, string endpoint,
        bool onlyByHand = false)
    {
        var circuit = context.ServiceProvider.GetRequiredService<Circuits>().Of(partner, endpoint);
        return pipeline.AddCircuitBreaker(new HttpCircuitBreakerStrategyOptions
        {
            FailureRatio = 0.5,
            MinimumThroughput = 20,
            SamplingDuration = TimeSpan.FromSeconds(10),
            BreakDurationGenerator = broken => ValueTask.FromResult(TimeSpan.FromSeconds(Math.Min(30, Math.Pow(2, broken.FailureCount)))),
            ShouldHandle = outcome => ValueTask.FromResult(!onlyByHand && Transient.IsTransient(outcome.Outcome)),
            StateProvider = circuit.State,
            ManualControl = circuit.Control,
        });
    }
}
