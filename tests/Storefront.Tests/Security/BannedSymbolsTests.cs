using System.Reflection;
using Hangfire;
using Storefront.Tests.Support;

namespace Storefront.Tests.Security;

/// <summary>A job that is not written by the transaction of what it is for may run for something that never became true.</summary>
public sealed class BannedSymbolsTests
{
    [Fact]
    public void Every_way_of_Hangfire_to_make_a_job_outside_the_transaction_is_banned()
    {
        var banned = File.ReadLines(Repository.File("BannedSymbols.txt")).Select(line => line.Split(';')[0]).ToHashSet();
        var makers = typeof(BackgroundJob).GetMethods(BindingFlags.Public | BindingFlags.Static).Where(method => method.ReturnType == typeof(string)).ToList();

        makers.Count(method => method.Name == "Enqueue").ShouldBe(8);
        makers.Select(Id).Where(id => !banned.Contains(id)).ShouldBeEmpty();
    }

    // As the compiler names a method in documentation.
    private static string Id(MethodInfo method)
    {
        var generic = method.IsGenericMethod ? $"``{method.GetGenericArguments().Length}" : "";
        return $"M:{method.DeclaringType}.{method.Name}{generic}({string.Join(",", method.GetParameters().Select(parameter => Id(parameter.ParameterType)))})";
    }

    private static string Id(Type type)
    {
        if (type.IsGenericParameter) return $"``{type.GenericParameterPosition}";
        if (!type.IsGenericType) return type.FullName!;
        return $"{type.Namespace}.{type.Name.Split('`')[0]}{{{string.Join(",", type.GetGenericArguments().Select(Id))}}}";
    }
}
