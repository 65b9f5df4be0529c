using Scalar.AspNetCore;
using Storefront.Jobs.Settings;
using Storefront.Web.Security;

namespace Storefront.Web.Api;

internal static class ApiRegistration
{
    public static void AddApi(this IServiceCollection services)
    {
        services.AddExceptionHandler<DatabaseAway>();
        services.AddChecked<ApiOptions>("Api");
        services.AddProblemDetails(problems => problems.CustomizeProblemDetails = context =>
            context.ProblemDetails.Extensions.TryAdd("code", CodeOf(context.ProblemDetails.Status)));
        services.AddOpenApi("v1", openApi => openApi.AddDocumentTransformer((document, context, _) =>
        {
            // Not what the request calls this host: anybody may call it anything.
            var path = context.ApplicationServices.GetRequiredService<IHttpContextAccessor>().HttpContext?.Request.PathBase.Value;
            document.Servers = [new() { Url = string.IsNullOrEmpty(path) ? "/" : path }];
            document.Info.Title = "Storefront";
            document.Info.Description =
                "Products and orders. A placed order's email and event are sent afterwards; its `deliveries` show their status.";
            return Task.CompletedTask;
        }));
    }

    /// <summary><c>/api/v1</c>, its OpenAPI document and a reference page of it.</summary>
    public static void MapApi(this WebApplication app)
    {
        var api = app.MapGroup("/api/v1").DisableAntiforgery().AllowAnonymous();
        api.MapProducts();
        api.MapOrders();
        app.MapOpenApi("/openapi/{documentName:regex(^v1$)}.json").AllowAnonymous();
        app.MapScalarApiReference("/docs", (reference, http) => reference
            .WithTitle("Storefront API").WithNonce(ContentPolicy.Nonce(http)).DisableDefaultFonts().DisableAgent().DisableMcp()
            .HideDeveloperTools()).AllowAnonymous();
    }

    private static string CodeOf(int? status) => status switch
    {
        400 => "malformed_request",
        401 => "invalid_api_key",
        403 => "insufficient_scope",
        404 => "not_found",
        405 => "method_not_allowed",
        413 => "too_large",
        415 => "unsupported_media_type",
        429 => "rate_limited",
        _ => "internal_error",
    };
}
