using Microsoft.Extensions.Options;
using Storefront.Web.Api.Contract;
using Storefront.Web.Identity;
using Storefront.Web.Security;

namespace Storefront.Web.Api;

/// <summary>Section <c>Api</c>.</summary>
public sealed class ApiOptions
{
    /// <summary>Orders are placed with a key alone. False: also without, as by the page of a shop's own.</summary>
    public bool RequireKey { get; set; }
}

/// <summary>
/// <c>Authorization: Bearer</c>: a program that calls the API with a key of its own has its own rate limit and its own name space of
/// idempotency keys. Without a key the API is as open as the shop's pages.
/// </summary>
internal static class ApiKeys
{
    private const string Scheme = "Bearer ";

    /// <summary>Before the rate limits, which differ from program to program.</summary>
    public static void UseApiKeys(this WebApplication app) => app.Use(async (http, next) =>
    {
        var header = http.Request.Headers.Authorization.ToString();
        if (header.Length > 0 && http.Request.Path.StartsWithSegments("/api"))
        {
            var caller = header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
                ? await http.RequestServices.GetRequiredService<ApiClients>().FindAsync(header[Scheme.Length..].Trim(), http.RequestAborted)
                : null;
            if (caller is null)
            {
                var limit = http.RequestServices.GetRequiredService<PasswordLimit>();
                if (limit.TryTake("an API key", AskedFor.By(http.Connection.RemoteIpAddress)) is { } after)
                {
                    await RateLimits.TooManyAsync(http, after);
                    return;
                }

                http.Response.Headers.WWWAuthenticate = "Bearer error=\"invalid_token\"";
                await Problems.Of(ProblemKind.InvalidApiKey).ExecuteAsync(http);
                return;
            }

            http.Features.Set(caller);
        }

        await next(http);
    });

    /// <summary>A call with a key needs this scope. One without a key is served too, unless orders are placed with a key alone.</summary>
    public static TBuilder NeedsScope<TBuilder>(this TBuilder endpoint, string scope) where TBuilder : IEndpointConventionBuilder =>
        endpoint.AddEndpointFilter(async (context, next) =>
        {
            var http = context.HttpContext;
            if (ApiCaller.Of(http) is { } caller)
                return caller.Scopes.Contains(scope)
                    ? await next(context) : Problems.Of(ProblemKind.InsufficientScope, $"It needs the scope {scope}.");
            if (scope != ApiScope.PlaceOrders || !http.RequestServices.GetRequiredService<IOptions<ApiOptions>>().Value.RequireKey)
                return await next(context);
            http.Response.Headers.WWWAuthenticate = "Bearer";
            return Problems.Of(ProblemKind.ApiKeyRequired);
        }).Refuses([
            ProblemKind.InvalidApiKey, ProblemKind.InsufficientScope,
            .. scope == ApiScope.PlaceOrders ? new[] { ProblemKind.ApiKeyRequired } : [],
        ]);
}
