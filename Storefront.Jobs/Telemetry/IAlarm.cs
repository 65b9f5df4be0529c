namespace Storefront.Jobs.Telemetry;

/// <summary>Tells a person. Whoever raises an alarm need not know how people are told.</summary>
public interface IAlarm
{
    /// <summary>Never throws for a database that is away: what went wrong has happened already.</summary>
    /// <param name="what">A sentence, with ids and without personal data.</param>
    Task RaiseAsync(AlertKind kind, string what);
}
