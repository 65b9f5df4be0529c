using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Storefront.Jobs.Orders;

namespace Storefront.Jobs.Hosting;

/// <summary>
/// Every type of job that a row of the job tables may ask this process to run. Each is created once at the start: a job that cannot be
/// created would fail for hours, again and again, and its effect would stay pending.
/// </summary>
internal static class EveryJob
{
    /// <summary>The jobs of this assembly, the effects of orders among them.</summary>
    public static IEnumerable<Type> Types(EffectCatalogue effects) =>
    [
        .. effects.All.Select(effect => effect.JobType)
            .Concat(typeof(EveryJob).Assembly.GetTypes().Where(IsJob)).Distinct().OrderBy(type => type.Name),
    ];

    /// <summary>Makes each of them, and throws them away.</summary>
    /// <exception cref="UnmakeableJob">One cannot be made.</exception>
    public static void MakeAll(IServiceProvider services, IEnumerable<Type> types)
    {
        using var scope = services.CreateScope();
        var faults = new List<string>();
        foreach (var type in types)
        {
            try
            {
                ActivatorUtilities.GetServiceOrCreateInstance(scope.ServiceProvider, type);
            }
            catch (InvalidOperationException fault)
            {
                faults.Add(
                    $"The job {type.Name} cannot be made: {fault.Message.TrimEnd('.')}. "
                    + "Register that service where the job's folder registers its own: in a class …Registration.");
            }
        }

        if (faults.Count > 0) throw new UnmakeableJob(string.Join(Environment.NewLine, faults));
    }

    private static bool IsJob(Type type) => type is { IsClass: true, IsAbstract: false, IsGenericTypeDefinition: false }
        && type.GetMethod("RunAsync", BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly) is not null;
}

/// <summary>A job cannot be made as this program is put together. The message says which, and what it lacks.</summary>
public sealed class UnmakeableJob(string message) : Exception(message);
