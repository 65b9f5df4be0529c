using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text.Json;

namespace Storefront.Jobs.Telemetry;

/// <summary>A piece of work as a span and as a measurement, both with what came of it.</summary>
public sealed class MeasuredOperation : IDisposable
{
    private const string Fault = "fault";

    private readonly long began = Stopwatch.GetTimestamp();
    private readonly Activity? span;
    private readonly Histogram<double> duration;
    private TagList tags;

    /// <param name="tags">Of the measurement.</param>
    private MeasuredOperation(string name, Histogram<double> duration, params ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        span = Spans.Ours.StartActivity(name);
        this.duration = duration;
        this.tags = new TagList(tags);
    }

    /// <summary>One of a few words; an exception leaves it a fault.</summary>
    private string Outcome { get; set; } = Fault;

    /// <summary>What came of it, by the name of its kind: <c>SoldOut</c> is <c>sold-out</c>.</summary>
    private static string Words(object outcome) => JsonNamingPolicy.KebabCaseLower.ConvertName(outcome.GetType().Name);

    /// <summary>Measures work whose outcome is what it returns.</summary>
    public static async Task<T> RunAsync<T>(
        string name, Histogram<double> duration, Func<Task<T>> work, params KeyValuePair<string, object?>[] tags) where T : notnull
    {
        using var watch = new MeasuredOperation(name, duration, tags);
        var result = await work();
        watch.Outcome = Words(result);
        return result;
    }

    public void Dispose()
    {
        span?.SetTag(Tags.Outcome, Outcome);
        if (Outcome == Fault) span?.SetStatus(ActivityStatusCode.Error);
        span?.Dispose();
        tags.Add(Tags.Outcome, Outcome);
        duration.Record(Stopwatch.GetElapsedTime(began).TotalSeconds, tags);
    }
}
