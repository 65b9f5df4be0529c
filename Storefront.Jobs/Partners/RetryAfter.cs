namespace Storefront.Jobs.Partners;

/// <summary>How long a partner asks us to wait.</summary>
internal static class RetryAfter
{
    private static readonly TimeSpan Absurd = TimeSpan.FromDays(7);

    /// <summary>Null: it does not say, or says something that cannot be meant (a fraction, a time that has passed, years).</summary>
    public static TimeSpan? Of(HttpResponseMessage response, DateTimeOffset now)
    {
        var asked = response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - now,
            _ => TimeSpan.Zero,
        };
        return asked > TimeSpan.Zero && asked < Absurd ? asked : null;
    }
}
