using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text.Json;

namespace Storefront.Jobs.Telemetry;

/// <summary>A piece of work as a span and as a measurement, both with what came of it.</summary>
public static class MeasuredOperation
{
    /// <summary>
    /// The outcome is the name of the kind that the work returns: <c>SoldOut</c> is <c>sold-out</c>. That of an exception is <c>fault</c>.
    /// </summary>
    /// <param name="tags">Of the measurement.</param>
    public static async Task<T> RunAsync<T>(
        string name, Histogram<double> duration, Func<Task<T>> work, params KeyValuePair<string, object?>[] tags) where T : notnull
    {
        var began = Stopwatch.GetTimestamp();
        using var span = Spans.Ours.StartActivity(name);
        string? outcome = null;
        try
        {
            var result = await work();
            outcome = JsonNamingPolicy.KebabCaseLower.ConvertName(result.GetType().Name);
            return result;
        }
        finally
        {
            if (outcome is null) span?.SetStatus(ActivityStatusCode.Error);
            outcome ??= "fault";
            span?.SetTag(Tags.Outcome, outcome);
            duration.Record(Stopwatch.GetElapsedTime(began).TotalSeconds, new TagList(tags) { { Tags.Outcome, outcome } });
        }
    }
}
