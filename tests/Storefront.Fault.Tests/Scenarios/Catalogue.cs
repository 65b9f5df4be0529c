namespace Storefront.Fault.Tests.Scenarios;

/// <summary>Every scenario there is.</summary>
internal static class Catalogue
{
    public static readonly IReadOnlyList<Scenario> All =
    [
        new("F1", "nothing happens at all", Crashes.NothingAsync),
        new("F2", "a process is killed at each named line", run => Crashes.AtPointsAsync(run, Crashes.Points)),
        new("F3", "processes are killed at random", run => Crashes.AtRandomAsync(run, kills: 5)),
    ];

    public static Scenario Named(string id) => All.Single(scenario => scenario.Id == id);
}
