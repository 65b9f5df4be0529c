using System.Globalization;
using System.Text.Json;

namespace Storefront.Benchmarks;

/// <summary>What was measured, round by round.</summary>
internal sealed class Report(TextWriter output)
{
    private readonly List<(string Benchmark, string System, string Metric, string Unit, double Value)> values = [];

    public void Add(string benchmark, string system, string metric, string unit, double value) =>
        values.Add((benchmark, system, metric, unit, value));

    /// <summary>Medians with the least and the most of all rounds.</summary>
    public void Print()
    {
        foreach (var row in Rows())
            output.WriteLine(
                string.Create(CultureInfo.InvariantCulture,
                    $"{row.Benchmark,-22} {row.System,-28} {row.Metric,-28} {row.Median,12:N2} {row.Unit,-8} "
                    + $"({row.Min:N2} – {row.Max:N2})"));
    }

    /// <summary>Null: not measured.</summary>
    public double? Median(string benchmark, string system, string metric) =>
        Rows().Find(row => row.Benchmark == benchmark && row.System == system && row.Metric == metric)?.Median;

    public void Save(string file) => File.WriteAllText(file, JsonSerializer.Serialize(Rows(), Json));

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private List<Row> Rows() =>
    [
        .. values.GroupBy(value => (value.Benchmark, value.System, value.Metric, value.Unit)).Select(group =>
        {
            var sorted = group.Select(value => value.Value).Order().ToList();
            return new Row(group.Key.Benchmark, group.Key.System, group.Key.Metric, group.Key.Unit, sorted[sorted.Count / 2], sorted[0],
                sorted[^1]);
        }),
    ];

    private sealed record Row(string Benchmark, string System, string Metric, string Unit, double Median, double Min, double Max);
}
