using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http.HttpResults;
using Storefront.Jobs.Orders;

namespace Storefront.Web.Pages.Orders;

/// <summary>Tells an open order page when to look again. The page itself is the only thing that says what there is to see.</summary>
public static class OrderEvents
{
    private static readonly TimeSpan Pulse = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static IEndpointConventionBuilder MapOrderEvents(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/orders/{id:guid}/events", Watch)
        .ExcludeFromDescription().DisableRequestTimeout();

    private static async Task<Results<ServerSentEventsResult<string>, NotFound>> Watch(
        Guid id, OrderStore orders, TimeProvider clock, IHostApplicationLifetime host, HttpContext http)
    {
        if (await orders.FindByKeyAsync(id, http.RequestAborted) is not { } order) return TypedResults.NotFound();
        http.Response.Headers.CacheControl = "no-store";
        return TypedResults.ServerSentEvents(EventsAsync(order, orders, clock, host.ApplicationStopping, http.RequestAborted));
    }

    /// <summary>
    /// <c>changed</c> now and at every change, and at the end <c>settled</c>, or <c>later</c> when there is still something to come.
    /// </summary>
    private static async IAsyncEnumerable<SseItem<string>> EventsAsync(
        Order first, OrderStore orders, TimeProvider clock, CancellationToken stopping, [EnumeratorCancellation] CancellationToken cancel)
    {
        var until = clock.GetUtcNow() + Patience;
        using var timer = new PeriodicTimer(Pulse, clock);
        string? seen = null;
        for (var order = first; ; order = (await orders.FindAsync(first.Id, cancel))!)
        {
            var face = Face(order);
            if (face != seen) yield return new(seen = face, "changed");
            var settled = OrderProgress.Of(order, clock.GetUtcNow()).Settled;
            // A page held open must not hold up a deploy.
            if (settled || clock.GetUtcNow() >= until || stopping.IsCancellationRequested)
            {
                yield return new(face, settled ? "settled" : "later");
                yield break;
            }

            await timer.WaitForNextTickAsync(cancel);
        }
    }

    /// <summary>Changes whenever the page would read differently.</summary>
    internal static string Face(Order order) => string.Join(
        ' ',
        order.Deliveries.OrderBy(delivery => delivery.Effect, StringComparer.Ordinal)
            .Select(d => $"{d.Effect}:{EnumName.Of(d.State)}:{d.Attempts}:{d.NextAttemptAt?.ToUnixTimeSeconds()}")
            .Prepend(EnumName.Of(order.Status)));
}
