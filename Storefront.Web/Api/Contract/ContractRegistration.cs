using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.Options;
using Microsoft.OpenApi;
using Storefront.Jobs.Orders;
using Storefront.Web.Security;

namespace Storefront.Web.Api.Contract;

/// <summary>
/// The OpenAPI document is what the API promises. It is made from the endpoints and from their types, and
/// <c>docs/openapi.v1.json</c> keeps what was promised last.
/// </summary>
internal static class ContractRegistration
{
    private const string ApiKey = "apiKey";

    public static void AddContract(this IServiceCollection services)
    {
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
            json.SerializerOptions.Converters.Add(Names<OrderStatus>());
            json.SerializerOptions.Converters.Add(Names<DeliveryState>());
        });
        services.AddOpenApi("v1", openApi =>
        {
            openApi.CreateSchemaReferenceId = type => OpenApiOptions.CreateDefaultSchemaReferenceId(type) is { } name
                ? name.EndsWith("Body", StringComparison.Ordinal) ? name[..^4] : name : null;
            openApi.AddSchemaTransformer<SchemaRules>();
            openApi.AddOperationTransformer<OperationRules>();
            openApi.AddDocumentTransformer(CompleteAsync);
        });
    }

    /// <summary>A key is optional everywhere, as far as a document can say: a shop may ask for one to place orders.</summary>
    public static IList<OpenApiSecurityRequirement> WithOrWithoutKey(OpenApiDocument document) =>
        [new(), new() { [new OpenApiSecuritySchemeReference(ApiKey, document)] = [] }];

    private static JsonStringEnumConverter<T> Names<T>() where T : struct, Enum =>
        new(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false);

    private static async Task CompleteAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancel)
    {
        var services = context.ApplicationServices;
        // Not what the request calls this host: anybody may call it anything.
        var path = services.GetRequiredService<IHttpContextAccessor>().HttpContext?.Request.PathBase.Value;
        document.Servers = [new() { Url = string.IsNullOrEmpty(path) ? "/" : path }];
        document.Info.Title = "Storefront";
        document.Info.Contact = new() { Name = services.GetRequiredService<IOptions<ShopOptions>>().Value.Name };
        document.Info.License = new() { Name = "MIT License", Identifier = "MIT" };
        document.Info.Description = Introduction(services.GetRequiredService<IOptions<RateLimitOptions>>().Value);
        document.Tags = new HashSet<OpenApiTag>
        {
            new() { Name = ProductsApi.Tag, Description = "What the shop sells." },
            new() { Name = OrdersApi.Tag, Description = "Place an order, see how far it is, and cancel it." },
        };
        document.Components ??= new();
        document.AddComponent(ApiKey, new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "A key that an admin of the shop has made. It is optional.",
        } as IOpenApiSecurityScheme);
        await ProblemSchemas.AddToAsync(document, context, cancel);
        SchemaRules.Complete(document);
    }

    private static string Introduction(RateLimitOptions limits) => $"""
        Products and orders.

        **API keys.** A program that has a key of its own, which an admin of the shop has made, sends it with each call:
        `Authorization: Bearer …`. It has its own rate limit, and its idempotency keys are its own: another program may use the same ones.
        Calls without a key are answered too, unless the shop takes orders with a key only.

        **Orders.** The call that places an order waits for Inventory only. Emails and analytics events are sent afterwards; the order's
        `deliveries` show how far they are. With `?wait=2s` the call waits for them too. The order's `id` is the key to it: whoever knows
        it sees the order and may cancel it. It is the shopper's alone. `reference` is what the shop, its partners and its staff call the
        order; it opens nothing.

        **Repeating a call.** Each order has a key of its own in the header `Idempotency-Key`. Make it before the first call, and send the
        same key and the same body whenever you do not know what became of a call: after a timeout, a lost connection, 202, 408, 500, 503,
        429 or `idempotency_in_progress`. However often and however concurrently a key is sent, it places one order. A repeat is answered
        with the order and the header `Idempotency-Replayed: true`. A key is remembered for as long as the shop keeps the order's address,
        by default two years. A refusal with 400 or 422 `validation_failed` does not use the key up.

        **202.** Inventory has not given a definite answer. The order has the status `reserving`, and the shop goes on asking by itself.
        Follow it: `GET` the path in `Location`, once a second or less often, until `status` is another one.

        **Bodies.** Unknown members are refused. An optional member may be left out; null is the same. Each SKU may be in one line only.

        **Money.** Amounts are decimal numbers with as many decimals as their currency has in ISO 4217: 24 euros are `24.00`, 24 yen are
        `24`. They are exact. Read them as decimals and not as binary floating point. The shop sets the prices. Send `expectedTotal` and
        `expectedCurrency` if the order must not be placed at another price than the shopper was shown.

        **Problems.** Every refusal is a problem (RFC 9457) with a `code`, and each code has a schema of its own. Decide by `code`; the
        sentences in `title` and `detail` are for people and may change. A path or a method that is not described here is answered with 404
        `not_found` or 405 `method_not_allowed`.

        **Limits.** One address may place {limits.OrdersPerMinute} orders, read or cancel {limits.LookupsPerMinute} orders and ask for
        {limits.SearchesPerMinute} pages of products within a minute, and one email address may be given in {limits.OrdersPerInboxPerHour}
        orders within an hour. Calls with an API key are counted for the key and not for the address, and the shop says how many orders the
        key may place. Beyond that the answer is 429, and `Retry-After` says when to repeat the call.

        **Changes.** New members, new values of `effect` and new problem codes may come at any time: ignore what you do not know. Everything
        else that is described here stays as long as the path begins with `/api/v1`.
        """;
}
