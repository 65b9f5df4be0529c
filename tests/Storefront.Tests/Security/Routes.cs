using System.Collections;
using System.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc.Abstractions;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.Mvc.RazorPages.Infrastructure;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.StaticAssets;
using Storefront.Tests.Support;

namespace Storefront.Tests.Security;

/// <summary>A text of a request that a route reads: a parameter of its query, or a field of one of its forms.</summary>
/// <param name="Handler">Which form of a page, or which answer; "" for the usual one.</param>
internal sealed record Reads(string Method, string Handler, string Name);

/// <param name="Pattern">As an address, with parameters in braces.</param>
internal sealed record Route(string Pattern, IReadOnlyList<Reads> Inputs)
{
    public bool IsOfAccounts => Pattern.StartsWith("/account", StringComparison.Ordinal);

    public bool IsOfStaff => Pattern.StartsWith("/admin", StringComparison.Ordinal);

    /// <summary>Every route of the shop, with what each of them reads, from the program itself.</summary>
    public static async Task<List<Route>> AllAsync(Shop shop)
    {
        var endpoints = shop.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<StaticAssetDescriptor>() is null).ToList();
        var routes = new List<Route>();
        foreach (var endpoint in endpoints)
        {
            var pattern = "/" + endpoint.RoutePattern.RawText!.Trim('/');
            routes.Add(endpoint.Metadata.GetMetadata<PageActionDescriptor>() is { } page
                ? Of(pattern, await shop.Get<PageLoader>().LoadAsync(page, endpoint.Metadata))
                : new(pattern, [.. (endpoint.Metadata.GetMetadata<MethodInfo>()?.GetParameters() ?? [])
                    .Where(parameter => IsPlain(parameter.ParameterType))
                    .Select(parameter => new Reads(HttpMethods.Get, "", parameter.Name!))]));
        }

        return [.. routes.DistinctBy(route => route.Pattern)];
    }

    private static Route Of(string pattern, CompiledPageActionDescriptor page)
    {
        var bound = page.BoundProperties.SelectMany(Names).ToList();
        return new(pattern,
        [
            new(HttpMethods.Get, "", "handler"), .. bound.Select(name => new Reads(HttpMethods.Get, "", name)),
            .. page.HandlerMethods.SelectMany(handler => bound.Concat(handler.Parameters.SelectMany(Names)).Select(
                name => new Reads(handler.HttpMethod.ToUpperInvariant(), handler.Name ?? "", name))),
        ]);
    }

    private static IEnumerable<string> Names(ParameterDescriptor parameter) =>
        Names(parameter.BindingInfo?.BinderModelName ?? parameter.Name, parameter.ParameterType, depth: 0);

    private static IEnumerable<string> Names(string name, Type type, int depth)
    {
        if (IsPlain(type)) return [name];
        if (typeof(IEnumerable).IsAssignableFrom(type))
        {
            var item = type.IsArray ? type.GetElementType()! : type.GetGenericArguments().LastOrDefault() ?? typeof(string);
            return [name, .. Names($"{name}[0]", item, depth + 1), .. Names($"{name}[99999999]", item, depth + 1)];
        }

        if (depth > 3 || type == typeof(CancellationToken)) return [];
        return type.GetProperties().Where(property => property.CanWrite || property.PropertyType.IsClass)
            .SelectMany(property => Names(name.Length == 0 ? property.Name : $"{name}.{property.Name}", property.PropertyType, depth + 1));
    }

    private static bool IsPlain(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type.IsPrimitive || type.IsEnum || type == typeof(string) || type == typeof(decimal)
            || type == typeof(Guid) || type == typeof(DateOnly) || type == typeof(DateTimeOffset) || type == typeof(DateTime);
    }
}
