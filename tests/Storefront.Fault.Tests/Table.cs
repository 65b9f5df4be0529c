using System.Globalization;
using Storefront.Fault.Tests.Checking;
using Storefront.Fault.Tests.Scenarios;

namespace Storefront.Fault.Tests;

/// <summary>Prints a line a run, and their sum.</summary>
internal sealed class Table
{
    private readonly TextWriter output;
    private readonly List<Report> reports = [];

    public Table(TextWriter output)
    {
        this.output = output;
        output.WriteLine(
            $"{"",-6}{"seed",5}{"faults",8}{"orders",8}{"ok",7}{"recovered",11}{"lost",6}{"doubled",9}"
            + $"{"unexpected",12}{"leaked",8}{"repeats",9}{"repairs",9}{"played s",10}{"drained s",11}  recovery of a kill s");
    }

    public void Add(Report report)
    {
        reports.Add(report);
        Line(report.Scenario.Id, report.Seed.ToString(CultureInfo.InvariantCulture), [report], report.Drained);
        foreach (var note in report.Notes) output.WriteLine($"{"",-11}{note}");
        if (!report.Verdict.Holds) output.WriteLine(report.Verdict);
    }

    public bool Holds => reports.TrueForAll(report => report.Verdict.Holds);

    public void Sum()
    {
        Line("all", "", reports, reports.Exists(report => report.Drained is null) ? null : reports.Max(report => report.Drained));
        Doubt([.. reports.SelectMany(report => report.Wishes).Where(wish => wish.Doubtful).Select(wish => wish.Took.TotalSeconds).Order()]);
    }

    private void Doubt(double[] waited)
    {
        if (waited.Length == 0) return;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{waited.Length} shoppers were left without an answer by a fault, and asked again under the same key. Until the answer was "
                + $"definite, or their patience at its end, they waited {waited[waited.Length / 2]:N1} s (median), "
                + $"{waited[waited.Length * 95 / 100]:N1} s (95 %), {waited[^1]:N1} s (at most)."));
    }

    private void Line(string id, string seed, IReadOnlyCollection<Report> some, TimeSpan? drained)
    {
        int Fates(Fate fate) => some.Sum(report => report.Verdict.Count(fate));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{id,-6}{seed,5}{some.Sum(report => report.Faults),8}{some.Sum(report => report.Wishes.Count),8}"
            + $"{Fates(Fate.Ok),7}{Fates(Fate.Recovered),11}{Fates(Fate.Lost),6}{Fates(Fate.Duplicated),9}{Fates(Fate.Unexpected),12}"
            + $"{some.Sum(report => report.Verdict.Leaked),8}{some.Sum(report => report.Repeats),9}{some.Sum(report => report.Repairs),9}"
            + $"{some.Sum(report => report.Played.TotalSeconds),10:N1}"
            + $"{drained?.TotalSeconds.ToString("N1", CultureInfo.InvariantCulture) ?? "never",11}"
            + $"  {Spread(some)}"));
    }

    /// <summary>The shortest, the median and the longest recovery of a kill.</summary>
    private static string Spread(IEnumerable<Report> some)
    {
        double[] seconds = [.. some.SelectMany(report => report.Recoveries).Select(time => time.TotalSeconds).Order()];
        return seconds.Length == 0
            ? "" : string.Create(CultureInfo.InvariantCulture, $"{seconds[0]:N1} / {seconds[seconds.Length / 2]:N1} / {seconds[^1]:N1}");
    }
}
