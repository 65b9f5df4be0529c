namespace Storefront.Jobs.Telemetry;

/// <summary>Tells a person. Whoever raises an alarm need not know how people are told.</summary>
public interface IAlarm
{
    /// <summary>Never throws for a database that is away: what went wrong has happened already.</summary>
    /// <param name="what">A sentence, with ids and without personal data.</param>
    /// <param name="subject">
    /// What it is about, where one alert of the kind does not stand for all: up to 20 characters. A person is told of each subject.
    /// </param>
    /// <returns>
    /// True: a person is told, now or within the quiet time before, or nobody wants to be told. False: that is not certain. Whoever tells
    /// a thing only once tries again later.
    /// </returns>
    Task<bool> RaiseAsync(AlertKind kind, string what, string? subject = null);
}
