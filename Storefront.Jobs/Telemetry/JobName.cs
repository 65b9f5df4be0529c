using System.Collections.Concurrent;
using System.Text.Json;
using Hangfire.Common;
using Storefront.Jobs.Placing;

namespace Storefront.Jobs.Telemetry;

/// <summary>How a job is called where people look at it.</summary>
/// <param name="Name">Of its kind: <c>SendOrderConfirmation</c>.</param>
/// <param name="Span"><c>deliver order-confirmation</c>, <c>finish order</c>.</param>
/// <param name="IsOrders">Its first argument is an order's id.</param>
/// <param name="After">How long after its making it is due.</param>
internal sealed record JobName(string Name, string Span, bool IsOrders, TimeSpan After)
{
    private static readonly ConcurrentDictionary<Type, JobName> Known = new();

    public static JobName Of(Job job) => Known.GetOrAdd(job.Type, static (type, method) =>
    {
        var effect = EffectsOf.All.FirstOrDefault(effect => effect.JobType == type);
        return new(
            type.Name, effect is null ? JsonNamingPolicy.KebabCaseLower.ConvertName(type.Name).Replace('-', ' ') : $"{Spans.Deliver} {effect.Name}",
            method.GetParameters() is [{ Name: "orderId" }, ..], effect?.After ?? TimeSpan.Zero);
    }, job.Method);
}
