using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;
using Storefront.Jobs.Settings;

namespace Storefront.Web.Security;

/// <summary>Each address and each API key has its own minute: who asks too often is told when to come back.</summary>
internal static class RateLimits
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    public static void AddRateLimits(this WebApplicationBuilder builder)
    {
        builder.Services.AddChecked<RateLimitOptions>("RateLimits");
        builder.Services.AddSingleton<PasswordLimit>();
        builder.Services.AddSingleton<InboxLimit>();
        builder.Services.AddRateLimiter(limiter => limiter.OnRejected = RefuseAsync);
        builder.Services.AddOptions<Microsoft.AspNetCore.RateLimiting.RateLimiterOptions>()
            .Configure<IOptions<RateLimitOptions>, IHostEnvironment>((limiter, limits, environment) =>
                limiter.GlobalLimiter =
                    PartitionedRateLimiter.Create<HttpContext, (Asked?, string)>(http => PartitionOf(http, limits.Value, environment)));
    }

    /// <summary>So many at once, and as many again in each minute after that, one by one.</summary>
    public static TokenBucketRateLimiterOptions PerMinute(int permits) => Per(Window, permits);

    public static TokenBucketRateLimiterOptions Per(TimeSpan window, int permits) =>
        new() { TokenLimit = permits, TokensPerPeriod = 1, ReplenishmentPeriod = window / permits };

    private static RateLimitPartition<(Asked?, string)> PartitionOf(HttpContext http, RateLimitOptions limits, IHostEnvironment environment)
    {
        var asked = AskedFor.Of(http.Request);
        if (asked is null || !(limits.AreOn(environment) || limits.Enabled is null && asked == Asked.AccountForm))
            return RateLimitPartition.GetNoLimiter<(Asked?, string)>((null, ""));
        var caller = ApiCaller.Of(http);
        var who = caller is null ? AskedFor.By(http.Connection.RemoteIpAddress) : $"{caller.Id}";
        var permits = asked switch
        {
            Asked.AccountForm => limits.AccountFormsPerMinute,
            Asked.Order => caller?.OrdersPerMinute ?? limits.OrdersPerMinute,
            Asked.Cart => limits.CartFormsPerMinute,
            Asked.Search => limits.SearchesPerMinute,
            _ => limits.LookupsPerMinute,
        };
        return RateLimitPartition.GetTokenBucketLimiter((asked, who), _ => PerMinute(permits));
    }

    private static async ValueTask RefuseAsync(Microsoft.AspNetCore.RateLimiting.OnRejectedContext rejected, CancellationToken cancel)
    {
        var after = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait : Window;
        await TooManyAsync(rejected.HttpContext, after);
    }

    /// <summary>429 and when to come back: a problem for the API; a browser is shown the page for it.</summary>
    public static Task TooManyAsync(HttpContext http, TimeSpan after)
    {
        if (http.Request.Path.StartsWithSegments("/api"))
            return Problems.TooMany("Too many requests.").Later(after).ExecuteAsync(http);
        http.Response.StatusCode = StatusCodes.Status429TooManyRequests;
        http.Response.Headers.RetryAfter = Problems.Seconds(after);
        return Task.CompletedTask;
    }
}
