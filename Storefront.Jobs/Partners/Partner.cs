using Microsoft.Extensions.DependencyInjection;

namespace Storefront.Jobs.Partners;

/// <summary>
/// A partner of orders, declared once, in its own folder. Everything that speaks of partners reads it from here: settings, circuits,
/// health, metrics, the back office, what Production demands.
/// </summary>
/// <param name="Name">As people read it. Stored with every call: do not change it.</param>
/// <param name="KeyLife">How long it remembers an idempotency key; null: for ever. After that, a repeat may take effect twice.</param>
/// <param name="MaySendAgain">
/// A person may ask for an accepted effect once more, under a new key. A second mail is a nuisance; a second event is a wrong figure.
/// </param>
public sealed record Partner(string Name, TimeSpan? KeyLife, bool MaySendAgain = false)
{
    /// <summary>A shop may do without it: without an address, new orders have no effect there.</summary>
    public bool IsOptional { get; init; }

    /// <summary>Adds its settings, its client, and what its jobs need.</summary>
    internal Action<IServiceCollection> Register { get; init; } = _ => { };

    /// <summary>Its section of the settings.</summary>
    public string Section => $"Partners:{Name}";

    /// <summary>Its queues, the most urgent first. Stored with every job.</summary>
    public IReadOnlyList<string> Queues { get; } = [.. Enum.GetValues<Urgency>().Select(urgency => QueueOf(Name, urgency))];

    public string QueueOf(Urgency urgency) => QueueOf(Name, urgency);

    private static string QueueOf(string name, Urgency urgency) => urgency switch
    {
        Urgency.Normal => name.ToLowerInvariant(),
        _ => $"{name}-{urgency}".ToLowerInvariant(),
    };
}
