using System.Reflection;
using Hangfire;
using Storefront.Tests.Support;

namespace Storefront.Tests.Security;

/// <summary>A job that is not created in the transaction of its order may run for an order that was never committed.</summary>
public sealed class BannedSymbolsTests
{
    [Fact]
    public void Every_Hangfire_method_that_creates_a_job_outside_the_transaction_is_banned()
    {
        var banned = File.ReadLines(Repository.File("BannedSymbols.txt")).Select(line => line.Split(';')[0]).ToHashSet();
        var makers = typeof(BackgroundJob).GetMethods(BindingFlags.Public | BindingFlags.Static)
            .Where(method => method.ReturnType == typeof(string)).ToList();

        makers.Count(method => method.Name == "Enqueue").ShouldBe(8);
        makers.Select(Id).Where(id => !banned.Contains(id)).ShouldBeEmpty();
    }

    // This is the documentation ID of a method, as the compiler writes it.
    private static string Id(MethodInfo method)
    {
        var generic = method.IsGenericMethod ? $"``{method.GetGenericArguments().Length}" : "";
        var parameters = string.Join(",", method.GetParameters().Select(parameter => Id(parameter.ParameterType)));
        return $"M:{method.DeclaringType}.{method.Name}{generic}({parameters})";
    }

    private static string Id(Type type)
    {
        if (type.IsGenericParameter) return $"``{type.GenericParameterPosition}";
        if (!type.IsGenericType) return type.FullName!;
        return $"{type.Namespace}.{type.Name.Split('`')[0]}{{{string.Join(",", type.GetGenericArguments().Select(Id))}}}";
    }
}
