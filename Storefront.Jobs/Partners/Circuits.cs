using System.Collections.Concurrent;
using Polly.CircuitBreaker;

namespace Storefront.Jobs.Partners;

/// <summary>The circuits of this process, one an endpoint: how they stand, and the way to hold a partner's open by hand.</summary>
public sealed class Circuits
{
    private readonly ConcurrentDictionary<(string Partner, string Endpoint), Circuit> all = new();
    private readonly ConcurrentDictionary<string, bool> heldOpen = new();

    /// <param name="Position"><c>closed</c>, <c>open</c>, <c>half-open</c> or <c>held open</c>.</param>
    public sealed record Standing(string Partner, string Endpoint, string Position);

    /// <summary>Those that were called through at least once since this process started.</summary>
    public IReadOnlyList<Standing> All =>
        [.. all.Select(
            one => new Standing(one.Key.Partner, one.Key.Endpoint, heldOpen.GetValueOrDefault(one.Key.Partner)
                ? "held open" : Position(one.Value.State))).OrderBy(one => (one.Partner, one.Endpoint))];

    internal sealed record Circuit(CircuitBreakerStateProvider State, CircuitBreakerManualControl Control);

    // A pipeline is built at its first call, which may be later than the hand that opened its circuit.
    internal Circuit Of(string partner, string endpoint) =>
        all.GetOrAdd((partner, endpoint), _ => new(new(), new(isIsolated: heldOpen.GetValueOrDefault(partner))));

    internal async Task HoldOpenAsync(string partner, CancellationToken cancel)
    {
        heldOpen[partner] = true;
        foreach (var circuit in OfPartner(partner)) await circuit.Control.IsolateAsync(cancel);
    }

    internal async Task CloseAsync(string partner, CancellationToken cancel)
    {
        heldOpen[partner] = false;
        foreach (var circuit in OfPartner(partner)) await circuit.Control.CloseAsync(cancel);
    }

    private IEnumerable<Circuit> OfPartner(string partner) => all.Where(one => one.Key.Partner == partner).Select(one => one.Value);

    private static string Position(CircuitBreakerStateProvider state) => state.CircuitState switch
    {
        CircuitState.Closed => "closed",
        CircuitState.HalfOpen => "half-open",
        _ => "open",
    };
}
