using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using Storefront.Jobs.Reference;
using Storefront.Web.Checkout;

namespace Storefront.Web.Api.Contract;

/// <summary>The member is a currency's code, ISO 4217.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class CurrencyCodeAttribute : Attribute;

/// <summary>The member is a country's code, ISO 3166-1 alpha-2.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class CountryCodeAttribute : Attribute;

/// <summary>The document names each code that there is, so that a generated client offers them.</summary>
internal static class CodeLists
{
    public const string Currency = "CurrencyCode";
    public const string Country = "CountryCode";

    public static void AddTo(OpenApiDocument document)
    {
        document.AddComponent(Currency, List("A currency, by its code in ISO 4217.", Currencies.Codes));
        document.AddComponent(Country, List(
            "A country, by its code in ISO 3166-1 alpha-2.", Countries.All.Select(country => country.Code).Order(StringComparer.Ordinal)));
    }

    private static OpenApiSchema List(string description, IEnumerable<string> codes) => new()
    {
        Type = JsonSchemaType.String, Description = description, Enum = [.. codes.Select(code => (JsonNode)code)],
    };
}
