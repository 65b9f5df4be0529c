using System.Collections.Concurrent;
using System.Text.Json;
using Hangfire.Common;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Telemetry;

namespace Storefront.Jobs.Hosting;

/// <summary>How a job is called where people look at it.</summary>
/// <param name="Name">Of its kind: <c>SendOrderConfirmation</c>.</param>
/// <param name="Span"><c>deliver order-confirmation</c>, <c>finish order</c>.</param>
/// <param name="IsOrders">Its first argument is an order's id.</param>
/// <param name="After">How long after its making it is due.</param>
internal sealed record JobName(string Name, string Span, bool IsOrders, TimeSpan After)
{
    private static readonly ConcurrentDictionary<Type, JobName> Known = new();

    public static JobName Of(Job job, EffectCatalogue effects) => Known.GetOrAdd(job.Type, static (type, about) =>
    {
        var effect = about.Effects.OfJob(type);
        return new(
            type.Name, effect is null
                ? JsonNamingPolicy.KebabCaseLower.ConvertName(type.Name).Replace('-', ' ') : $"{Spans.Deliver} {effect.Name}",
            about.Job.Method.GetParameters() is [{ Name: "orderId" }, ..], effect?.After ?? TimeSpan.Zero);
    }, (Job: job, Effects: effects));
}
