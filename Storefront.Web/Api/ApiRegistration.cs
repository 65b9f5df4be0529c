using Scalar.AspNetCore;
using Storefront.Jobs.Settings;
using Storefront.Web.Api.Contract;
using Storefront.Web.Security;

namespace Storefront.Web.Api;

internal static class ApiRegistration
{
    public static void AddApi(this IServiceCollection services)
    {
        services.AddExceptionHandler<DatabaseAway>();
        services.AddChecked<ApiOptions>("Api");
        services.AddProblemDetails(problems => problems.CustomizeProblemDetails = context =>
            context.ProblemDetails.Extensions.TryAdd("code", ProblemKind.Of(context.ProblemDetails.Status).Code));
        services.AddContract();
    }

    /// <summary><c>/api/v1</c>, its OpenAPI document and a reference page of it.</summary>
    public static void MapApi(this WebApplication app)
    {
        var api = app.MapGroup("/api/v1").DisableAntiforgery().AllowAnonymous()
            .Refuses(ProblemKind.RateLimited, ProblemKind.InternalError, ProblemKind.DatabaseUnavailable, ProblemKind.TimedOut);
        api.MapProducts();
        api.MapOrders();
        app.MapOpenApi("/openapi/{documentName:regex(^v1$)}.json").AllowAnonymous();
        app.MapScalarApiReference("/docs", (reference, http) => reference
            .WithTitle("Storefront API").WithNonce(ContentPolicy.Nonce(http)).DisableDefaultFonts().DisableAgent().DisableMcp()
            .HideDeveloperTools()).AllowAnonymous();
    }
}
